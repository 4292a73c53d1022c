//! What else differs between two runs: it explains changes, or forbids to speak of any.

use super::side::{CompareError, Side};
use crate::summary::Summary;
use crate::text::layout::cut;
use crate::units;
use std::collections::BTreeMap;

/// Something that is not the same in both runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// What.
    pub what: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// Letters of a setting that are shown.
const MOST_LETTERS: usize = 60;

/// Keys of a scenario that are named where scenarios differ.
const MOST_KEYS: usize = 5;

/// Whether both are runs of one scenario and seed.
pub(super) fn comparable(base: &Side, new: &Side) -> Result<(), CompareError> {
    let (before, after) = (&base.summary.scenario, &new.summary.scenario);
    let what = if before.name != after.name {
        format!("scenarios, {:?} and {:?}", before.name, after.name)
    } else if before.digest != after.digest {
        let keys = keys_of(base, new);
        let said: Vec<String> = keys.iter().take(MOST_KEYS).map(said).collect();
        match said.is_empty() {
            true => format!("settings of the scenario {:?}", before.name),
            false => {
                let more = keys.len() - said.len();
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                format!(
                    "settings of the scenario {:?} ({}{more})",
                    before.name,
                    said.join(", ")
                )
            }
        }
    } else if before.seed != after.seed {
        format!("seeds, {} and {}", before.seed, after.seed)
    } else if before.run != after.run {
        format!("repetitions, {} and {}", before.run, after.run)
    } else {
        return Ok(());
    };
    Err(CompareError::Different {
        base: base.label.clone(),
        new: new.label.clone(),
        what,
    })
}

fn said(difference: &Difference) -> String {
    let Difference {
        what,
        before,
        after,
    } = difference;
    format!("{what}: {before} → {after}")
}

/// Notes a difference where there is one.
pub(super) fn note(found: &mut Vec<Difference>, what: &str, before: String, after: String) {
    if before != after {
        let what = what.to_owned();
        found.push(Difference {
            what,
            before,
            after,
        });
    }
}

/// All that differs, what matters most first.
pub(super) fn differences(base: &Side, new: &Side) -> Vec<Difference> {
    let (before, after) = (&base.summary, &new.summary);
    let mut found = Vec::new();
    let mut note = |what: &str, before, after| note(&mut found, what, before, after);
    let (one, two) = (&before.scenario, &after.scenario);
    note("scenario", one.name.clone(), two.name.clone());
    note("seed", one.seed.to_string(), two.seed.to_string());
    note("repetition", one.run.to_string(), two.run.to_string());
    note("engine", one.engine.clone(), two.engine.clone());
    note("whole", whole(before), whole(after));
    note("time", source(before), source(after));
    note(
        "throng",
        before.simulator.version.clone(),
        after.simulator.version.clone(),
    );
    profiles(&one.profiles, &two.profiles, &mut note);
    let health = |summary: &Summary| {
        summary.tree.as_ref().map_or_else(
            || "no tree".to_owned(),
            |tree| {
                format!(
                    "{} members, {} blank leaves, {} blank parents, {} unmerged",
                    tree.members, tree.blank_leaves, tree.blank_parents, tree.unmerged_leaves
                )
            },
        )
    };
    note("tree health at the end", health(before), health(after));
    if one.digest != two.digest {
        let mut keys = keys_of(base, new);
        if keys.is_empty() {
            // One of both scenarios is not at hand.
            keys.push(Difference {
                what: "settings (digest)".to_owned(),
                before: short(&one.digest),
                after: short(&two.digest),
            });
        }
        found.extend(keys);
    }
    found
}

/// Cost profiles that differ, by their digests.
pub(super) fn profiles(
    one: &BTreeMap<String, String>,
    two: &BTreeMap<String, String>,
    note: &mut impl FnMut(&str, String, String),
) {
    for (name, profile) in union(one, two) {
        let [before, after] = [profile.0, profile.1]
            .map(|digest| digest.map_or("–".to_owned(), |digest| short(digest)));
        note(&format!("cost profile {name}"), before, after);
    }
}

/// Enough of a digest to tell it from another.
fn short(digest: &str) -> String {
    digest.chars().take(8).collect()
}

fn whole(summary: &Summary) -> String {
    match summary.partial {
        true => format!("stopped after {}", units::seconds(summary.run.end_s)),
        false => "whole".to_owned(),
    }
}

fn source(summary: &Summary) -> String {
    match (summary.reproducible, &summary.real) {
        (_, Some(_)) => "real",
        (true, None) => "by the cost profile",
        (false, None) => "by a stopwatch",
    }
    .to_owned()
}

/// The scenario's keys that differ, where both scenarios are at hand.
fn keys_of(base: &Side, new: &Side) -> Vec<Difference> {
    match (&base.scenario, &new.scenario) {
        (Some(before), Some(after)) => keys(
            before,
            after,
            &["name", "description", "seed", "run", "engine"],
        ),
        _ => Vec::new(),
    }
}

/// Keys that two scenarios differ in, but for those `ignored` and for thresholds.
pub(crate) fn keys(before: &toml::Table, after: &toml::Table, ignored: &[&str]) -> Vec<Difference> {
    let flat = |table: &toml::Table| {
        let mut flat = BTreeMap::new();
        for (key, value) in table {
            flatten(key, value, &mut flat);
        }
        flat
    };
    let (before, after) = (flat(before), flat(after));
    union(&before, &after)
        .filter(|(key, (before, after))| {
            before != after && !ignored.contains(&key.as_str()) && !key.starts_with("thresholds")
        })
        .map(|(key, (before, after))| Difference {
            what: key.clone(),
            before: before.map_or("–".to_owned(), |value| cut(value, MOST_LETTERS)),
            after: after.map_or("–".to_owned(), |value| cut(value, MOST_LETTERS)),
        })
        .collect()
}

fn flatten(key: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (inner, value) in table {
                flatten(&format!("{key}.{inner}"), value, into);
            }
        }
        toml::Value::Array(values) if values.iter().any(toml::Value::is_table) => {
            for (at, value) in values.iter().enumerate() {
                flatten(&format!("{key}.{at}"), value, into);
            }
        }
        plain => {
            into.insert(key.to_owned(), plain.to_string());
        }
    }
}

/// Both values of each key that one of both has.
fn union<'m>(
    one: &'m BTreeMap<String, String>,
    two: &'m BTreeMap<String, String>,
) -> impl Iterator<Item = (&'m String, (Option<&'m String>, Option<&'m String>))> {
    let mut keys: Vec<&String> = one.keys().chain(two.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|key| (key, (one.get(key), two.get(key))))
}
