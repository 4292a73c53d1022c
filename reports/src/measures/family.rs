//! Which measures there are.

use super::unit::Unit;
use crate::reasons;
use crate::summary::{
    CommitSummary, CountsSummary, ProviderSummary, RunSummary, SimulatorSummary, TrafficSummary,
    TreeSummary,
};
use throng_stack::Failure;

/// Which way is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less is better: it costs somebody something.
    Less,
    /// More is better.
    More,
    /// It says what happened, not how well.
    Neither,
}

/// Whether a repetition gives the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It follows from the scenario and the seed: equal or not, no statistics.
    Simulated,
    /// It says how the simulator itself did on some machine: noise.
    Simulator,
}

/// Measures of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Their name, with `*` for what a scenario adds; that of a spread is followed by one of [`STATS`].
    pub name: &'static str,
    /// Where they stand in a summary; `=` is their name.
    pub(super) path: &'static str,
    /// What fails, where `*` stands for a reason: there are no others than those in the tables.
    pub(super) fails: Option<Failure>,
    /// Whether each is a distribution.
    pub spread: bool,
    /// What they are counted in.
    pub unit: Unit,
    /// Which way is worse.
    pub better: Better,
    /// Whether a repetition gives the same.
    pub class: Class,
    /// What they say.
    pub says: &'static str,
}

/// The name of a distribution's size.
pub(super) const COUNT: &str = "count";

/// What there is of a distribution.
pub const STATS: [&str; 8] = [COUNT, "mean", "p50", "p90", "p95", "p99", "p999", "max"];

/// What the `count` of any distribution is.
pub(super) static SPREAD_COUNT: Family = SPREAD_COUNT_OF_ANY;

const SPREAD_COUNT_OF_ANY: Family = Family {
    name: "*.count",
    path: "",
    fails: None,
    spread: false,
    unit: Unit::Count,
    better: Better::Neither,
    class: Class::Simulated,
    says: "how many values a distribution has",
};

impl Family {
    /// The name of the one that `keys` stand for.
    pub(super) fn named(&self, keys: &[String]) -> String {
        let mut name = String::new();
        let mut keys = keys.iter();
        for piece in self.name.split_inclusive('*') {
            match piece.strip_suffix('*') {
                Some(plain) => {
                    name.push_str(plain);
                    name.push_str(keys.next().map_or("*", String::as_str));
                }
                None => name.push_str(piece),
            }
        }
        name
    }

    /// What tells its measures apart, by what it is called: `stat` for the figures of a distribution, and the keys that `*`
    /// stands for.
    pub fn labels(&self, name: &str) -> Vec<(String, String)> {
        if std::ptr::eq(self, &SPREAD_COUNT) {
            return Vec::new();
        }
        let (stem, stat) = match (self.spread, name.rsplit_once('.')) {
            (true, Some((stem, stat))) => (stem, Some(("stat".to_owned(), stat.to_owned()))),
            _ => (name, None),
        };
        let steps = self
            .path
            .split('/')
            .filter_map(|step| step.strip_prefix('*'));
        let keys = steps.flat_map(|keys| keys.split(','));
        let keys = keys.map(|key| if key.is_empty() { "name" } else { key }.to_owned());
        let values = stars(self.name, stem).unwrap_or_default();
        keys.zip(values).chain(stat).collect()
    }

    /// What the measure of this name is, in words, such as `a commit, from wanted to accepted: p95`.
    pub(crate) fn in_words(&self, name: &str) -> String {
        let labels = self.labels(name).into_iter();
        let labels: Vec<String> = labels.map(|(_, value)| value).collect();
        match labels.is_empty() {
            true => self.says.to_owned(),
            false => format!("{}: {}", self.says, labels.join(" → ")),
        }
    }

    /// Whether a run that lacks one of them had none of it: counts by name, and bytes by kind. What a distribution lacks did not
    /// happen at all.
    pub fn absent_is_zero(&self) -> bool {
        let by_name = [
            "counts.intents.",
            "counts.skipped.",
            "counts.undecryptable.",
            "kind.",
            "link.",
        ];
        by_name.iter().any(|start| self.name.starts_with(start))
    }

    /// The names that its `*` stands for, where there are no others.
    pub(crate) fn closed(&self) -> Option<impl Iterator<Item = String>> {
        let ids = reasons::of(self.fails?);
        Some(ids.map(|id| self.named(&[id.to_owned()])))
    }

    /// Whether a name or pattern of it, where that is about a reason, is about one that there is.
    pub(super) fn knows(&self, pattern: &str) -> bool {
        let closed = self.closed();
        closed.is_none_or(|mut names| names.any(|name| like(pattern, &name)))
    }

    /// Whether `name` can be one of its measures. A file of another version may have a reason that is in no table any more.
    pub fn has(&self, name: &str) -> bool {
        let stem = match self.spread {
            true => match name.rsplit_once('.') {
                Some((stem, stat)) if STATS.contains(&stat) => stem,
                _ => return false,
            },
            false => name,
        };
        like(self.name, stem)
    }
}

/// Whether a pattern with `*` in it, for at least one letter each, covers a name.
pub(crate) fn like(pattern: &str, name: &str) -> bool {
    stars(pattern, name).is_some()
}

/// What each `*` of a pattern stands for in a name, the first as little as can be; `None` where it does not cover it.
fn stars(pattern: &str, name: &str) -> Option<Vec<String>> {
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == name).then(Vec::new);
    };
    let rest = name.strip_prefix(before)?;
    let mut ends = rest
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    ends.find_map(|end| {
        let mut found = stars(after, &rest[end..])?;
        found.insert(0, rest[..end].to_owned());
        Some(found)
    })
}

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

pub(crate) const fn spread(
    name: &'static str,
    path: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
) -> Family {
    Family {
        spread: true,
        ..one(name, path, unit, better, says)
    }
}

pub(crate) const fn one(
    name: &'static str,
    path: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
) -> Family {
    Family {
        name,
        path,
        fails: None,
        spread: false,
        unit,
        better,
        class: Class::Simulated,
        says,
    }
}

pub(crate) const fn given_up(
    name: &'static str,
    path: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
) -> Family {
    Family {
        fails: Some(Failure::GivenUp),
        ..one(name, path, unit, better, says)
    }
}

pub(crate) const fn unreadable(
    name: &'static str,
    path: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
) -> Family {
    Family {
        fails: Some(Failure::Unreadable),
        ..one(name, path, unit, better, says)
    }
}

pub(crate) const fn simulator(
    name: &'static str,
    path: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
) -> Family {
    Family {
        class: Class::Simulator,
        ..one(name, path, unit, better, says)
    }
}

use Better::{Less, Neither};
use Unit::{Bytes, Count, Milliseconds};

/// All kinds of measures.
pub static FAMILIES: &[Family] = &ALL;

/// Those that stand in one part of the summary are listed there, with the figures that they are.
const PARTS: [&[Family]; 13] = [
    LATENCIES,
    OPEN,
    CommitSummary::MEASURES,
    CLIENTS,
    TreeSummary::MEASURES,
    TrafficSummary::MEASURES,
    LINKS,
    ProviderSummary::MEASURES,
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
    one("kind.*.*.*.messages", "traffic/kinds/*kind,from,to/messages", Count, Neither, "messages of a kind"),
    one("kind.*.*.*.bytes", "traffic/kinds/*kind,from,to/sent_bytes", Bytes, Less, "bytes of a kind put on links"),
    one("kind.*.*.*.received", "traffic/kinds/*kind,from,to/received_bytes", Bytes, Less, "bytes of a kind that arrived"),
    one("kind.*.*.*.lost", "traffic/kinds/*kind,from,to/lost_bytes", Bytes, Less, "bytes of a kind lost"),
    one("kind.*.*.*.duplicated", "traffic/kinds/*kind,from,to/duplicated_bytes", Bytes, Less, "bytes of a kind that arrived twice"),
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
    fn a_star_stands_for_at_least_a_letter() {
        assert!(like("provider.*.busy", "provider.a.example.busy"));
        assert!(!like("provider.*.busy", "provider..busy"));
        assert!(like("*", "join.p95"));
        assert!(!like("*", ""));
        assert!(like("*.p95", "join.p95"));
        assert!(!like("join", "join.p95"));
    }

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
