//! What people still wanted at the end: wishes of which no latency is known but that it is greater than their age.

use super::spread::{MICROS_PER_MILLI, Spread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::Record;

/// Wishes that were open at the end of a run, and would have entered one latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenSummary {
    /// How many.
    pub count: u64,
    /// How long the oldest has waited, in milliseconds.
    pub oldest_ms: f64,
    /// The latency with each of them counted at its age, in milliseconds: at least so long it is.
    pub at_least_ms: Spread,
}

impl OpenSummary {
    /// Those of a run, by the name of the latency.
    pub(super) fn all(record: &Record) -> BTreeMap<String, Self> {
        let mut all = BTreeMap::new();
        for open in &record.open {
            let named = record.latencies.named();
            let latency = named.iter().find(|(name, ..)| *name == open.name);
            if let Some((name, _, fulfilled)) = latency {
                let summary = Self {
                    count: open.count,
                    oldest_ms: open.oldest.as_millis_f64(),
                    at_least_ms: Spread::of_histogram(&open.together(fulfilled), MICROS_PER_MILLI),
                };
                all.insert((*name).to_owned(), summary);
            }
        }
        all
    }
}
