//! The figures of a run, held against the thresholds of its scenario.

use super::{Rule, threshold};
use crate::run_info::RunInfo;
use crate::summary::Summary;
use throng_record::Record;
use throng_workloads::scenario::Scenario;

impl Summary {
    /// The figures of one run, and what became of its scenario's thresholds. Half a run meets or breaks nothing.
    pub fn new(scenario: &Scenario, record: &Record, info: &RunInfo) -> Self {
        let mut summary = Self::unjudged(scenario, record, info);
        // Whoever makes a run has read the rules before; a rule that is none is met by nothing.
        let rules = scenario.thresholds.iter().filter(|_| !record.partial);
        let rules: Vec<_> = rules
            .filter_map(|rule| Rule::threshold(rule).ok())
            .collect();
        summary.thresholds = threshold::check(&rules, &super::of(&summary));
        summary
    }
}
