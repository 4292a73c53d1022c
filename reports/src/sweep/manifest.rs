//! `sweep.json`: which sweep a folder holds, and where its runs are.

use super::Sample;
use crate::summary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use throng_experiments::{Axis, Grid, deal};
use throng_workloads::scenario::Scenario;
use throng_world::stacks;

/// The file's name in a sweep's folder.
pub const FILE: &str = "sweep.json";

/// The folder of its runs.
pub const RUNS: &str = "runs";

/// What people read of a sweep besides its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The scenario's name.
    pub name: String,
    /// The question that it answers.
    pub description: String,
    /// The command line that repeats it.
    pub command: String,
    /// The version of throng.
    pub version: String,
}

/// What a folder holds a sweep of. More replicas can be added later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of throng.
    pub version: String,
    /// The command line that makes it, or goes on with it.
    #[serde(default)]
    pub command: String,
    /// Repetitions of each point; more can be added later. Those made by earlier versions do not say.
    #[serde(default)]
    pub replicas: Option<u32>,
    /// What each run has to meet; no run depends on it.
    #[serde(default)]
    pub thresholds: Vec<String>,
    /// What is varied.
    pub axes: Vec<Axis>,
    /// The resolved scenario of each point, without its thresholds.
    pub scenarios: Vec<String>,
    /// A digest of each cost profile, by name.
    pub profiles: BTreeMap<String, String>,
    /// A digest of each trace that is replayed, by its path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traces: BTreeMap<String, String>,
    /// Which part of the sweep is here, where that is one shard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Part>,
}

/// A shard of a sweep: what it takes to know which runs are whose, and how those are made that are not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
    /// The command line of the whole sweep, without a folder.
    pub whole: String,
    /// What a run of each point was expected to cost, in any unit: by these runs are [dealt](throng_experiments::deal()).
    pub costs: Vec<u64>,
}

impl Part {
    /// Of each run that there is to be, by replica and then by point, whose it is.
    pub fn deal(&self, replicas: u32) -> Vec<u32> {
        let runs = (0..replicas).flat_map(|_| &self.costs).copied();
        deal(&runs.collect::<Vec<u64>>(), self.of)
    }
}

impl Manifest {
    /// Of a sweep with these scenarios, one a point.
    pub fn new(version: &str, command: &str, grid: &Grid, points: &[Scenario]) -> Self {
        let profiles = |point: &Scenario| {
            let words = stacks::vocabulary(point);
            words.map_or_else(BTreeMap::new, |words| summary::profiles(point, words.units))
        };
        Self {
            version: version.to_owned(),
            command: command.to_owned(),
            thresholds: points
                .first()
                .map_or_else(Vec::new, |point| point.thresholds.clone()),
            replicas: Some(grid.replicas),
            axes: grid.axes.clone(),
            scenarios: points.iter().map(without_thresholds).collect(),
            profiles: points.iter().flat_map(profiles).collect(),
            traces: traces(points),
            shard: None,
        }
    }
}

/// What is in the traces of all points. One that cannot be read has none: its runs say why.
fn traces(points: &[Scenario]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for path in points.iter().filter_map(|point| point.trace.as_ref()) {
        let name = path.to_string_lossy().into_owned();
        if all.contains_key(&name) {
            continue;
        }
        let mut hash = blake3::Hasher::new();
        let read = File::open(path).and_then(|file| hash.update_reader(file).map(|_| ()));
        if read.is_ok() {
            all.insert(name, hash.finalize().to_hex().to_string());
        }
    }
    all
}

fn without_thresholds(point: &Scenario) -> String {
    let point = Scenario {
        thresholds: Vec::new(),
        ..point.clone()
    };
    point.to_toml()
}

/// Where the figures of a run are.
pub fn sample_file(folder: &Path, point: usize, run: u32) -> PathBuf {
    folder.join(RUNS).join(format!("{point:05}-{run:05}.json"))
}

/// The figures of all runs that are there, by point, then by replica.
///
/// # Errors
/// Which file cannot be read, and why: runs are written whole, so something happened to it.
pub fn samples(folder: &Path) -> Result<Vec<Sample>, String> {
    let runs = folder.join(RUNS);
    let failed =
        |path: &Path, reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(&runs) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries.map_err(|error| failed(&runs, &error))?,
    };
    for entry in entries {
        let path = entry.map_err(|error| failed(&runs, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Names that begin with a dot are of files that were not finished.
        if name.starts_with('.') || !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
        let sample: Sample = serde_json::from_str(&text).map_err(|error| failed(&path, &error))?;
        if path != sample_file(folder, sample.point, sample.run) {
            return Err(failed(&path, &"it holds the figures of another run"));
        }
        found.push(sample);
    }
    found.sort_by_key(|sample| (sample.point, sample.run));
    Ok(found)
}

/// The figures of a run, where they are there and whole.
pub fn sample(folder: &Path, point: usize, run: u32) -> Option<Sample> {
    let text = std::fs::read_to_string(sample_file(folder, point, run)).ok()?;
    let sample: Sample = serde_json::from_str(&text).ok()?;
    (sample.point == point && sample.run == run).then_some(sample)
}
