//! How a distribution is summed up.

use crate::units::without_dust;
use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// A histogram's microseconds in a millisecond.
pub(super) const MICROS_PER_MILLI: f64 = 1e3;

/// A distribution in a few figures. Without a single value it is a count of 0 and nothing else, so that
/// nobody takes "nothing happened" for "it took no time".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(into = "Written", try_from = "Written")]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// The figures, where there is a value.
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

/// A distribution in a few figures. Without a single value it is a count of 0 and nothing else.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Spread")]
struct Written {
    /// How many values.
    count: u64,
    /// The figures, where there is a value.
    #[serde(flatten, deserialize_with = "all_or_none")]
    stats: Option<Stats>,
    /// The percentiles that `count` values are too few for: none of them lies beyond, so that the percentile is the maximum. The
    /// 99th takes 100 values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beyond_count: Vec<String>,
}

impl From<Spread> for Written {
    fn from(spread: Spread) -> Self {
        let beyond = PERCENTILES.iter().map(|(name, _)| *name);
        let beyond =
            beyond.filter(|name| spread.stats.is_some() && is_beyond_count(name, spread.count));
        Self {
            count: spread.count,
            stats: spread.stats,
            beyond_count: beyond.map(str::to_owned).collect(),
        }
    }
}

/// The figures of a file, as far as they are there.
#[derive(Deserialize)]
struct Read {
    mean: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    max: Option<f64>,
}

/// All figures, or none of them: a distribution that lacks one would else pass for one without a value.
fn all_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Stats>, D::Error> {
    let read = Read::deserialize(from)?;
    let figures = [
        ("mean", read.mean),
        ("p50", read.p50),
        ("p90", read.p90),
        ("p95", read.p95),
        ("p99", read.p99),
        ("p999", read.p999),
        ("max", read.max),
    ];
    if figures.iter().all(|(_, figure)| figure.is_none()) {
        return Ok(None);
    }
    let found = figures.map(|(name, figure)| {
        figure.ok_or_else(|| D::Error::custom(format!("`{name}` of a distribution is no number")))
    });
    let [mean, p50, p90, p95, p99, p999, max] = found;
    Ok(Some(Stats {
        mean: mean?,
        p50: p50?,
        p90: p90?,
        p95: p95?,
        p99: p99?,
        p999: p999?,
        max: max?,
    }))
}

/// What is beyond the count follows from the count, in files of earlier versions, too.
impl TryFrom<Written> for Spread {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match (written.count, written.stats) {
            (count @ 1.., None) => Err(format!("a distribution of {count} values has no figures")),
            (count, stats) => Ok(Self { count, stats }),
        }
    }
}

/// The percentiles of a distribution, in thousandths.
const PERCENTILES: [(&str, u128); 5] = [
    ("p50", 500),
    ("p90", 900),
    ("p95", 950),
    ("p99", 990),
    ("p999", 999),
];

/// Whether a figure is a percentile that so many values are too few for: a percentile p of n values has n·(1 − p) of them beyond
/// it, and where that is less than one, it is the maximum.
pub fn is_beyond_count(stat: &str, count: u64) -> bool {
    let percentile = PERCENTILES.iter().find(|(name, _)| *name == stat);
    percentile.is_some_and(|(_, per_mille)| u128::from(count) * (1_000 - per_mille) < 1_000)
}

/// What stands behind a percentile that is the maximum.
pub(crate) const MARK: &str = "†";

/// What the mark says, below.
pub(crate) const MARK_SAYS: &str = "† too few values for this percentile, so it is the maximum";

/// A figure with the mark behind it where it is a percentile that there are too few values for.
pub(crate) fn marked(shown: String, beyond_count: bool) -> String {
    match beyond_count {
        true => shown + MARK,
        false => shown,
    }
}

impl Stats {
    /// The figure of this name.
    fn get(&self, stat: &str) -> Option<f64> {
        let named = [
            ("mean", self.mean),
            ("p50", self.p50),
            ("p90", self.p90),
            ("p95", self.p95),
            ("p99", self.p99),
            ("p999", self.p999),
            ("max", self.max),
        ];
        let found = named.iter().find(|(name, _)| *name == stat);
        found.map(|(_, value)| *value)
    }
}

impl Spread {
    /// The figure of this name; none without a value.
    pub(crate) fn get(&self, stat: &str) -> Option<f64> {
        self.stats.as_ref()?.get(stat)
    }

    /// The same as people read it, marked where it is a percentile that there are too few values for.
    pub(crate) fn show(&self, stat: &str, unit: impl Fn(f64) -> String) -> Option<String> {
        let shown = unit(self.get(stat)?);
        Some(marked(shown, is_beyond_count(stat, self.count)))
    }

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

    /// Of 65 values, not one lies beyond the 99th percentile.
    #[test]
    fn a_percentile_that_the_count_does_not_support_is_the_maximum() {
        for (name, needed) in [
            ("p50", 2),
            ("p90", 10),
            ("p95", 20),
            ("p99", 100),
            ("p999", 1_000),
        ] {
            for count in [1, needed - 1, needed, needed + 1] {
                let exact = Spread::of_values((1..=count).collect());
                let mut histogram = Histogram::new(3).expect("sound");
                (1..=count).for_each(|value| histogram.record(value).expect("in bounds"));
                for spread in [exact, Spread::of_histogram(&histogram, 1.0)] {
                    let is_maximum = spread.get(name) == spread.get("max");
                    assert_eq!(
                        is_maximum,
                        is_beyond_count(name, count),
                        "{name} of {count}"
                    );
                    assert_eq!(is_maximum, count < needed, "{name} of {count}");
                }
            }
        }
        assert!(!is_beyond_count("mean", 1) && !is_beyond_count("max", 1));
        assert!(!is_beyond_count("p50", u64::MAX));
    }

    #[test]
    fn files_say_which_percentiles_are_the_maximum() {
        let spread = Spread::of_values((1..=65).collect());
        let json = serde_json::to_value(spread).expect("json");
        assert_eq!(json["beyond_count"], serde_json::json!(["p99", "p999"]));
        let back: Spread = serde_json::from_value(json).expect("a spread");
        assert_eq!(back, spread);
        // Written before there was a mark.
        let old = r#"{"count":1,"mean":1.0,"p50":1.0,"p90":1.0,"p95":1.0,"p99":1.0,"p999":1.0,"max":1.0}"#;
        let back: Spread = serde_json::from_str(old).expect("a spread");
        assert_eq!(
            back.show("p99", |value| value.to_string()),
            Some("1†".to_owned())
        );
        assert_eq!(
            back.show("max", |value| value.to_string()),
            Some("1".to_owned())
        );
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

    /// A figure that is null, or is not there, makes no distribution without values.
    #[test]
    fn a_distribution_that_lacks_a_figure_is_refused() {
        let whole = r#"{"count":1,"mean":1.0,"p50":1.0,"p90":1.0,"p95":1.0,"p99":1.0,"p999":1.0,"max":1.0}"#;
        let read = |text: &str| serde_json::from_str::<Spread>(text);
        assert!(read(whole).is_ok());
        for (broken, said) in [
            (whole.replace(r#""p99":1.0"#, r#""p99":null"#), "`p99`"),
            (whole.replace(r#","max":1.0"#, ""), "`max`"),
            (r#"{"count":3}"#.to_owned(), "3 values has no figures"),
        ] {
            let error = read(&broken).expect_err(&broken).to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(read(r#"{"count":0}"#).is_ok());
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
