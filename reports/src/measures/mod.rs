//! The figures of a run by name, so that thresholds, comparisons, sweeps and exports speak of the same things.
//!
//! A name has dots in it, from the whole to the part: `join.p95`, `commit.bytes.mean`,
//! `provider.a.example.busy`. [`FAMILIES`] lists them all.
//!
//! - [`family`]: which measures there are, and where in a summary each stands. Start here.
//! - [`judge`]: the figures of a run, held against its scenario's thresholds.
//! - [`rule`]: conditions on them, such as `join.p95 < 1.5s`; `spelling`: how one that cannot be read is spelled right.
//! - [`threshold`]: what a run has to meet.
//!
//! ```no_run
//! # let summary: throng_reports::Summary = serde_json::from_str("").unwrap();
//! let measures = throng_reports::measures::of(&summary);
//! let p95 = measures.iter().find(|measure| measure.name == "join.p95");
//! ```

pub mod family;
pub mod judge;
pub mod rule;
mod spelling;
pub mod threshold;

pub use crate::families::{AmountError, Better, Class, Family, Unit};
pub use family::FAMILIES;
pub use rule::Rule;

use crate::families;
use crate::summary::{self, OpenSummary, Summary};
use serde_json::Value;

/// One figure of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name, unique in a run.
    pub name: String,
    /// In [`Family::unit`].
    pub value: f64,
    /// What kind of figure it is.
    pub family: &'static Family,
    /// Whether it is a percentile that there are too few values for, so that it is the maximum.
    pub beyond_count: bool,
}

/// Whether a measure is a percentile that there are too few values for, by what is known of its distribution's size.
pub(crate) fn is_beyond_count(name: &str, value_of: impl FnOnce(&str) -> Option<f64>) -> bool {
    let distribution = family::find(name).is_some_and(|family| family.spread);
    let Some((stem, stat)) = name.rsplit_once('.').filter(|_| distribution) else {
        return false;
    };
    let count = value_of(&format!("{stem}.{}", families::COUNT));
    count.is_some_and(|count| summary::is_beyond_count(stat, count as u64))
}

/// All figures of a run, in the order of [`FAMILIES`] and then of names. What did not happen has no percentiles, only a
/// count of 0. Where nothing was open at the end, a latency is at least what it is.
pub fn of(summary: &Summary) -> Vec<Measure> {
    // Keys are strings and values plain: nothing that JSON cannot hold.
    let mut json = serde_json::to_value(summary).unwrap_or_default();
    let open = OpenSummary::of_each(&summary.open, &summary.latencies_ms);
    json["open"] = serde_json::to_value(open).unwrap_or_default();
    let mut found = Vec::new();
    for family in FAMILIES {
        let step = |step| if step == "=" { family.name } else { step };
        let path: Vec<&str> = family.path.split('/').map(step).collect();
        let mut measures = Vec::new();
        walk(&json, &path, &mut Vec::new(), &mut |keys, value| {
            let name = family.named(keys);
            match value {
                Value::Object(stats) if family.spread => {
                    let count = stats.get(families::COUNT).and_then(Value::as_u64);
                    for stat in families::STATS {
                        let value = stats.get(stat).and_then(Value::as_f64);
                        measures.extend(value.map(|value| Measure {
                            beyond_count:
                                count.is_some_and(|count| summary::is_beyond_count(stat, count)),
                            name: format!("{name}.{stat}"),
                            value,
                            family: if stat == families::COUNT {
                                &families::SPREAD_COUNT
                            } else {
                                family
                            },
                        }));
                    }
                }
                value => measures.extend(value.as_f64().map(|value| Measure {
                    name,
                    value,
                    family,
                    beyond_count: false,
                })),
            }
        });
        if !family.spread {
            measures.sort_by(|a, b| a.name.cmp(&b.name));
        }
        found.extend(measures);
    }
    found
}

/// Go along a path: `*` stands for every key of an object, `*key` for every element of an array, by what its `key` says
/// (several keys: joined by `,`).
fn walk<'v>(
    value: &'v Value,
    path: &[&str],
    keys: &mut Vec<String>,
    found: &mut impl FnMut(&[String], &'v Value),
) {
    let Some((step, rest)) = path.split_first() else {
        return found(keys, value);
    };
    match (step.strip_prefix('*'), value) {
        (None, value) => {
            if let Some(value) = value.get(step) {
                walk(value, rest, keys, found);
            }
        }
        (Some(""), Value::Object(all)) => {
            for (key, value) in all {
                keys.push(key.replace(' ', "-"));
                walk(value, rest, keys, found);
                keys.pop();
            }
        }
        (Some(by), Value::Array(all)) => {
            for value in all {
                let said = by
                    .split(',')
                    .map(|key| value.get(key).and_then(Value::as_str));
                let before = keys.len();
                keys.extend(said.map(|key| key.unwrap_or_default().replace(' ', "-")));
                walk(value, rest, keys, found);
                keys.truncate(before);
            }
        }
        _ => {}
    }
}

/// Where a measure stands: by family, then by name, the figures of a distribution in their own order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    family: Option<usize>,
    stem: String,
    stat: Option<usize>,
}

impl Place {
    /// Of the measure with this name.
    pub fn of(name: &str) -> Self {
        let family = FAMILIES.iter().position(|family| family.has(name));
        let spread = family.is_some_and(|family| FAMILIES[family].spread);
        let (stem, stat) = match name.rsplit_once('.') {
            Some((stem, stat)) if spread => (stem, Some(stat)),
            _ => (name, None),
        };
        Self {
            family,
            stem: stem.to_owned(),
            stat: stat.and_then(|stat| families::STATS.iter().position(|known| *known == stat)),
        }
    }
}
