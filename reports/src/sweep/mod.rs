//! What many runs of one scenario come to, over a [grid](throng_experiments::grid) of settings, each repeated: intervals and scaling
//! laws.
//!
//! - [`sample`]: what one run came to.
//! - [`manifest`]: what a sweep's folder says that it holds. Start here.
//! - [`estimate`]: the mean of replicas, and how sure it is.
//! - [`fit`]: how a measure grows with a number that is varied.
//! - [`thresholds`]: whether every run is as it has to be.
//! - [`table`]: `sweep.csv` and `fits.csv`.
//! - [`together`]: the runs of all shards of a sweep.
//! - [`mod@parquet`]: `sweep.parquet`, the same with types.

pub mod estimate;
pub mod fit;
pub mod manifest;
pub mod parquet;
pub mod sample;
pub mod table;
pub mod thresholds;
pub mod together;

pub use estimate::Estimate;
pub use fit::{Fit, Fitted, Law};
pub use manifest::{About, Manifest, Part};
pub use sample::Sample;
pub use thresholds::Verdict;
pub use together::{Together, TogetherError};

use crate::measures::{self, Family, Unit};
use std::collections::{BTreeMap, BTreeSet};
use throng_experiments::Grid;
use throng_workloads::stream::Streams;

/// A measure's name, its value in each run that has it, and in how many it is a percentile of too few values.
type Replicas = (String, Vec<(u32, f64)>, usize);

/// A measure at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The number of the point in the grid.
    pub point: usize,
    /// The measure.
    pub measure: String,
    /// What kind of measure.
    pub family: &'static Family,
    /// Its mean over the replicas that have it.
    pub estimate: Estimate,
    /// In how many of them it is a percentile that there are too few values for, so that it is the maximum.
    pub beyond_count: usize,
}

/// What readers of a sweep ask for first.
pub(crate) const KEY_MEASURES: [&str; 10] = [
    "commit.bytes.mean",
    "commit.ciphertexts.mean",
    "welcome.bytes.mean",
    "commit-accept.p95",
    "converge.p95",
    "join.p95",
    "message.p95",
    "client.cpu.mean",
    "traffic.bytes",
    "tree.ciphertexts",
];

/// What the runs of a sweep come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Its grid.
    pub grid: Grid,
    /// The runs that are done: fewer than its grid has, where it was interrupted.
    pub runs: usize,
    /// A cell for each point and measure, by point, then in the order of the catalogue.
    pub cells: Vec<Cell>,
    /// How each measure grows along each axis of numbers.
    pub fits: Vec<Growth>,
    /// What became of the thresholds that its runs were held to.
    pub thresholds: Vec<Verdict>,
}

/// How a measure grows along an axis, with the other axes held.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The number of the axis that varies.
    pub axis: usize,
    /// The first of the points along it; what the others hold is as there.
    pub at: usize,
    /// The measure.
    pub measure: String,
    /// The laws that were tried.
    pub fit: Fit,
}

impl Growth {
    /// What the measure is counted in.
    pub fn unit(&self) -> Unit {
        measures::family::find(&self.measure).map_or(Unit::Count, |family| family.unit)
    }
}

impl Sweep {
    /// Of all samples, in any order. `seed` is that of the scenario: resampling draws from it.
    pub fn new(grid: Grid, samples: &[Sample], seed: u64) -> Self {
        let mut samples = samples.to_vec();
        fill_zeros(samples.iter_mut());
        let mut values: BTreeMap<(usize, measures::Place), Replicas> = BTreeMap::new();
        for sample in &samples {
            for (name, value) in &sample.measures {
                let key = (sample.point, measures::Place::of(name));
                let entry = values
                    .entry(key)
                    .or_insert_with(|| (name.clone(), Vec::new(), 0));
                entry.1.push((sample.run, *value));
                entry.2 += usize::from(sample.is_beyond_count(name));
            }
        }
        let streams = Streams::new(seed, 0);
        let cells: Vec<Cell> = values
            .into_iter()
            .filter_map(|((point, _), (measure, mut values, beyond_count))| {
                let family = measures::family::find(&measure)?;
                values.sort_unstable_by_key(|(run, _)| *run);
                let values: Vec<f64> = values.into_iter().map(|(_, value)| value).collect();
                let estimate = match is_percentile(&measure) {
                    true => {
                        Estimate::bootstrap(&values, &streams, &format!("{measure} at {point}"))
                    }
                    false => Estimate::student(&values),
                };
                Some(Cell {
                    point,
                    measure,
                    family,
                    estimate,
                    beyond_count,
                })
            })
            .collect();
        let fits = growths(&grid, &cells);
        Self {
            grid,
            runs: samples.len(),
            cells,
            fits,
            thresholds: Vec::new(),
        }
    }

    /// The same, with each run held to thresholds.
    pub fn held_to(mut self, rules: &[String], samples: &[Sample]) -> Self {
        self.thresholds = thresholds::check(rules, &self.grid, samples);
        self
    }

    /// Whether all runs meet all thresholds.
    pub fn is_as_it_has_to_be(&self) -> bool {
        self.thresholds.iter().all(Verdict::is_met)
    }

    /// The measures that a sweep is mostly made for, of those that it has; `sweep.csv` has them all.
    pub fn key_measures(&self) -> Vec<&'static str> {
        let known = |measure: &&str| self.cells.iter().any(|cell| cell.measure == *measure);
        KEY_MEASURES.into_iter().filter(known).collect()
    }

    /// A measure at a point.
    pub fn cell(&self, point: usize, measure: &str) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.point == point && cell.measure == measure)
    }
}

/// Gives each run a 0 for what others count by name and it never did: without it a mean would be over the runs in which
/// something happened.
pub(crate) fn fill_zeros<'s>(samples: impl Iterator<Item = &'s mut Sample>) {
    let mut samples: Vec<&mut Sample> = samples.collect();
    let absent_is_zero = |name: &&String| {
        let family = measures::family::find(name);
        family.is_some_and(measures::Family::absent_is_zero)
    };
    let names = samples.iter().flat_map(|sample| sample.measures.keys());
    let names: BTreeSet<String> = names.filter(absent_is_zero).cloned().collect();
    for sample in &mut samples {
        for name in &names {
            sample.measures.entry(name.clone()).or_insert(0.0);
        }
    }
}

/// Whether a measure is a quantile of a distribution: its replicas are not normal, so they are resampled.
fn is_percentile(measure: &str) -> bool {
    let stat = measure.rsplit('.').next().unwrap_or_default();
    measures::family::find(measure).is_some_and(|family| family.spread)
        && (stat == "max" || stat.starts_with('p'))
}

/// The fits of all measures along all axes of numbers.
fn growths(grid: &Grid, cells: &[Cell]) -> Vec<Growth> {
    let mut by_measure: BTreeMap<measures::Place, (&str, BTreeMap<usize, f64>)> = BTreeMap::new();
    for cell in cells {
        let entry = by_measure.entry(measures::Place::of(&cell.measure));
        let (_, means) = entry.or_insert_with(|| (&cell.measure, BTreeMap::new()));
        means.insert(cell.point, cell.estimate.mean);
    }
    let mut found = Vec::new();
    for axis in 0..grid.axes.len() {
        let Some(numbers) = grid.axes[axis].numbers() else {
            continue;
        };
        for at in (0..grid.points()).filter(|point| grid.place(*point)[axis] == 0) {
            let along = grid.along(axis, at);
            for (measure, means) in by_measure.values() {
                let points = numbers.iter().zip(&along);
                let points = points.filter_map(|(n, point)| Some((*n, *means.get(point)?)));
                let points: Vec<(f64, f64)> = points.collect();
                found.extend(Fit::of(&points).map(|fit| Growth {
                    axis,
                    at,
                    measure: (*measure).to_owned(),
                    fit,
                }));
            }
        }
    }
    found
}
