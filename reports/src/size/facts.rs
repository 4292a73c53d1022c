//! What goes into a sizing beside the runs, and what the runs have to agree with by arithmetic alone.

use super::inputs::{DAY, Inputs, often};
use super::live;
use super::model::{Assumption, Check, Origin, Rate};
use super::sample::Common;
use crate::units;
use throng_workloads::scenario::{ProfileSpec, Scenario};

/// Devices of a user in the mean, by the distribution that they are drawn from and rounded as populations are.
pub(super) fn devices(scenario: &Scenario) -> f64 {
    /// So many equal parts of the distribution.
    const PARTS: u32 = 10_000;
    let parts = scenario.users.clients.strata(PARTS);
    let rounded = parts.map(|part| part.round().clamp(1.0, 1_000.0));
    rounded.sum::<f64>() / f64::from(PARTS)
}

/// What people want, by arithmetic.
pub(super) fn rates(inputs: &Inputs) -> Vec<Rate> {
    let scenario = &inputs.scenario;
    let (users, rooms) = (
        f64::from(scenario.users.count),
        f64::from(scenario.rooms.count),
    );
    let churn = &scenario.churn;
    let all = [
        ("messages", users * often(&scenario.messages.rate)),
        ("joins", rooms * often(&churn.joins)),
        ("leaves", rooms * often(&churn.leaves)),
        ("removals", rooms * often(&churn.removals)),
        ("new devices", users * often(&churn.new_clients)),
    ];
    let rate = |(what, mean): (&str, f64)| Rate {
        what: what.to_owned(),
        mean,
        peak_hour: mean * inputs.factor,
    };
    all.into_iter()
        .filter(|one| one.1 > 0.0)
        .map(rate)
        .collect()
}

/// What was measured, and what is taken to be so.
pub(super) fn found(inputs: &Inputs, common: Option<&Common>) -> Vec<Assumption> {
    let row = |what: &str, value: String, origin, source: &str| Assumption {
        what: what.to_owned(),
        value,
        origin,
        source: source.to_owned(),
    };
    let measured = |what: &str, value: f64, source| {
        row(what, units::bytes_f64(value), Origin::Measured, source)
    };
    let assumed = |what, value: &str, source| row(what, value.to_owned(), Origin::Assumed, source);
    let simulated = "the largest run in the busiest hour";
    let loaded = format!(
        "docs/size.md: loads on loopback, met within {}",
        units::percent(live::ERROR, 1.0)
    );
    let loaded = loaded.as_str();
    let mut rows = Vec::new();
    if let Some(common) = common {
        if common.message_bytes > 0.0 {
            rows.push(measured(
                "a message as it is kept",
                common.message_bytes,
                simulated,
            ));
        }
        let package = common.key_package_bytes;
        rows.extend(package.map(|bytes| measured("a KeyPackage", bytes, simulated)));
        let online = units::percent(common.online, 1.0);
        rows.push(row(
            "devices online at once",
            online,
            Origin::Measured,
            simulated,
        ));
    }
    rows.extend(profiles(inputs));
    rows.extend([
        measured("memory of a process", live::PROCESS, loaded),
        measured("memory of a connected device with its account", live::DEVICE, loaded),
        measured("memory of a room of five members at its hub", live::ROOM, loaded),
        assumed("memory of larger rooms", "in proportion to members", "docs/size.md: seen up to 40 members"),
        assumed("memory of what waits for clients", "its bytes", "not measured"),
        assumed("joins, leaves, new devices in the busiest hour", "as many times as often as messages", "the peak factor is of all that people do"),
        assumed("devices that come and go", "as often in every hour", "the peak factor leaves it as it is"),
        assumed("people", "act independently of one another", "what all do at one moment is no part of the peak"),
        assumed("work on several machines", "shared evenly, at no cost", "the reference provider is one process; not measured"),
        assumed("what is kept of a message", "one copy at its hub and one at each other provider with members, times the copies", "an archive; simulated providers delete what was delivered"),
        assumed("media", "kept at the sender's provider alone", "docs/content.md"),
        assumed("KeyPackages handed out", "in proportion to devices", "runs count them all together"),
        assumed("waiting", "Erlang's C with the correction of Allen and Cunneen; a third of what a message's service level leaves, at each provider", "docs/size.md"),
        assumed("the busiest minute and second of the hour", "what one of 60 and one of 3,600 exceeds, of a gamma distribution", "docs/size.md"),
        assumed("connections between providers", "two for each other provider", "one each way, kept open"),
        assumed("a month", "30 days", "of traffic and storage"),
    ]);
    rows
}

/// What a key of a scenario is, as it would be written there; nothing where it is not written.
pub fn habit(scenario: &Scenario, key: &str) -> Option<String> {
    let table: toml::Table = scenario.to_toml().parse().ok()?;
    let (section, name) = key.split_once('.')?;
    let value = table.get(section)?.get(name)?;
    Some(match value {
        toml::Value::String(text) => text.clone(),
        value => value.to_string(),
    })
}

/// The cost profiles of providers: where each was measured, and how many times slower than that its machines are.
fn profiles(inputs: &Inputs) -> Vec<Assumption> {
    const BUILT_IN: &str = "docs/costs.md: each unit on one machine; half of the loads held out are met within 16 %, the worst is 66 % off";
    let scenario = &inputs.scenario;
    let used = |name: &str| scenario.providers.iter().any(|one| one.profile == name);
    let profiles = scenario.cost.profiles.iter().filter(|(name, _)| used(name));
    let row = |(name, spec): &(String, ProfileSpec)| Assumption {
        what: format!("costs of requests, records, bytes, rows, connections, MLS: profile {name}"),
        value: format!("{} times those measured", units::significant(spec.factor)),
        origin: Origin::Measured,
        source: match &spec.measured {
            Some(machine) => machine.source.clone(),
            None => BUILT_IN.to_owned(),
        },
    };
    profiles.map(row).collect()
}

/// Whether as many messages are wanted in the runs as multiplication says: within what a Poisson process varies by.
pub(super) fn messages(inputs: &Inputs, largest: Option<(u32, &Common)>) -> Option<Check> {
    let (users, common) = largest?;
    let told = f64::from(users) * often(&inputs.scenario.messages.rate) * inputs.factor;
    let span = inputs.scenario.duration.as_secs_f64();
    let deviation = (told * span).sqrt() / span;
    Some(Check {
        met: (common.messages - told).abs() <= 5.0 * deviation,
        decides: false,
        what: format!(
            "messages that {} users want a second, mean of the busiest hour: users × messages a day ÷ {} × peak factor, within five standard deviations",
            units::count(u64::from(users)),
            units::count(DAY as u64)
        ),
        found: format!(
            "{} by arithmetic, {} in the run",
            units::significant(told),
            units::significant(common.messages)
        ),
    })
}
