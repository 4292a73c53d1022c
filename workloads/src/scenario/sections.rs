//! Reading each section of the scenario file.

use super::dist_reader::numbers;
use super::links;
use super::model::*;
use super::reader::Section;
use super::tree::Tree;
use crate::error::nearest;
use crate::time::SimSpan;
use crate::units::{Quantity, plain};
use std::path::{Path, PathBuf};

/// Ten years: virtual time is 64 bits of nanoseconds, and nobody plans further.
const MAX_DURATION: SimSpan = SimSpan::from_secs(10 * 365 * 86_400);

const CIPHERSUITES: &[(&str, Ciphersuite)] = &[
    (
        "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        Ciphersuite::X25519Aes128Sha256Ed25519,
    ),
    (
        "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        Ciphersuite::P256Aes128Sha256P256,
    ),
    (
        "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        Ciphersuite::X25519ChaCha20Sha256Ed25519,
    ),
];

/// Hourly activity of an office: quiet nights, a peak before and one after lunch.
const OFFICE: [f64; 24] = [
    0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.3, 0.8, 2.0, 3.0, 3.2, 2.6, 1.4, 2.2, 2.8, 2.6, 2.0, 1.0,
    0.5, 0.4, 0.3, 0.2, 0.1, 0.05,
];

/// Hourly activity among friends: builds up over the day, peaks in the evening.
const EVENING: [f64; 24] = [
    0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 0.8, 0.9, 0.9, 1.0, 1.2, 1.1, 1.0, 1.0, 1.1, 1.3, 1.6,
    1.9, 2.2, 2.3, 1.9, 1.0,
];

/// Reads the whole file. `dir` is what a relative trace is relative to; `stem` names the scenario where
/// the file does not.
pub(super) fn scenario(root: Section<'_>, dir: Option<&Path>, stem: Option<&str>) -> Scenario {
    let users = users(root.section("users"));
    let providers = providers(&root);
    let cost = cost(root.section("cost"));
    let scenario = Scenario {
        name: name(&root, stem),
        description: root.text("description"),
        seed: seed(&root),
        duration: duration(&root),
        warmup: root.span("warmup"),
        engine: engine(&root),
        ciphersuite: ciphersuite(&root),
        rooms: rooms(root.section("rooms")),
        churn: churn(root.section("churn")),
        messages: messages(root.section("messages")),
        policy: policy(root.section("policy")),
        network: links::network(root.section("network"), &users.connections),
        cost: cost.resolve(&root, &providers, &users),
        trace: trace(&root, dir),
        providers,
        users,
    };
    root.finish();
    scenario
}

fn name(root: &Section<'_>, stem: Option<&str>) -> String {
    let sound = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if root.written("name").is_none()
        && let Some(stem) = stem.filter(|stem| sound(stem))
    {
        return stem.to_owned();
    }
    let name = root.text("name");
    if !sound(&name) && root.notes.is_clean() {
        let message = format!(
            "{name:?} cannot name a folder; expected at most 64 letters, digits, `.`, `-`, `_`, no dot first"
        );
        root.note("name", message);
    }
    name
}

/// Any 64 bits; beyond TOML's signed integers as a text of digits.
fn seed(root: &Section<'_>) -> u64 {
    let seed = match root.get("seed").map(|node| &node.value) {
        Some(Tree::Integer(seed)) => u64::try_from(*seed).ok(),
        Some(Tree::Text(digits)) => digits.parse().ok(),
        _ => None,
    };
    seed.unwrap_or_else(|| {
        root.note(
            "seed",
            format!("expected a whole number from 0 to {}", u64::MAX),
        );
        0
    })
}

fn duration(root: &Section<'_>) -> SimSpan {
    let duration = root.span("duration");
    if duration == SimSpan::ZERO && root.notes.is_clean() {
        root.note(
            "duration",
            "nothing happens in no time; expected a duration such as \"1h\"",
        );
    } else if duration >= MAX_DURATION {
        root.note("duration", "ten years or more; expected less");
    }
    duration
}

fn engine(root: &Section<'_>) -> EngineKind {
    if let Some(Tree::Text(name)) = root.get("engine").map(|node| &node.value)
        && name == "model"
    {
        root.note(
            "engine",
            "the engine `model` is not available yet; expected `openmls`",
        );
        return EngineKind::OpenMls;
    }
    root.choice(
        "engine",
        &[("openmls", EngineKind::OpenMls)],
        EngineKind::OpenMls,
    )
}

fn ciphersuite(root: &Section<'_>) -> Ciphersuite {
    if let Some(Tree::Integer(number)) = root.get("ciphersuite").map(|node| &node.value) {
        let at = usize::try_from(*number).ok().and_then(|n| n.checked_sub(1));
        return at.and_then(|at| CIPHERSUITES.get(at)).map_or_else(
            || {
                let message =
                    format!("ciphersuite {number} is not available; expected 1, 2, 3 or a name");
                root.note("ciphersuite", message);
                Ciphersuite::X25519Aes128Sha256Ed25519
            },
            |(_, suite)| *suite,
        );
    }
    root.choice(
        "ciphersuite",
        CIPHERSUITES,
        Ciphersuite::X25519Aes128Sha256Ed25519,
    )
}

fn trace(root: &Section<'_>, dir: Option<&Path>) -> Option<PathBuf> {
    root.written("trace")?;
    let path = PathBuf::from(root.text("trace"));
    Some(match dir {
        Some(dir) if path.is_relative() => dir.join(path),
        _ => path,
    })
}

fn providers(root: &Section<'_>) -> Vec<Provider> {
    let sections = root.elements("providers", 1);
    let shares = shares(root, "providers", &sections);
    let mut providers = Vec::with_capacity(sections.len());
    for ((i, section), share) in sections.into_iter().enumerate().zip(shares) {
        let domain = match section.written("domain") {
            Some(_) => section.text("domain"),
            None => format!("provider-{}.example", i + 1),
        };
        if domain.is_empty()
            || domain
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '/')
        {
            section.note(
                "domain",
                format!("{domain:?} is no domain; expected one such as \"a.example\""),
            );
        }
        providers.push(Provider {
            domain,
            share,
            region: section.text("region"),
            cores: section.whole("cores", 1, 65_536),
            profile: section.text("profile"),
        });
        section.finish();
    }
    providers
}

/// The shares of the elements of an array: as written; the others get equal parts of the rest.
fn shares(parent: &Section<'_>, key: &str, sections: &[Section<'_>]) -> Vec<f64> {
    let given: Vec<Option<f64>> = sections
        .iter()
        .map(|s| s.written("share").map(|_| s.probability("share")))
        .collect();
    let sum: f64 = given.iter().flatten().sum();
    let absent = given.iter().filter(|share| share.is_none()).count();
    let rest = (1.0 - sum).max(0.0) / absent.max(1) as f64;
    let off = if absent == 0 {
        (sum - 1.0).abs()
    } else {
        sum - 1.0
    };
    if off > 1e-6 && !given.is_empty() && parent.notes.is_clean() {
        let sum = plain((sum * 1e6).round() / 1e6);
        parent.note(key, format!("the shares add up to {sum}; expected 1"));
    }
    given
        .into_iter()
        .map(|share| share.unwrap_or(rest))
        .collect()
}

fn users(section: Section<'_>) -> Users {
    let sections = section.elements("connections", 1);
    let shares = shares(&section, "connections", &sections);
    let connections = sections.into_iter().zip(shares).map(|(connection, share)| {
        let read = Connection {
            link: connection.text("link"),
            share,
            profile: connection.text("profile"),
        };
        connection.finish();
        read
    });
    let users = Users {
        connections: connections.collect(),
        count: section.whole("count", 1, 10_000_000),
        clients: section.dist("clients", Quantity::Count),
        online: online(&section),
        offline: section.intervals("offline"),
    };
    section.finish();
    users
}

fn online(section: &Section<'_>) -> Option<crate::dist::Dist> {
    match section.get("online").map(|node| &node.value) {
        Some(Tree::Text(word)) if word == "always" => None,
        _ => Some(section.intervals("online")),
    }
}

fn rooms(section: Section<'_>) -> Rooms {
    let rooms = Rooms {
        count: section.whole("count", 0, 10_000_000),
        size: section.dist("size", Quantity::Count),
        hub: section.choice(
            "hub",
            &[
                ("creator", HubChoice::Creator),
                ("first", HubChoice::First),
                ("round-robin", HubChoice::RoundRobin),
            ],
            HubChoice::Creator,
        ),
        locality: section.probability("locality"),
        start: section.choice(
            "start",
            &[
                ("grown", Start::Grown),
                ("at-once", Start::AtOnce),
                ("warm", Start::Warm),
            ],
            Start::AtOnce,
        ),
        grow_interval: section.dist("grow_interval", Quantity::Time),
        created: section.dist("created", Quantity::Time),
    };
    section.finish();
    rooms
}

fn churn(section: Section<'_>) -> Churn {
    let churn = Churn {
        joins: section.rate("joins"),
        join_by: section.choice(
            "join_by",
            &[("add", JoinBy::Add), ("external", JoinBy::External)],
            JoinBy::Add,
        ),
        leaves: section.rate("leaves"),
        removals: section.rate("removals"),
        updates: section.rate("updates"),
        new_clients: section.rate("new_clients"),
        lost_clients: section.rate("lost_clients"),
        resyncs: section.rate("resyncs"),
        events: section
            .elements("events", 0)
            .into_iter()
            .map(mass_event)
            .collect(),
    };
    section.finish();
    churn
}

fn mass_event(section: Section<'_>) -> MassEvent {
    let event = MassEvent {
        at: section.span("at"),
        action: section.choice(
            "action",
            &[
                ("join", MassAction::Join),
                ("leave", MassAction::Leave),
                ("remove", MassAction::Remove),
                ("update", MassAction::Update),
                ("message", MassAction::Message),
                ("remove-every-second", MassAction::RemoveEverySecond),
            ],
            MassAction::Update,
        ),
        share: section.probability("share"),
        rooms: event_rooms(&section),
        spread: section.dist("spread", Quantity::Time),
    };
    section.finish();
    event
}

fn event_rooms(section: &Section<'_>) -> Vec<u32> {
    let rooms = numbers(section, "rooms", Quantity::Count);
    if let Some(wrong) = rooms
        .iter()
        .find(|r| r.fract() != 0.0 || **r > f64::from(u32::MAX))
    {
        section.note(
            "rooms",
            format!("{} is no room; expected numbers from 0", plain(*wrong)),
        );
    }
    rooms.into_iter().map(|room| room as u32).collect()
}

fn messages(section: Section<'_>) -> Messages {
    let day = section.span("day");
    if day < SimSpan::from_secs(1) && section.notes.is_clean() {
        section.note(
            "day",
            "the day is shorter than a second; expected one such as \"24h\"",
        );
    }
    let messages = Messages {
        rate: section.rate("rate"),
        size: section.dist("size", Quantity::Size),
        speakers: speakers(&section),
        diurnal: diurnal(&section),
        starts_at: starts_at(&section, day),
        day,
    };
    section.finish();
    messages
}

fn speakers(section: &Section<'_>) -> Speakers {
    match section.get("speakers") {
        Some(node) if matches!(node.value, Tree::Table(_)) => {
            let table = section.section("speakers");
            let zipf = table.choice("dist", &[("zipf", true)], false);
            let exponent = table.quantity("exponent", Quantity::Count);
            if zipf && exponent > 20.0 {
                table.note("exponent", "expected 0 to 20");
            }
            table.finish();
            Speakers::Zipf(exponent)
        }
        _ => section.choice(
            "speakers",
            &[("uniform", Speakers::Uniform)],
            Speakers::Uniform,
        ),
    }
}

fn diurnal(section: &Section<'_>) -> Vec<f64> {
    let curve = match section.get("diurnal").map(|node| &node.value) {
        Some(Tree::Array(_)) => numbers(section, "diurnal", Quantity::Count),
        _ => {
            let curves: &[(&str, &[f64])] =
                &[("none", &[]), ("office", &OFFICE), ("evening", &EVENING)];
            section.choice("diurnal", curves, &[][..]).to_vec()
        }
    };
    if curve.is_empty() || !section.notes.is_clean() {
        return Vec::new();
    }
    let mean = curve.iter().sum::<f64>() / curve.len() as f64;
    if curve.len() != 24 || mean <= 0.0 || !mean.is_finite() {
        let message = format!(
            "{} numbers with mean {}; expected 24, not all of them zero",
            curve.len(),
            plain(mean)
        );
        section.note("diurnal", message);
        return Vec::new();
    }
    // A curve that was scaled before stays as it is, to the last digit.
    if (mean - 1.0).abs() < 1e-9 {
        return curve;
    }
    curve.into_iter().map(|part| part / mean).collect()
}

fn starts_at(section: &Section<'_>, day: SimSpan) -> f64 {
    if let Some(Tree::Text(text)) = section.get("starts_at").map(|node| &node.value)
        && let Ok(time) = Quantity::Time.parse(text)
    {
        let part = time / day.as_secs_f64().max(1.0);
        if part > 1.0 {
            section.note("starts_at", format!("{text:?} is after the end of the day"));
        }
        return part;
    }
    section.probability("starts_at")
}

fn policy(section: Section<'_>) -> Policy {
    let policy = Policy {
        commit: section.choice(
            "commit",
            &[
                ("at-once", CommitPolicy::AtOnce),
                ("propose", CommitPolicy::Propose),
            ],
            CommitPolicy::AtOnce,
        ),
        committer: section.choice(
            "committer",
            &[("anyone", Committer::Anyone), ("admin", Committer::Admin)],
            Committer::Anyone,
        ),
        commit_delay: section.dist("commit_delay", Quantity::Time),
        backoff: section.dist("backoff", Quantity::Time),
        backoff_max: section.span("backoff_max"),
        tree: section.choice(
            "tree",
            &[
                ("welcome", TreeDelivery::InWelcome),
                ("hub", TreeDelivery::FromHub),
            ],
            TreeDelivery::InWelcome,
        ),
        path_on_add: section.flag("path_on_add"),
        key_packages: section.whole("key_packages", 1, 1_000_000),
        key_package_lifetime: section.span("key_package_lifetime"),
        epoch_tolerance: section.whole("epoch_tolerance", 0, 1_000),
        padding: section.bytes("padding", 1, 1 << 20),
        max_forward: section.whole("max_forward", 0, 1_000_000),
    };
    section.finish();
    policy
}

/// `[cost]`, before it is known which default profiles are used.
struct ReadCost {
    written: Vec<(String, f64)>,
    offered: Vec<(String, f64)>,
}

fn cost(section: Section<'_>) -> ReadCost {
    if let Some(Tree::Text(source)) = section.get("source").map(|node| &node.value)
        && source == "measured"
    {
        section.note(
            "source",
            "costs measured while running are not available yet; expected `profile`",
        );
    } else {
        section.choice(
            "source",
            &[("profile", CostSource::Profile)],
            CostSource::Profile,
        );
    }
    let profiles = section.section("profiles");
    let factor = |name: &String| {
        let factor = profiles.quantity(name, Quantity::Count);
        if factor > 1e6 {
            profiles.note(
                name,
                "more than a million times slower; expected a factor such as 2.0",
            );
        }
        (name.clone(), factor)
    };
    let written: Vec<_> = profiles.names().iter().map(factor).collect();
    let offered = profiles.default_names().iter().map(factor).collect();
    profiles.finish();
    section.finish();
    ReadCost { written, offered }
}

impl ReadCost {
    /// The profiles that are written, then the default ones that are used.
    fn resolve(self, root: &Section<'_>, providers: &[Provider], users: &Users) -> Cost {
        let mut profiles = self.written;
        let named = |list: &str, i: usize, profile: &String| {
            (format!("{list}.{i}.profile"), profile.clone())
        };
        let of_providers = providers.iter().enumerate();
        let of_providers = of_providers.map(|(i, p)| named("providers", i, &p.profile));
        let of_users = users.connections.iter().enumerate();
        let of_users = of_users.map(|(i, c)| named("users.connections", i, &c.profile));
        for (key, name) in of_providers.chain(of_users) {
            if profiles.iter().any(|(known, _)| *known == name) {
                continue;
            }
            match self.offered.iter().find(|(known, _)| *known == name) {
                Some(found) => profiles.push(found.clone()),
                None => {
                    let known = profiles
                        .iter()
                        .chain(&self.offered)
                        .map(|(n, _)| n.as_str());
                    let message = format!(
                        "no cost profile is named {name:?}; {}",
                        nearest(&name, known)
                    );
                    root.notes.note(&key, message);
                }
            }
        }
        Cost {
            source: CostSource::Profile,
            profiles,
        }
    }
}
