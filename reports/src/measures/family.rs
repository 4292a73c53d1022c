//! Which measures there are.

use crate::families::{
    Better, Family, SPREAD_COUNT, SPREAD_COUNT_OF_ANY, STATS, Unit, like, one, spread,
};
use crate::summary::{
    CommitSummary, CountsSummary, ProviderSummary, RunSummary, SimulatorSummary, TrafficSummary,
    TreeSummary,
};

/// The family that `name` belongs to.
pub fn find(name: &str) -> Option<&'static Family> {
    let family = FAMILIES.iter().find(|family| family.has(name))?;
    let counts = family.spread && name.ends_with(".count");
    Some(if counts { &SPREAD_COUNT } else { family })
}

/// Names that can be measures, with `*` for what a scenario adds and for any reason; then those with each reason.
pub fn names() -> impl Iterator<Item = String> {
    let families = FAMILIES.iter().flat_map(|family| {
        let stats: &[&str] = if family.spread { &STATS } else { &[""] };
        stats.iter().map(|stat| match stat {
            &"" => family.name.to_owned(),
            stat => format!("{}.{stat}", family.name),
        })
    });
    families.chain(FAMILIES.iter().filter_map(Family::closed).flatten())
}

/// The families that have measures which the pattern covers, each once.
pub(crate) fn covered(pattern: &str) -> Vec<&'static Family> {
    if let Some(family) = find(pattern) {
        // A reason that there is not is one that was mistyped: counted as 0 it would pass for ever.
        return Some(family)
            .filter(|family| family.knows(pattern))
            .into_iter()
            .collect();
    }
    if !pattern.contains('*') {
        return Vec::new();
    }
    let names = names().filter(|name| like(pattern, name));
    let mut families: Vec<&Family> = names.filter_map(|name| find(&name)).collect();
    families.sort_by_key(|family| family.unit.symbol());
    families.dedup_by(|one, other| std::ptr::eq(*one, *other));
    families
}

use Better::{Less, Neither};
use Unit::{Bytes, Count, Milliseconds};

/// All kinds of measures.
pub static FAMILIES: &[Family] = &ALL;

/// Those that stand in one part of the summary are listed there, with the figures that they are.
const PARTS: [&[Family]; 15] = [
    LATENCIES,
    OPEN,
    CommitSummary::MEASURES,
    CLIENTS,
    TreeSummary::MEASURES,
    TrafficSummary::MEASURES,
    LINKS,
    CONTENTS,
    ProviderSummary::MEASURES,
    FEDERATION,
    CountsSummary::MEASURES,
    WORK,
    RunSummary::MEASURES,
    CHECKS,
    SimulatorSummary::MEASURES,
];

static ALL: [Family; count()] = all();

const fn count() -> usize {
    let (mut count, mut part) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
}

/// All parts, one after the other.
const fn all() -> [Family; count()] {
    let mut all = [SPREAD_COUNT_OF_ANY; count()];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut row = 0;
        while row < PARTS[part].len() {
            all[at] = PARTS[part][row];
            (at, row) = (at + 1, row + 1);
        }
        part += 1;
    }
    all
}

/// Those of the record, which says each once.
const LATENCIES: &[Family] = &{
    let mut families = [SPREAD_COUNT_OF_ANY; throng_record::LATENCIES.len()];
    let mut at = 0;
    while at < families.len() {
        let latency = throng_record::LATENCIES[at];
        families[at] = spread(
            latency.name,
            "latencies_ms/=",
            Milliseconds,
            Less,
            latency.says,
        );
        at += 1;
    }
    families
};

#[rustfmt::skip]
const OPEN: &[Family] = &[
    one("open.*.wishes", "open/*/count", Count, Less, "wishes still open at the end, by the latency they would have entered"),
    one("open.*.offline", "open/*/offline", Count, Neither, "those of them that wait for somebody who is offline"),
    one("open.*.oldest", "open/*/oldest_ms", Milliseconds, Less, "how long the oldest of them has waited, as its latency counts it"),
    spread("at-least.*", "open/*/at_least_ms", Milliseconds, Less, "a latency with them counted at their age; 0 where somebody is offline"),
];

#[rustfmt::skip]
const CLIENTS: &[Family] = &[
    spread("client.cpu", "client_cpu_ms", Milliseconds, Less, "CPU time of a client over the run"),
];

#[rustfmt::skip]
const LINKS: &[Family] = &[
    one("link.*.*.messages", "traffic/links/*from,to/messages", Count, Neither, "messages from one kind of party to another"),
    one("link.*.*.bytes", "traffic/links/*from,to/sent_bytes", Bytes, Less, "bytes put on those links"),
    one("link.*.*.received", "traffic/links/*from,to/received_bytes", Bytes, Less, "bytes that arrived"),
    one("link.*.*.lost", "traffic/links/*from,to/lost_bytes", Bytes, Less, "bytes lost"),
    one("link.*.*.duplicated", "traffic/links/*from,to/duplicated_bytes", Bytes, Less, "bytes that arrived twice"),
    one("link.*.*.bodies", "traffic/links/*from,to/body_bytes", Bytes, Less, "bytes of bodies sent over those links, each counted once"),
    one("kind.*.*.*.messages", "traffic/kinds/*kind,from,to/messages", Count, Neither, "messages of a kind"),
    one("kind.*.*.*.bytes", "traffic/kinds/*kind,from,to/sent_bytes", Bytes, Less, "bytes of a kind put on links"),
    one("kind.*.*.*.received", "traffic/kinds/*kind,from,to/received_bytes", Bytes, Less, "bytes of a kind that arrived"),
    one("kind.*.*.*.lost", "traffic/kinds/*kind,from,to/lost_bytes", Bytes, Less, "bytes of a kind lost"),
    one("kind.*.*.*.duplicated", "traffic/kinds/*kind,from,to/duplicated_bytes", Bytes, Less, "bytes of a kind that arrived twice"),
    one("kind.*.*.*.bodies", "traffic/kinds/*kind,from,to/body_bytes", Bytes, Less, "bytes of a kind's bodies sent, each counted once"),
];

#[rustfmt::skip]
const CONTENTS: &[Family] = &[
    one("content.*.sent", "contents/*kind/sent", Count, Neither, "application messages sent, by kind of content"),
    one("content.*.bytes", "contents/*kind/sent_bytes", Bytes, Less, "bytes of the packets that carried them to their senders' providers"),
    one("content.*.accepted", "contents/*kind/accepted", Count, Neither, "those that hubs accepted"),
    one("content.*.read", "contents/*kind/read", Count, Neither, "how often one was read, once for each reader"),
    one("content.*.read_bytes", "contents/*kind/read_bytes", Bytes, Less, "bytes of content that readers read"),
];

/// Names end with a provider's: it has dots in it, and what goes before has none.
#[rustfmt::skip]
const FEDERATION: &[Family] = &[
    one("pays.*.*.*.requests", "federation/costs/*role,users,provider/requests", Count, Less, "requests and timers that a provider sees to in a role for its own users or others'"),
    one("pays.*.*.*.received", "federation/costs/*role,users,provider/received_bytes", Bytes, Less, "bytes that it takes from links in that role for them"),
    one("pays.*.*.*.sent", "federation/costs/*role,users,provider/sent_bytes", Bytes, Less, "bytes that it puts on links"),
    one("pays.*.*.*.events", "federation/costs/*role,users,provider/events", Count, Less, "events among what it sends, once for each whom it sends one to"),
    one("pays.*.*.*.cpu", "federation/costs/*role,users,provider/cpu_s", Unit::Seconds, Less, "core time"),
    one("pays.*.*.*.stored_mean", "federation/costs/*role,users,provider/stored_mean_bytes", Bytes, Less, "bytes that it stores in the mean"),
    one("sees.*.*.rooms", "federation/exposure/*role,party/rooms", Count, Less, "rooms of which a party knows that there is something, by its role"),
    one("sees.*.*.names", "federation/exposure/*role,party/names", Count, Less, "of those, rooms whose names it saw"),
    one("sees.*.*.users", "federation/exposure/*role,party/users", Count, Less, "users of whom it knows that they are in some room"),
    one("sees.*.*.others", "federation/exposure/*role,party/others", Count, Less, "of those, users of other providers"),
    one("sees.*.*.memberships", "federation/exposure/*role,party/memberships", Count, Less, "memberships that it knows: a user in a room"),
    one("sees.*.*.packets", "federation/exposure/*role,party/packets", Count, Neither, "packets whose time, length and ends it saw"),
    one("sees.*.*.packet_bytes", "federation/exposure/*role,party/packet_bytes", Bytes, Neither, "their bytes"),
    one("sees.*.*.messages", "federation/exposure/*role,party/messages", Count, Less, "packets that it can tell to be messages of a room; of members what they read"),
    one("sees.*.*.senders", "federation/exposure/*role,party/senders", Count, Less, "those of whose sender it knows"),
    one("sees.*.*.changes", "federation/exposure/*role,party/changes", Count, Less, "packets that say who changes a membership, and whose"),
    one("sees.*.*.key_requests", "federation/exposure/*role,party/key_requests", Count, Less, "packets that say who asks for whose keys"),
    one("sees.*.*.presences", "federation/exposure/*role,party/presences", Count, Less, "packets that say that a device comes or goes"),
    one("sees.*.*.content", "federation/exposure/*role,party/content_bytes", Bytes, Less, "bytes of content"),
    one("without.*.rooms", "federation/dependence/*provider/rooms", Count, Less, "rooms that stop when a provider does"),
    one("without.*.rooms_share", "federation/dependence/*provider/rooms_share", Unit::Share, Less, "the part of all rooms that they are"),
    one("without.*.messages", "federation/dependence/*provider/messages", Count, Less, "messages accepted in those rooms"),
    one("without.*.own_elsewhere", "federation/dependence/*provider/own_elsewhere", Count, Less, "messages of its users in rooms of others"),
    one("without.*.messages_share", "federation/dependence/*provider/messages_share", Unit::Share, Less, "the part of all messages that both are"),
    one("without.*.reads_elsewhere", "federation/dependence/*provider/reads_elsewhere", Count, Less, "how often its users read a message in rooms of others"),
    one("without.*.reads_share", "federation/dependence/*provider/reads_share", Unit::Share, Less, "the part of all readings that they are"),
    one("down.*.*.*.from", "federation/outages/*concerned,outage,provider/from_s", Unit::Seconds, Neither, "when a provider goes, by what is concerned and which outage of its own it is"),
    one("down.*.*.*.until", "federation/outages/*concerned,outage,provider/until_s", Unit::Seconds, Neither, "when it is back"),
    one("down.*.*.*.wanted", "federation/outages/*concerned,outage,provider/wanted", Count, Neither, "messages that people wanted to send meanwhile, and sent at some time"),
    one("down.*.*.*.accepted_during", "federation/outages/*concerned,outage,provider/accepted_during", Count, Better::More, "of those, accepted while it was down"),
    one("down.*.*.*.accepted_after", "federation/outages/*concerned,outage,provider/accepted_after", Count, Neither, "of those, accepted later"),
    one("down.*.*.*.longest_wait", "federation/outages/*concerned,outage,provider/longest_wait_ms", Milliseconds, Neither, "from wanted to accepted, at most"),
    one("down.*.*.*.delivered", "federation/outages/*concerned,outage,provider/delivered", Count, Neither, "deliveries of them to those who were online and stayed so"),
    one("down.*.*.*.delivered_during", "federation/outages/*concerned,outage,provider/delivered_during", Count, Better::More, "of those, made while it was down"),
    one("down.*.*.*.recovered", "federation/outages/*concerned,outage,provider/recovered_s", Unit::Seconds, Neither, "after its end until the last of them was made"),
];

#[rustfmt::skip]
const WORK: &[Family] = &[
    one("work.clients.*", "work/clients/*", Count, Less, "Work of all clients, by unit"),
    one("work.hubs.*", "work/hubs/*", Count, Less, "Work of all hubs, by unit"),
];

#[rustfmt::skip]
const CHECKS: &[Family] = &[
    one("checks.*", "invariants/*", Count, Neither, "how often an invariant was checked"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_a_measure_is_of() {
        let labels = |name| {
            let labels = find(name).expect(name).labels(name);
            let label = |(key, value): &(String, String)| format!("{key}={value}");
            labels.iter().map(label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels("join.p95"), "stat=p95");
        assert_eq!(labels("join.count"), "");
        assert_eq!(labels("provider.a.example.busy"), "domain=a.example");
        assert_eq!(
            labels("kind.commit.client.provider.bytes"),
            "kind=commit from=client to=provider"
        );
        assert_eq!(
            labels("pays.local-provider.others.a.example.sent"),
            "role=local-provider users=others provider=a.example"
        );
        assert_eq!(labels("work.hubs.seals"), "name=seals");
        assert_eq!(labels("run.events"), "");
    }

    #[test]
    fn names_are_found_by_their_families() {
        for name in [
            "join.p95",
            "commit.bytes.mean",
            "provider.a.example.busy",
            "simulator.wall",
        ] {
            assert!(find(name).is_some(), "{name}");
        }
        for name in ["join", "join.p42", "commit.byte.mean", ""] {
            assert!(find(name).is_none(), "{name}");
        }
        assert_eq!(
            find("commit.bytes.count").map(|family| family.unit),
            Some(Unit::Count)
        );
    }
}
