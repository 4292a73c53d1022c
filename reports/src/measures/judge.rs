//! The figures of a run, held against the thresholds of its scenario.

use super::{Rule, threshold};
use crate::run_info::{RunInfo, Share};
use crate::summary::Summary;
use throng_record::Record;
use throng_workloads::scenario::Scenario;

impl Summary {
    /// The figures of one run, and what became of its scenario's thresholds. Half a run meets or breaks nothing, and one
    /// shard of a load neither.
    pub fn new(scenario: &Scenario, record: &Record, info: &RunInfo) -> Self {
        let mut summary = Self::unjudged(scenario, record, info);
        // Whoever makes a run has read the rules before; a rule that is none is met by nothing.
        let real = info.real.as_ref();
        let part = real.is_some_and(|real| matches!(real.share, Share::One(_)));
        let rules = scenario.thresholds.iter();
        let rules = rules.filter(|_| !record.partial && !part);
        let rules: Vec<_> = rules
            .filter_map(|rule| Rule::threshold(rule).ok())
            .collect();
        summary.thresholds = threshold::check(&rules, &super::of(&summary));
        summary
    }
}
