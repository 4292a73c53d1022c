//! What is different about a run over real connections.

use super::servers::ServerSummary;
use super::spread::{MICROS_PER_MILLI, Spread};
use crate::run_info::{Machine, RealInfo};
use crate::units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::RealRecord;

/// What only virtual time has: whoever reads a real run has to know that it is not there.
const MISSING: [&str; 3] = [
    "bytes are those of the protocol's bodies, as in simulated runs: HTTP, TLS and repeated connections are not counted",
    "no link or cost of the scenario counts: times are those of this machine, which providers and clients share",
    "there is no fingerprint that another run could have",
];

/// So many of a list are named.
const MOST_NAMED: usize = 10;

/// A run over real connections, in real time: another run of the same gives other figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RealSummary {
    /// The machine on which clients and providers ran.
    pub machine: Machine,
    /// What is not measured, or not as in a simulated run.
    pub missing: Vec<String>,
    /// Whether the generator took up wishes in time. Where it did not, it was the limit, and all figures are about it.
    pub kept_up: bool,
    /// How late it took them up, in milliseconds.
    pub lateness_ms: Spread,
    /// Messages from when they were first sent, in milliseconds: what a measurement says that looks away while a slow provider
    /// makes people wait. The latency `message` counts from when somebody wanted to say it.
    pub message_raw_ms: Spread,
    /// Requests that clients sent again.
    pub repeated: u64,
    /// What went wrong between clients and providers, how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// What servers took of their machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerSummary>,
    /// What had to hold and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
}

impl RealSummary {
    /// Of a record, and what the program knows beside it.
    pub(super) fn of(record: &RealRecord, info: &RealInfo) -> Self {
        let violations = record.violations.iter();
        Self {
            machine: info.machine.clone(),
            missing: MISSING.map(str::to_owned).to_vec(),
            kept_up: info.kept_up,
            lateness_ms: Spread::of_histogram(&info.lateness, MICROS_PER_MILLI),
            message_raw_ms: Spread::of_histogram(&record.message_raw, MICROS_PER_MILLI),
            repeated: info.repeated,
            errors: info.errors.clone(),
            servers: ServerSummary::all(&record.servers),
            violations: violations
                .map(|violation| format!("{}: {}", violation.name, violation.detail))
                .collect(),
        }
    }

    /// What a reader has to know before anything else.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut all = Vec::new();
        if !self.kept_up {
            all.push(
                "the generator was the limit: what follows is about it, and not about the providers"
                    .to_owned(),
            );
        }
        if !self.violations.is_empty() {
            all.push(format!(
                "{} of what has to hold did not",
                self.violations.len()
            ));
            let first = self.violations.iter().take(MOST_NAMED);
            all.extend(first.cloned());
        }
        all.push(format!(
            "real: over HTTPS, in real time, on {}; another run has other figures, so this one is not reproducible",
            self.machine
        ));
        all
    }

    /// What the generator says of itself, and what went wrong: what, and how much of it.
    pub(crate) fn generator(&self) -> Vec<(String, String)> {
        let spread = |spread: &Spread| match &spread.stats {
            Some(stats) => format!(
                "p50 {}, p99 {}, longest {} of {}",
                units::millis(stats.p50),
                units::millis(stats.p99),
                units::millis(stats.max),
                units::count(spread.count)
            ),
            None => "none".to_owned(),
        };
        let mut all = vec![
            (
                "message, raw: from when it was sent".to_owned(),
                spread(&self.message_raw_ms),
            ),
            (
                "the generator took up wishes after".to_owned(),
                spread(&self.lateness_ms),
            ),
            (
                "requests sent again".to_owned(),
                units::count(self.repeated),
            ),
        ];
        let errors = self.errors.iter().take(MOST_NAMED);
        all.extend(errors.map(|(what, count)| (what.clone(), units::count(*count))));
        all
    }
}
