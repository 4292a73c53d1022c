//! What a run's samples are, for tools that keep time series.

use crate::details::Details;
use crate::families;
use crate::measures::{Better, Family, Unit};
use crate::units::without_dust;
use throng_record::{SeriesPoint, TreeSample};
use throng_workloads::time::SimTime;

/// A column of the samples.
pub(super) struct Column {
    pub(super) family: Family,
    /// Its value, in the unit of its family.
    value: Value,
}

/// Where a column's value comes from.
enum Value {
    /// What any messenger has.
    Of(fn(&SeriesPoint) -> f64),
    /// What MLS groups have.
    OfTrees(fn(&TreeSample) -> f64),
}

impl Column {
    /// Its values in a run, with the ends of their samples.
    pub(super) fn values(&self, run: &Details<'_>) -> Vec<(SimTime, f64)> {
        match self.value {
            Value::Of(of) => {
                let points = run.series.iter();
                points.map(|point| (point.time, of(point))).collect()
            }
            Value::OfTrees(of) => {
                let samples = run.groups.iter().flat_map(|groups| &groups.series);
                samples.map(|sample| (sample.time, of(sample))).collect()
            }
        }
    }
}

const fn column(
    name: &'static str,
    unit: Unit,
    value: fn(&SeriesPoint) -> f64,
    says: &'static str,
) -> Column {
    Column {
        family: families::one(name, "", unit, Better::Neither, says),
        value: Value::Of(value),
    }
}

const fn of_trees(name: &'static str, value: fn(&TreeSample) -> f64, says: &'static str) -> Column {
    Column {
        family: families::one(name, "", Count, Better::Neither, says),
        value: Value::OfTrees(value),
    }
}

use Unit::{Bytes, Count, Seconds};

/// All columns. What is counted is counted in the interval that ends with the sample: a gauge, as an interval starts from 0.
#[rustfmt::skip]
pub(super) static COLUMNS: [Column; 17] = [
    column("series.online", Count, |point| f64::from(point.online), "clients online"),
    column("series.members", Count, |point| point.members as f64, "members over all rooms"),
    column("series.churn", Count, |point| point.churn as f64, "joins, leaves and the like that people wanted in the interval"),
    column("series.commits", Count, |point| point.commits as f64, "commits that hubs accepted in the interval"),
    column("series.attempts", Count, |point| point.attempts as f64, "commits sent to hubs in the interval"),
    column("series.messages", Count, |point| point.messages as f64, "messages that hubs accepted in the interval"),
    column("series.bytes", Bytes, |point| point.bytes as f64, "bytes put on all links in the interval"),
    of_trees("series.ciphertexts", |sample| without_dust(sample.mean_ciphertexts), "ciphertexts of a random member's next commit"),
    of_trees("series.blank_leaves", |sample| sample.blank_leaves as f64, "blank leaves over all rooms"),
    of_trees("series.blank_parents", |sample| sample.blank_parents as f64, "blank parents over all rooms"),
    of_trees("series.unmerged_leaves", |sample| sample.unmerged_leaves as f64, "entries of unmerged_leaves over all rooms"),
    column("series.provider_wait_max", Seconds, |point| point.provider_wait_max.as_secs_f64(), "the longest wait of a request for a core in the interval"),
    column("series.provider_busy", Seconds, |point| point.provider_busy.as_secs_f64(), "core seconds that all providers used in the interval"),
    column("series.queued", Count, |point| point.queued as f64, "messages that wait at providers for clients"),
    column("series.key_packages", Count, |point| point.key_packages as f64, "KeyPackages at providers"),
    column("series.exhausted", Count, |point| point.exhausted as f64, "clients whose KeyPackages are all gone"),
    column("series.stored", Bytes, |point| point.stored_bytes as f64, "bytes stored at providers"),
];
