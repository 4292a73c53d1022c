//! A scenario that was simulated and run for real: how far the two are apart.
//!
//! What timing does not decide has to agree exactly: how long messages of each kind are, and, for as long as a room has the same
//! history in both, what each commit is made of. What timing does decide is set side by side, and judged by the bounds that are given.
//!
//! - [`within`]: how far a figure may be off. Start here.
//! - [`check`]: something that had to hold.
//! - [`figures`]: the figures of both runs, side by side.
//! - [`lengths`]: how long messages are, kind by kind.
//! - [`commits`]: commits of the same history.
//! - [`operations`]: CPU time by what it was for.

pub mod check;
pub mod commits;
pub mod figures;
pub mod lengths;
pub mod operations;
pub mod within;

pub use check::Check;
pub use commits::SameHistory;
pub use figures::Pair;
pub use lengths::{Agreement, KindLengths};
pub use operations::OperationPair;
pub use within::{Within, WithinError};

use crate::json;
use crate::run_info::RunInfo;
use crate::summary::Summary;
use crate::units;
use serde::Serialize;
use std::collections::BTreeMap;
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// One of the two runs.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// What it measured.
    pub record: &'a Record,
    /// How it was made.
    pub info: &'a RunInfo,
}

/// What the simulation was told of the machine.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// In words.
    pub words: Vec<String>,
    /// The part of a core that a provider takes when nobody wants anything: no operation has it, and so it is added to those of each.
    pub idle: f64,
    /// Why ways on the machine were not measured, if they were not.
    pub doubt: Option<&'static str>,
}

/// Both runs, held against each other.
#[derive(Debug, Clone, Serialize)]
pub struct Twin {
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Where the real run was made.
    pub machine: String,
    /// What the simulation was told of this machine, in words.
    pub surroundings: Vec<String>,
    /// What had to hold, and whether it does.
    pub checks: Vec<Check>,
    /// Figures that both runs have.
    pub figures: Vec<Pair>,
    /// How long messages are, kind by kind.
    pub lengths: Vec<KindLengths>,
    /// Commits of the same history; absent of a protocol without groups.
    pub commits: Option<SameHistory>,
    /// CPU time by what it was for.
    pub operations: Vec<OperationPair>,
}

impl Twin {
    /// Holds the two runs against each other; of kinds in `by_state` the length depends on what happened in a room before.
    pub fn new(
        simulated: Run<'_>,
        real: Run<'_>,
        told: Told,
        bounds: &[Within],
        by_state: &[&str],
    ) -> Self {
        let summaries = (simulated.summary(), real.summary());
        let mut figures = figures::pairs(&summaries.0, &summaries.1);
        figures.extend(figures::processes(&summaries.0, real.record, told.idle));
        let lengths = lengths::compare(simulated.record, real.record, by_state);
        let commits = commits::compare(simulated.record, real.record);
        let machine = real.info.real.as_ref().map(|real| &real.machine);
        let mut checks = vec![lengths::check(&lengths)];
        checks.extend(commits.as_ref().map(SameHistory::check));
        checks.push(wishes(simulated.record, real.record));
        checks.extend(real_run(real));
        checks.extend(told.doubt.map(|doubt| Check {
            what: "ways on this machine".to_owned(),
            met: false,
            found: doubt.to_owned(),
        }));
        checks.extend(bounds.iter().flat_map(|bound| bound.check(&figures)));
        Self {
            scenario: real.scenario.name.clone(),
            seed: real.scenario.seed,
            machine: machine.map_or_else(String::new, |machine| machine.to_string()),
            surroundings: told.words,
            checks,
            figures,
            lengths,
            commits,
            operations: operations::pairs(simulated.record, real.record),
        }
    }

    /// Whether all holds that had to.
    pub fn agrees(&self) -> bool {
        self.checks.iter().all(|check| check.met)
    }

    /// The verdict in a line.
    pub fn verdict(&self) -> String {
        let off: Vec<&str> = self
            .checks
            .iter()
            .filter(|check| !check.met)
            .map(|check| check.what.as_str())
            .collect();
        match off.as_slice() {
            [] => "the simulation is as the real run, within the bounds".to_owned(),
            off => format!("the simulation is off in {}", off.join(", ")),
        }
    }

    /// All of it, for programs.
    pub fn to_json(&self) -> String {
        // Keys are strings and values plain: nothing that JSON cannot hold.
        json::pretty(self).unwrap_or_default()
    }
}

impl Run<'_> {
    fn summary(self) -> Summary {
        Summary::new(self.scenario, self.record, self.info)
    }
}

/// People want the same in both, whatever comes of it.
fn wishes(simulated: &Record, real: &Record) -> Check {
    let wanted = |record: &Record| {
        let all = record.counts.intents.iter().copied();
        all.collect::<BTreeMap<&str, u64>>()
    };
    let (simulated, real) = (wanted(simulated), wanted(real));
    let said = |wanted: &BTreeMap<&str, u64>| {
        let all = wanted.iter().map(|(what, count)| format!("{count} {what}"));
        all.collect::<Vec<String>>().join(", ")
    };
    Check {
        what: "wishes".to_owned(),
        met: simulated == real,
        found: match simulated == real {
            true => said(&real),
            false => format!("{} simulated, {} real", said(&simulated), said(&real)),
        },
    }
}

/// A real run that is no measurement of the providers is nobody's twin.
fn real_run(real: Run<'_>) -> Option<Check> {
    let record = real.record.real.as_ref()?;
    let kept_up = real
        .info
        .real
        .as_ref()
        .is_some_and(|info| info.generator.limits.is_empty());
    let broken = record.violations.len() as u64;
    Some(Check {
        what: "the real run".to_owned(),
        met: kept_up && broken == 0 && !real.record.partial,
        found: match (kept_up, broken, real.record.partial) {
            (_, _, true) => "it was stopped before its end".to_owned(),
            (false, ..) => "the generator was the limit".to_owned(),
            (true, 0, false) => "whole, and all that has to hold does".to_owned(),
            (true, broken, false) => format!(
                "{} did not hold",
                units::counted(broken, "thing that has to", "things that have to")
            ),
        },
    })
}
