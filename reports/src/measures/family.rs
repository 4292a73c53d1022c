//! Which measures there are.

use crate::families::{
    Better, Family, SPREAD_COUNT, SPREAD_COUNT_OF_ANY, STATS, Unit, like, one, spread,
};
use crate::summary::{
    CommitSummary, CostSummary, CountsSummary, DependenceSummary, ExposureSummary, OutageSummary,
    ProviderSummary, RunSummary, SimulatorSummary, TrafficSummary, TreeSummary,
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
const PARTS: [&[Family]; 18] = [
    LATENCIES,
    OPEN,
    CommitSummary::MEASURES,
    CLIENTS,
    TreeSummary::MEASURES,
    TrafficSummary::MEASURES,
    LINKS,
    CONTENTS,
    ProviderSummary::MEASURES,
    CostSummary::MEASURES,
    ExposureSummary::MEASURES,
    DependenceSummary::MEASURES,
    OutageSummary::MEASURES,
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
