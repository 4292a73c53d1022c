//! What became of thresholds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The rule as it was typed.
    pub rule: String,
    /// Whether all that it covers is as it says. Where there is nothing, it is not: what was to be watched did not happen. But
    /// what is counted by name and never happened was counted as 0.
    pub met: bool,
    /// The value of each measure that it covers.
    pub found: Vec<Found>,
}

/// A measure that a threshold is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Its name.
    pub measure: String,
    /// Its value, in its unit.
    pub value: f64,
    /// Whether it is as the rule says.
    pub met: bool,
    /// Whether it is a percentile that there are too few values for, so that it is the maximum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond_count: bool,
}
