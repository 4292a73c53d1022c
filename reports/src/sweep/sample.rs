//! What one run of a sweep came to, as its file in the sweep's folder keeps it.

use crate::measures::{self, Class, Measure};
use crate::summary::Summary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one run of a sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The number of its point in the grid.
    pub point: usize,
    /// Which repetition.
    pub run: u32,
    /// Its fingerprint.
    pub fingerprint: String,
    /// What was simulated, by name of measure: the same on any machine.
    pub measures: BTreeMap<String, f64>,
    /// How the simulator itself did, by name of measure: noise, for [`crate::compare`] alone.
    #[serde(default)]
    pub simulator: BTreeMap<String, f64>,
}

impl Sample {
    /// Of a finished run.
    pub fn new(point: usize, run: u32, summary: &Summary) -> Self {
        let simulated = |measure: &Measure| measure.family.class == Class::Simulated;
        let (measures, simulator): (Vec<Measure>, Vec<Measure>) =
            measures::of(summary).into_iter().partition(simulated);
        let named = |measures: Vec<Measure>| {
            let named = measures.into_iter();
            named.map(|measure| (measure.name, measure.value)).collect()
        };
        Self {
            point,
            run,
            fingerprint: summary.fingerprint.clone(),
            measures: named(measures),
            simulator: named(simulator),
        }
    }

    /// Whether a measure of it is a percentile that there were too few values for.
    pub(crate) fn is_beyond_count(&self, name: &str) -> bool {
        measures::is_beyond_count(name, |count| self.measures.get(count).copied())
    }
}
