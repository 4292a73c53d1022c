//! What is different about a run over real connections.

use super::spread::{MICROS_PER_MILLI, Spread};
use crate::run_info::{Machine, RealInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::RealRecord;

/// What only virtual time has: whoever reads a real run has to know that it is not there.
const MISSING: [&str; 4] = [
    "bytes are those of the protocol's bodies, as in simulated runs: HTTP, TLS and repeated connections are not counted",
    "no link or cost of the scenario counts: times are those of this machine, which providers and clients share",
    "how long requests wait at providers before a core is free is not measured",
    "a fingerprint that another run could have",
];

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
            violations: violations
                .map(|violation| format!("{}: {}", violation.name, violation.detail))
                .collect(),
        }
    }

    /// Where it ran, in a few words.
    pub(crate) fn place(&self) -> String {
        let Machine {
            processor,
            cores,
            system,
        } = &self.machine;
        let processor = processor.as_deref().unwrap_or("an unknown processor");
        format!("{processor}, {cores} cores, {system}")
    }
}
