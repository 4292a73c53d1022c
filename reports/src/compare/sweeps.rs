//! Two sweeps side by side: each point as a run, and how fast the simulator was by its replicas.

use super::context::{self, Difference};
use super::side::CompareError;
use super::{Comparison, Row, judge};
use crate::measures::{Class, Place, Rule, Unit, family};
use crate::sweep::manifest::{self, Manifest};
use crate::sweep::{About, Estimate, Sample, Sweep, fill_zeros};
use crate::units::{self, without_dust};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use throng_experiments::Grid;

/// The runs of a sweep, and what they are runs of.
#[derive(Debug, Clone)]
pub struct SweepSide {
    /// How people named it.
    pub label: String,
    /// What its folder says that it holds.
    pub manifest: Manifest,
    /// The runs that are done.
    pub samples: Vec<Sample>,
}

/// Whether a folder holds a sweep.
pub fn is_sweep(path: &Path) -> bool {
    path.join(manifest::FILE).is_file()
}

impl SweepSide {
    /// Read a sweep's folder.
    ///
    /// # Errors
    /// Where there is none, or it is none that this version reads, or no run of it is done.
    pub fn read(folder: &Path, label: &str) -> Result<Self, CompareError> {
        let path = folder.join(manifest::FILE);
        let no_sweep = |reason: String| CompareError::NoSweep {
            path: path.clone(),
            reason,
        };
        let text = std::fs::read_to_string(&path).map_err(|source| CompareError::Read {
            path: path.clone(),
            source,
        })?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| no_sweep(error.to_string()))?;
        let points = grid(&manifest).points();
        if points != manifest.scenarios.len() {
            let scenarios = manifest.scenarios.len();
            return Err(no_sweep(format!(
                "{points} points, but {scenarios} scenarios"
            )));
        }
        let mut samples = manifest::samples(folder).map_err(no_sweep)?;
        samples.retain(|sample| sample.point < points);
        if let Some(replicas) = manifest.replicas {
            // More were made at an earlier time than the sweep has now.
            samples.retain(|sample| sample.run < replicas);
        }
        if samples.is_empty() {
            return Err(no_sweep("no run of it is done".to_owned()));
        }
        Ok(Self {
            label: label.to_owned(),
            manifest,
            samples,
        })
    }

    /// What its runs come to.
    pub fn sweep(&self) -> Sweep {
        let made = self.samples.iter().map(|sample| sample.run + 1).max();
        let grid = Grid {
            axes: self.manifest.axes.clone(),
            replicas: self.manifest.replicas.or(made).unwrap_or(0),
        };
        let seed = self.said("seed").and_then(|seed| seed.parse().ok());
        Sweep::new(grid, &self.samples, seed.unwrap_or(0))
            .held_to(&self.manifest.thresholds, &self.samples)
    }

    /// What its page says besides its figures.
    pub fn about(&self) -> About {
        let said = |key: &str| self.said(key).unwrap_or_default();
        About {
            name: said("name"),
            description: said("description"),
            command: self.manifest.command.clone(),
            version: self.manifest.version.clone(),
        }
    }

    /// What its first scenario says at a key of the top.
    pub(crate) fn said(&self, key: &str) -> Option<String> {
        let table: toml::Table = self.manifest.scenarios.first()?.parse().ok()?;
        Some(match table.get(key)? {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Points by what they set, whatever the order of their keys, with their numbers.
    fn points(&self) -> Vec<(Vec<String>, usize)> {
        let grid = grid(&self.manifest);
        let name = |point| {
            let mut sets = grid.overrides(point);
            sets.sort_unstable();
            (sets, point)
        };
        (0..grid.points()).map(name).collect()
    }

    /// How many runs there are, and how many there were to be.
    pub fn done(&self) -> (usize, usize) {
        let made = self
            .samples
            .iter()
            .map(|sample| sample.run as usize + 1)
            .max();
        let replicas = self
            .manifest
            .replicas
            .map_or(made.unwrap_or(0), |replicas| replicas as usize);
        (self.samples.len(), self.manifest.scenarios.len() * replicas)
    }
}

fn grid(manifest: &Manifest) -> Grid {
    Grid {
        axes: manifest.axes.clone(),
        replicas: 0,
    }
}

/// A point that both sweeps have.
struct Shared {
    name: String,
    /// Its number in each.
    points: [usize; 2],
}

impl Comparison {
    /// Compare two sweeps, at the points and replicas that both have.
    ///
    /// # Errors
    /// Where they have no run in common, or are sweeps of different scenarios or seeds, unless `anyway`; where a rule is
    /// about noise that nobody repeated.
    pub fn of_sweeps(
        base: &SweepSide,
        new: &SweepSide,
        rules: &[Rule],
        anyway: bool,
    ) -> Result<Self, CompareError> {
        for side in [base, new] {
            let (done, of) = side.done();
            if done < of && !anyway {
                let label = side.label.clone();
                return Err(CompareError::Half { label, done, of });
            }
        }
        let others: BTreeMap<Vec<String>, usize> = new.points().into_iter().collect();
        let names = grid(&base.manifest);
        let shared = base.points().into_iter().filter_map(|(sets, point)| {
            Some(Shared {
                name: names.overrides(point).join(" "),
                points: [point, *others.get(&sets)?],
            })
        });
        let shared: Vec<Shared> = shared.collect();
        let differences = settings(base, new, &shared);
        let different = |what: String| CompareError::Different {
            base: base.label.clone(),
            new: new.label.clone(),
            what,
        };
        if let (false, [first, ..]) = (anyway, differences.as_slice()) {
            let more = match differences.len() {
                1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            let Difference {
                what,
                before,
                after,
            } = first;
            return Err(different(format!(
                "settings ({what}: {before} → {after}{more})"
            )));
        }
        let mut sides = [base.samples.clone(), new.samples.clone()];
        fill_zeros(sides.iter_mut().flatten());
        let at = |side: usize, point: usize| -> BTreeMap<u32, &Sample> {
            let here = sides[side].iter().filter(|sample| sample.point == point);
            here.map(|sample| (sample.run, sample)).collect()
        };
        let mut rows = Vec::new();
        let mut alone: Vec<String> = Vec::new();
        let mut fingerprints = [blake3::Hasher::new(), blake3::Hasher::new()];
        let mut runs = 0;
        for point in &shared {
            let (before, after) = (at(0, point.points[0]), at(1, point.points[1]));
            let both: Vec<[&Sample; 2]> = before
                .iter()
                .filter_map(|(run, sample)| Some([*sample, *after.get(run)?]))
                .collect();
            for pair in &both {
                for (hasher, sample) in fingerprints.iter_mut().zip(pair) {
                    hasher.update(sample.fingerprint.as_bytes());
                }
            }
            if both.is_empty() {
                alone.push(point.name.clone());
            }
            runs += both.len();
            rows.extend(at_point(&point.name, &both));
        }
        if runs == 0 {
            return Err(CompareError::NothingShared {
                base: base.label.clone(),
                new: new.label.clone(),
            });
        }
        let engines = [base, new].map(|side| side.said("engine"));
        let judgements = judge(&rows, rules, !anyway, engines[0] != engines[1])?;
        let mut context = context(base, new, runs);
        if let Some(first) = alone.first() {
            context.push(Difference {
                what: "points without a run on one side".to_owned(),
                before: alone.len().to_string(),
                after: format!("not compared, {first} among them"),
            });
        }
        context.extend(tree_health(&rows));
        context.extend(differences);
        Ok(Self {
            base: base.label.clone(),
            new: new.label.clone(),
            fingerprints: fingerprints.map(|hasher| hasher.finalize().to_hex()[..32].to_owned()),
            context,
            rows,
            judgements,
        })
    }
}

/// What the scenarios of shared points differ in.
fn settings(base: &SweepSide, new: &SweepSide, shared: &[Shared]) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for Shared { points, .. } in shared {
        let texts = [
            &base.manifest.scenarios[points[0]],
            &new.manifest.scenarios[points[1]],
        ];
        let [Ok(before), Ok(after)] = texts.map(|text| text.parse::<toml::Table>()) else {
            continue;
        };
        for difference in context::keys(&before, &after, &["description", "engine"]) {
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
    }
    found
}

/// What explains changes.
fn context(base: &SweepSide, new: &SweepSide, runs: usize) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |what: &str, before, after| context::note(&mut found, what, before, after);
    let sides = [base, new];
    let [before, after] = sides.map(|side| side.manifest.version.clone());
    note("throng", before, after);
    let [before, after] = sides.map(|side| side.said("engine").unwrap_or_default());
    note("engine", before, after);
    context::profiles(&base.manifest.profiles, &new.manifest.profiles, &mut note);
    let [before, after] = sides.map(|side| side.samples.len());
    if before != runs || after != runs {
        let after = format!("{after}, of which {runs} are compared");
        note("runs", before.to_string(), after);
    }
    found
}

/// Where trees at the end are not what they were, which alone makes commits longer or shorter: the first such point, and how
/// many more there are.
fn tree_health(rows: &[Row]) -> Option<Difference> {
    const SAID: [(&str, &str); 4] = [
        ("tree.members", "members"),
        ("tree.blank_leaves", "blank leaves"),
        ("tree.blank_parents", "blank parents"),
        ("tree.unmerged_leaves", "unmerged"),
    ];
    let of_trees = rows
        .iter()
        .filter(|row| SAID.iter().any(|(name, _)| *name == row.name));
    let changed = of_trees.clone().filter(|row| row.is_changed());
    let points: BTreeSet<&str> = changed.clone().map(|row| row.point.as_str()).collect();
    let first = changed.map(|row| row.point.as_str()).next()?;
    let health = |value: fn(&Row) -> Option<f64>| {
        let said = |(name, word): &(&str, &str)| {
            let row = of_trees
                .clone()
                .find(|row| row.point == first && row.name == *name);
            let value = row.and_then(value).unwrap_or(0.0);
            format!("{} {word}", Unit::Count.show(value))
        };
        SAID.iter().map(said).collect::<Vec<_>>().join(", ")
    };
    let more = match points.len() {
        1 => String::new(),
        many => format!(
            ", and at {}",
            units::counted(many as u64 - 1, "more point", "more points")
        ),
    };
    Some(Difference {
        what: format!("tree health at the end ({first}{more})"),
        before: health(|row| row.before),
        after: health(|row| row.after),
    })
}

/// All measures at a point: what was simulated as means, which are exact, and the simulator's with what replicas say.
fn at_point(point: &str, both: &[[&Sample; 2]]) -> Vec<Row> {
    type Values = [Vec<(u32, f64)>; 2];
    let mut values: BTreeMap<Place, (String, Values, [bool; 2])> = BTreeMap::new();
    for pair in both {
        for (side, sample) in pair.iter().enumerate() {
            for (name, value) in sample.measures.iter().chain(&sample.simulator) {
                let entry = values
                    .entry(Place::of(name))
                    .or_insert_with(|| (name.clone(), Values::default(), [false; 2]));
                entry.1[side].push((sample.run, *value));
                entry.2[side] |= sample.is_beyond_count(name);
            }
        }
    }
    let row = |(name, mut values, beyond_count): (String, Values, [bool; 2])| {
        let family = family::find(&name)?;
        let lost = only_in_both(&mut values);
        let [before, after] = [0, 1].map(|side| mean(&values[side]));
        Some(Row {
            noise: match family.class {
                Class::Simulated => None,
                Class::Simulator => changes(&values),
            },
            name,
            point: point.to_owned(),
            family,
            before,
            after,
            beyond_count,
            lost,
        })
    };
    values.into_values().filter_map(row).collect()
}

/// Of a measure that some replicas lack on one side, leaves those that have it on both, or the means would be of different runs;
/// returns how many had it before and have it no more. One that no replica has on both sides, but some on each, is gone.
fn only_in_both(values: &mut [Vec<(u32, f64)>; 2]) -> usize {
    let runs = |values: &[(u32, f64)]| -> BTreeSet<u32> {
        let runs = values.iter().map(|(run, _)| *run);
        runs.collect()
    };
    let (before, after) = (runs(&values[0]), runs(&values[1]));
    let both: BTreeSet<u32> = before.intersection(&after).copied().collect();
    if !both.is_empty() {
        for side in values.iter_mut() {
            side.retain(|(run, _)| both.contains(run));
        }
    } else if !before.is_empty() {
        values[1].clear();
    }
    before.difference(&after).count()
}

fn mean(values: &[(u32, f64)]) -> Option<f64> {
    let sum: f64 = values.iter().map(|(_, value)| value).sum();
    (!values.is_empty()).then(|| without_dust(sum / values.len() as f64))
}

/// By how much each replica changed, as a part of what it was: replicas do the same work on both sides, so pairs say more than
/// two means would.
fn changes([before, after]: &[Vec<(u32, f64)>; 2]) -> Option<Estimate> {
    let after: BTreeMap<u32, f64> = after.iter().copied().collect();
    let change = |(run, before): &(u32, f64)| {
        let after = after.get(run)?;
        (*before > 0.0 && *after > 0.0).then(|| (after / before).ln())
    };
    let changes: Vec<f64> = before.iter().filter_map(change).collect();
    (changes.len() > 1).then(|| {
        // Ratios are skewed, their logarithms less so.
        let logarithm = Estimate::student(&changes);
        Estimate {
            mean: logarithm.mean.exp_m1(),
            low: logarithm.low.exp_m1(),
            high: logarithm.high.exp_m1(),
            ..logarithm
        }
    })
}
