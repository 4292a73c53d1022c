//! What a measure is: families of figures alike, and what they are counted in. Which there are is listed in
//! [`measures`](crate::measures).

mod unit;

pub use unit::{AmountError, Unit};

use crate::reasons;
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
    /// Their name, with `*` for what a scenario adds; that of a spread is followed by one of `STATS`.
    pub name: &'static str,
    /// Where they stand in a summary; `=` is their name.
    pub(crate) path: &'static str,
    /// What fails, where `*` stands for a reason: there are no others than those in the tables.
    pub(crate) fails: Option<Failure>,
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
pub(crate) const COUNT: &str = "count";

/// What there is of a distribution.
pub(crate) const STATS: [&str; 8] = [COUNT, "mean", "p50", "p90", "p95", "p99", "p999", "max"];

/// What the `count` of any distribution is.
pub(crate) static SPREAD_COUNT: Family = SPREAD_COUNT_OF_ANY;

pub(crate) const SPREAD_COUNT_OF_ANY: Family = Family {
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
    pub(crate) fn named(&self, keys: &[String]) -> String {
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

    /// Whether a run that lacks one of them had none of it: counts by name, and what there is by kind. What a distribution lacks did not
    /// happen at all.
    pub fn absent_is_zero(&self) -> bool {
        let by_name = [
            "counts.intents.",
            "counts.skipped.",
            "counts.undecryptable.",
            "content.",
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
    pub(crate) fn knows(&self, pattern: &str) -> bool {
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
}
