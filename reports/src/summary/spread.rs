//! How a distribution is summed up.

use crate::units::without_dust;
use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A distribution in a few figures. Without a single value it is a count of 0 and nothing else, so that
/// nobody takes "nothing happened" for "it took no time".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// The figures, where there is a value.
    #[serde(flatten)]
    pub stats: Option<Stats>,
}

/// The figures of a distribution, in the unit of its values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Maximum.
    pub max: f64,
}

impl Spread {
    /// Of a histogram whose values are divided by `unit`: 1000 turns microseconds into milliseconds.
    pub fn of_histogram(histogram: &Histogram<u64>, unit: f64) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / unit;
        Self {
            count: histogram.len(),
            stats: (!histogram.is_empty()).then(|| Stats {
                mean: mean(histogram, unit),
                p50: at(0.5),
                p90: at(0.9),
                p95: at(0.95),
                p99: at(0.99),
                p999: at(0.999),
                max: histogram.max() as f64 / unit,
            }),
        }
    }

    /// Of exact values, by nearest rank.
    pub fn of_values(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        let at = |per_mille: usize| {
            let rank = (values.len() * per_mille).div_ceil(1_000).max(1);
            values[rank - 1] as f64
        };
        let total: u128 = values.iter().map(|value| u128::from(*value)).sum();
        Self {
            count: values.len() as u64,
            stats: (!values.is_empty()).then(|| Stats {
                mean: without_dust(total as f64 / values.len() as f64),
                p50: at(500),
                p90: at(900),
                p95: at(950),
                p99: at(990),
                p999: at(999),
                max: at(1_000),
            }),
        }
    }
}

/// The mean, from the exact sum: what the histogram adds up are rounded parts of it, so that the mean of three times 319,999 is
/// none of theirs.
fn mean(histogram: &Histogram<u64>, unit: f64) -> f64 {
    let values = histogram.iter_recorded();
    let sum: u128 = values
        .map(|step| {
            let value = histogram.median_equivalent(step.value_iterated_to());
            u128::from(value) * u128::from(step.count_at_value())
        })
        .sum();
    without_dust(sum as f64 / (histogram.len() as f64 * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_values_are_ranked() {
        let stats = Spread::of_values((1..=1_000).rev().collect())
            .stats
            .expect("values");
        assert_eq!((stats.p50, stats.p90, stats.p99), (500.0, 900.0, 990.0));
        assert_eq!((stats.p999, stats.max, stats.mean), (999.0, 1_000.0, 500.5));
    }

    /// The histogram's own mean of these is 1.0000000000000002.
    #[test]
    fn equal_values_have_a_mean_that_is_one_of_them() {
        let mut histogram = Histogram::new(3).expect("sound");
        for count in 1..200 {
            histogram.record(1).expect("in bounds");
            let stats = Spread::of_histogram(&histogram, 1e3).stats;
            assert_eq!(stats.map(|stats| stats.mean), Some(0.001), "of {count}");
        }
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(Spread::of_values(Vec::new()), Spread::default());
        let json = serde_json::to_string(&Spread::default()).expect("json");
        assert_eq!(json, r#"{"count":0}"#);
        let back: Spread = serde_json::from_str(&json).expect("a spread");
        assert_eq!(back, Spread::default());
    }
}
