//! What people still wanted at the end: wishes of which no latency is known but that it is greater than their age.

use super::spread::{MICROS_PER_MILLI, Spread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::{LATENCIES, Latency, Record};

/// Wishes that were open at the end of a run, and would have entered one latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenSummary {
    /// How many.
    pub count: u64,
    /// How many of them wait for somebody who is offline: whoever wants it, or is to be let in. Their latency has not begun to count.
    #[serde(default)]
    pub offline: u64,
    /// How long the oldest has waited, in milliseconds: as its latency counts it, so from when those it needs are online.
    pub oldest_ms: f64,
    /// The latency with each of them counted at that age, in milliseconds, and at 0 where it waits for somebody who is offline: at
    /// least so long it is.
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
                    offline: open.offline,
                    oldest_ms: open.oldest.as_millis_f64(),
                    at_least_ms: Spread::of_histogram(&open.together(fulfilled), MICROS_PER_MILLI),
                };
                all.insert((*name).to_owned(), summary);
            }
        }
        all
    }

    /// How long the oldest has waited, where any waits for somebody who is there.
    pub(crate) fn oldest(&self) -> Option<f64> {
        (self.count > self.offline).then_some(self.oldest_ms)
    }

    /// Those of every latency that can have any: where nothing is open, none, and the latency as it is.
    pub(crate) fn of_each(
        open: &BTreeMap<String, Self>,
        latencies_ms: &BTreeMap<String, Spread>,
    ) -> BTreeMap<&'static str, Self> {
        let latencies = LATENCIES.iter().filter(|latency| latency.wish.is_some());
        let of = |Latency { name, .. }: &Latency| {
            let open = open.get(*name).cloned();
            let none = || Self {
                count: 0,
                offline: 0,
                oldest_ms: 0.0,
                at_least_ms: latencies_ms.get(*name).copied().unwrap_or_default(),
            };
            (*name, open.unwrap_or_else(none))
        };
        latencies.map(of).collect()
    }
}
