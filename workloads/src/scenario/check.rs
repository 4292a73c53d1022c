//! What one value alone cannot show to be wrong.

use super::expect::{self, Expected};
use super::model::*;
use super::outages;
use super::reader::Notes;
use crate::dist::Dist;
use crate::time::SimSpan;
use crate::units::plain;

/// Providers are numbered with 16 bits; the last numbers are kept free.
const MAX_PROVIDERS: usize = 65_000;

/// Connections are numbered with 16 bits.
const MAX_CONNECTIONS: usize = 65_536;

/// Memberships (a user in a room) at the start of a run, all rooms together.
const MAX_MEMBERSHIPS: f64 = 1e8;

/// Clients of a run.
const MAX_CLIENTS: f64 = 5e7;

/// Wishes that are looked at before a run begins.
const MAX_GATHERED: f64 = 1e8;

/// KeyPackages at the start of a run, and those that are made with real keys.
const MAX_KEY_PACKAGES: f64 = 1e9;
const MAX_REAL_KEY_PACKAGES: f64 = 1e7;

/// Notes what does not fit together in a scenario whose every value is sound by itself.
pub(super) fn check(scenario: &Scenario, notes: &Notes<'_>) {
    check_providers(scenario, notes);
    check_sizes(scenario, notes);
    // A trace takes the place of what people want, and of all rooms but those that are there at time zero.
    let generated = scenario.trace.is_none();
    if generated || scenario.rooms.start.is_before_zero() {
        check_rooms(scenario, notes);
        check_engine(scenario, notes);
    }
    if generated {
        check_events(scenario, notes);
    }
    check_key_packages(scenario, notes);
    if notes.is_clean() {
        check_growth(scenario, notes);
    }
    check_cost(scenario, notes);
    check_loss(scenario, notes);
    outages::check(scenario, notes);
    check_committers(&scenario.policy, notes);
    let nowhere = scenario.policy.participant_list == ParticipantListPlace::Nowhere;
    if scenario.messages.content.is_franked() && nowhere {
        notes.note(
            "messages.franking",
            "who stamps messages is said in the GroupContext, which has no application data where it has no participant list; expected \
             policy.participant_list = \"context\" or \"hash\" with that",
        );
    }
    check_profile(scenario, notes);
    check_key_material(&scenario.policy, notes);
    if scenario.policy.tree == TreeDelivery::ByUrl && nowhere {
        notes.note(
            "policy.tree",
            "from where trees may be fetched is said in the GroupContext, which has nothing of the room's where it has no participant list; \
             expected policy.participant_list = \"context\" or \"hash\" with that",
        );
    }
    if scenario.policy.notify_batch > 1 && scenario.policy.admission == Admission::OneFirst {
        notes.note(
            "policy.notify_batch",
            "whom a hub tells first it does not let wait for others; expected policy.admission = \"everybody\" with that",
        );
    }
    if scenario.users.connections.is_empty() {
        notes.note("users.connections", "no connection; expected at least one");
    }
    let connections = scenario.users.connections.len();
    if connections > MAX_CONNECTIONS {
        notes.note(
            "users.connections",
            format!("{connections} connections; expected at most {MAX_CONNECTIONS}"),
        );
    }
    if scenario.warmup >= scenario.duration {
        let message = format!(
            "the warm-up is not shorter than the duration of {}",
            scenario.duration
        );
        notes.note("warmup", message);
    }
}

fn check_profile(scenario: &Scenario, notes: &Notes<'_>) {
    let checked = scenario.policy.profile.is_checked();
    if checked && scenario.policy.participant_list == ParticipantListPlace::Nowhere {
        notes.note(
            "policy.profile",
            "roles are those of the participant list, and there is none; expected policy.participant_list = \"context\" or \"hash\" with that",
        );
    }
    if scenario.policy.evict_ended
        && scenario.policy.participant_list == ParticipantListPlace::Nowhere
    {
        notes.note(
            "policy.evict_ended",
            "hubs are among the senders of groups that have application data, and without a participant list they have none; expected \
             policy.participant_list = \"context\" or \"hash\" with that",
        );
    }
    if scenario.policy.signed_context == SignedContext::Hash {
        let lacks = match scenario.policy.participant_list {
            ParticipantListPlace::Nowhere => Some(
                "without a participant list there is nothing to hash; expected policy.participant_list = \"context\" or \"hash\" with that",
            ),
            _ if scenario.cost.source == CostSource::Measured => Some(
                "it is modelled, and a stopwatch measures what the library does; expected cost.source = \"profile\" with that",
            ),
            _ => None,
        };
        if let Some(lacks) = lacks {
            notes.note("policy.signed_context", lacks);
        }
    }
    if scenario.policy.handshakes == Handshakes::SemiPrivate
        && scenario.policy.participant_list == ParticipantListPlace::Nowhere
    {
        notes.note(
            "policy.handshakes",
            "groups that have application data say to whom handshakes are encrypted, and without a participant list they have none; \
             expected policy.participant_list = \"context\" or \"hash\" with that",
        );
    }
    if !checked && !scenario.churn.administration.is_none() {
        let written = scenario.churn.administration.rates().into_iter();
        for (key, _) in written.filter(|(key, _)| notes.is_written(&format!("churn.{key}"))) {
            notes.note(
                &format!("churn.{key}"),
                "nobody has a role by which to do that; expected a policy.profile such as \"cooperative\" with that",
            );
        }
    }
    let from_outside = scenario.churn.join_by == JoinBy::External;
    if scenario.policy.profile == Profile::Cooperative && from_outside {
        notes.note(
            "churn.join_by",
            "in a cooperatively administered room nobody may join from outside whom nobody added; expected \"add\", or the              policy.profile \"strict\" or \"moderated\", where they have a joining code",
        );
    }
}

fn check_providers(scenario: &Scenario, notes: &Notes<'_>) {
    let count = scenario.providers.len();
    if count == 0 {
        notes.note("providers", "no provider; expected at least one");
    } else if count > MAX_PROVIDERS {
        notes.note(
            "providers",
            format!("{count} providers; expected at most {MAX_PROVIDERS}"),
        );
    }
    let mut seen = std::collections::BTreeMap::new();
    for (i, provider) in scenario.providers.iter().enumerate() {
        if let Some(first) = seen.insert(provider.domain.to_ascii_lowercase(), i) {
            let message = format!(
                "{:?} is the domain of provider {first} already",
                provider.domain
            );
            notes.note(&format!("providers.{i}.domain"), message);
        }
    }
}

fn check_sizes(scenario: &Scenario, notes: &Notes<'_>) {
    let users = f64::from(scenario.users.count);
    let clients = scenario.users.clients.mean();
    if clients > 1_000.0 {
        notes.note(
            "users.clients",
            format!("{} clients a user; expected at most 1000", plain(clients)),
        );
    } else if clients * users > MAX_CLIENTS {
        let message = format!(
            "{} clients in all; expected at most 50 million",
            plain(clients * users)
        );
        notes.note("users.count", message);
    }
    let sizes = scenario.rooms.sizes().into_iter();
    let together: f64 = sizes
        .map(|(size, count)| f64::from(count) * size.mean().min(users))
        .sum();
    if together > MAX_MEMBERSHIPS {
        let message = format!(
            "{} memberships in all rooms; expected at most 100 million",
            plain(together)
        );
        notes.note("rooms.count", message);
    }
}

fn check_rooms(scenario: &Scenario, notes: &Notes<'_>) {
    if scenario.rooms.count == 0 {
        return;
    }
    let users = f64::from(scenario.users.count);
    let kinds = &scenario.rooms.kinds;
    let kinds = kinds
        .iter()
        .enumerate()
        .map(|(i, kind)| (format!("rooms.kinds.{i}.size"), &kind.size));
    let sizes = match scenario.rooms.kinds.is_empty() {
        true => vec![("rooms.size".to_owned(), &scenario.rooms.size)],
        false => kinds.collect(),
    };
    for (key, size) in sizes {
        let largest = size.max();
        if !largest.is_finite() || largest.round() <= users {
            continue;
        }
        let message = format!(
            "a room can have {} users, but users.count is {users}; expected at most that",
            plain(largest.round())
        );
        // The one that somebody wrote is to blame.
        let by_size = notes.is_written(&key) || !notes.is_written("users.count");
        notes.note(if by_size { &key } else { "users.count" }, message);
    }
}

/// Each client has its KeyPackages before the run begins.
fn check_key_packages(scenario: &Scenario, notes: &Notes<'_>) {
    let most = match scenario.engine {
        EngineKind::OpenMls => MAX_REAL_KEY_PACKAGES,
        EngineKind::Model => MAX_KEY_PACKAGES,
    };
    let clients = scenario.users.clients.mean().max(1.0) * f64::from(scenario.users.count);
    let all = clients * f64::from(scenario.policy.key_packages);
    if all > most {
        let message = format!(
            "{} KeyPackages of all clients; expected at most {}",
            plain(all.round()),
            plain(most)
        );
        let written = notes.is_written("policy.key_packages") || !notes.is_written("users.count");
        notes.note(
            if written {
                "policy.key_packages"
            } else {
                "users.count"
            },
            message,
        );
    }
}

/// What memory is needed for grows over the run: who comes, and, where it is looked at beforehand, what they want.
fn check_growth(scenario: &Scenario, notes: &Notes<'_>) {
    let expected = Expected::of(scenario);
    if expected.clients > MAX_CLIENTS {
        let message = format!(
            "{} clients in all at the end; expected at most 50 million",
            plain(expected.clients.round())
        );
        notes.note("churn.new_clients", message);
    }
    if expected.memberships > MAX_MEMBERSHIPS {
        let message = format!(
            "{} memberships in all rooms when they are fullest; expected at most 100 million",
            plain(expected.memberships.round())
        );
        notes.note("churn", message);
    }
    if expect::counts_passive(scenario) && expected.wishes > MAX_GATHERED {
        let message = format!(
            "{} wishes, which are gathered before the run; expected at most 100 million, or `simulated`",
            plain(expected.wishes.round())
        );
        notes.note("users.passive", message);
    }
}

fn check_events(scenario: &Scenario, notes: &Notes<'_>) {
    let count = scenario.rooms.count;
    let looked_up = &scenario.churn.look_up_rooms;
    if let Some(room) = looked_up.iter().find(|room| **room >= count) {
        let message =
            format!("there is no room {room}; expected numbers below rooms.count, {count}");
        notes.note("churn.look_up_rooms", message);
    }
    for (i, event) in scenario.churn.events.iter().enumerate() {
        if let Some(room) = event.rooms.iter().find(|room| **room >= count) {
            let message =
                format!("there is no room {room}; expected numbers below rooms.count, {count}");
            notes.note(&format!("churn.events.{i}.rooms"), message);
        }
    }
}

/// Members of one room beyond which real OpenMLS groups are out of reach: each member holds the whole tree, so
/// memory grows with the square (about 0.9 kB for each pair of members, 60 GB at this size).
const MOST_REAL_MEMBERS: f64 = 8_192.0;

fn check_engine(scenario: &Scenario, notes: &Notes<'_>) {
    if scenario.engine != EngineKind::OpenMls {
        return;
    }
    let (rooms, users) = (&scenario.rooms, &scenario.users);
    // Of a distribution without an end, what is hardly ever passed.
    let largest = |size: &Dist| match size.max() {
        max if max.is_finite() => max,
        _ => 100.0 * size.mean(),
    };
    let sizes = rooms.sizes().into_iter().filter(|(_, count)| *count > 0);
    let largest = sizes.map(|(size, _)| largest(size)).fold(0.0, f64::max);
    let members = largest.min(f64::from(users.count)) * users.clients.mean().max(1.0);
    if members > MOST_REAL_MEMBERS {
        notes.note(
            if rooms.kinds.is_empty() { "rooms.size" } else { "rooms.kinds" },
            format!(
                "rooms of some {} members, which OpenMLS cannot hold in memory; expected {} at most, or \
                 engine = \"model\"",
                plain(members.round()),
                plain(MOST_REAL_MEMBERS)
            ),
        );
    }
}

fn check_loss(scenario: &Scenario, notes: &Notes<'_>) {
    if scenario.network.request_loss > 0.0 && scenario.policy.request_timeout.is_none() {
        notes.note(
            "network.request_loss",
            "nobody repeats what is lost, so whoever waits for it would wait for ever; expected 0, or \
             policy.request_timeout with a span such as \"10s\"",
        );
    }
}

fn check_committers(policy: &Policy, notes: &Notes<'_>) {
    let one_first = policy.admission == Admission::OneFirst;
    if policy.commit_fallback == SimSpan::ZERO && (policy.committer.in_turn() || one_first) {
        notes.note(
            "policy.commit_fallback",
            "nobody is first where all may commit at the same time; expected a span such as \"5s\"",
        );
    }
    if one_first && policy.committer != Committer::Anyone {
        notes.note(
            "policy.admission",
            "whom the hub tells first is to commit, whoever it is; expected `everybody`, or policy.committer = \"anyone\"",
        );
    }
    if policy.refresh > 0.0 && policy.committer == Committer::Admin {
        notes.note(
            "policy.refresh",
            "only the room's creator may commit, so nobody else can refresh a leaf; expected 0, or another policy.committer",
        );
    }
}

fn check_key_material(policy: &Policy, notes: &Notes<'_>) {
    if policy.key_material_limit > 0 && policy.key_material_period == SimSpan::ZERO {
        notes.note(
            "policy.key_material_period",
            "as many as come are allowed where each period is over at once; expected a span such as \"1h\", or \
             policy.key_material_limit = 0",
        );
    }
}

fn check_cost(scenario: &Scenario, notes: &Notes<'_>) {
    // The model has nothing to measure.
    let measurable = scenario.engine == EngineKind::OpenMls;
    if scenario.cost.source == CostSource::Measured && !measurable {
        notes.note(
            "cost.source",
            "only the engine `openmls` can be measured; expected `profile`",
        );
    }
}
