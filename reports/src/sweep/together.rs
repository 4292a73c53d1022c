//! The runs of all shards of a sweep, from the folders that they wrote, in any order. What is put together of them is the sweep that one
//! process would have made.

use super::Sample;
use super::manifest::{self, Manifest, Part};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use throng_experiments::Grid;
use throng_record::Shard;

/// Shards that are named of those whose runs are missing.
const MOST_NAMED: usize = 4;

/// Why shards of a sweep cannot be put together.
#[derive(Debug, Error)]
pub enum TogetherError {
    /// A folder holds something else.
    #[error("{}: {reason}; expected the folder of a shard, as `throng sweep --shard` writes it", folder.display())]
    NoShard {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Folders are of different sweeps.
    #[error(
        "{} and {} are not of one sweep: {what}; expected the shards of one", one.display(), other.display()
    )]
    Different {
        /// A folder.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// What differs.
        what: String,
    },
    /// A shard is there twice.
    #[error("{} and {} are both shard {shard}; expected each once", one.display(), other.display())]
    Twice {
        /// A folder.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// Which they are.
        shard: String,
    },
    /// One run came to two things, which it cannot.
    #[error(
        "{} and {} hold different figures of one run; expected the same, as both have the same scenario",
        one.display(), other.display()
    )]
    Contradiction {
        /// A run's file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// Runs are not there.
    #[error("{missing} of the sweep's {of} runs are missing: {whose}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        of: usize,
        /// How many of which shard, and the commands that make them.
        whose: String,
    },
}

/// What the shards of a sweep hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// What the whole sweep is of; its command names no folder.
    pub manifest: Manifest,
    /// The file of each run, by point and replica.
    pub runs: BTreeMap<(usize, u32), PathBuf>,
}

/// A folder, and what it says of itself.
struct Found {
    folder: PathBuf,
    manifest: Manifest,
    part: Part,
}

impl Together {
    /// Reads the folders.
    ///
    /// # Errors
    /// Where they are not shards of one sweep, or not all runs are there.
    pub fn read(folders: &[PathBuf]) -> Result<Self, TogetherError> {
        let found = folders.iter().map(|folder| Found::read(folder));
        let found = in_order(found.collect::<Result<_, _>>()?)?;
        let mut runs: BTreeMap<(usize, u32), (Sample, PathBuf)> = BTreeMap::new();
        for one in &found {
            for (sample, file) in one.runs()? {
                let at = (sample.point, sample.run);
                match runs.get(&at) {
                    Some((other, _)) if is_same(other, &sample) => {}
                    Some((_, other)) => {
                        return Err(TogetherError::Contradiction {
                            one: other.clone(),
                            other: file,
                        });
                    }
                    None => {
                        runs.insert(at, (sample, file));
                    }
                }
            }
        }
        let runs: BTreeMap<(usize, u32), PathBuf> =
            runs.into_iter().map(|(at, (_, file))| (at, file)).collect();
        complete(&found, &runs)?;
        let Some(first) = found.into_iter().next() else {
            return Err(TogetherError::Missing {
                missing: 0,
                of: 0,
                whose: "no folder is named".to_owned(),
            });
        };
        let manifest = Manifest {
            command: first.part.whole,
            shard: None,
            ..first.manifest
        };
        Ok(Self { manifest, runs })
    }
}

impl Found {
    fn read(folder: &Path) -> Result<Self, TogetherError> {
        let no_shard = |reason: String| TogetherError::NoShard {
            folder: folder.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(folder.join(manifest::FILE))
            .map_err(|error| no_shard(format!("its {} cannot be read: {error}", manifest::FILE)))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| no_shard(error.to_string()))?;
        let part = manifest.shard.clone();
        let part = part.ok_or_else(|| no_shard("it holds a whole sweep".to_owned()))?;
        let replicas = manifest.replicas.filter(|all| *all <= Grid::MOST_REPLICAS);
        let grid = replicas.map(|replicas| Grid::new(manifest.axes.clone(), replicas));
        let points = grid.and_then(Result::ok).map(|grid| grid.points());
        let sound = part.costs.len() == manifest.scenarios.len()
            && points == Some(manifest.scenarios.len())
            && Shard::new(part.number, part.of).is_some();
        if !sound {
            let file = manifest::FILE;
            return Err(no_shard(format!("its {file} contradicts itself")));
        }
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            part,
        })
    }

    fn replicas(&self) -> u32 {
        self.manifest.replicas.unwrap_or(0)
    }

    /// The runs of the sweep that are here and whole. One that is damaged is as one that was not made: the same command makes it.
    fn runs(&self) -> Result<Vec<(Sample, PathBuf)>, TogetherError> {
        let runs = self.folder.join(manifest::RUNS);
        let unreadable = |error: std::io::Error| TogetherError::NoShard {
            folder: self.folder.clone(),
            reason: format!("its {} cannot be read: {error}", manifest::RUNS),
        };
        let mut names = Vec::new();
        match std::fs::read_dir(runs) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            entries => {
                for entry in entries.map_err(unreadable)? {
                    names.push(entry.map_err(unreadable)?);
                }
            }
        }
        let at = names.into_iter().filter_map(|entry| {
            let name = entry.file_name();
            let (point, run) = name.to_str()?.strip_suffix(".json")?.split_once('-')?;
            Some((point.parse().ok()?, run.parse().ok()?))
        });
        let of_sweep =
            |(point, run): &(usize, u32)| *point < self.part.costs.len() && *run < self.replicas();
        let whole = at.filter(of_sweep).filter_map(|(point, run)| {
            let sample = manifest::sample(&self.folder, point, run)?;
            Some((sample, manifest::sample_file(&self.folder, point, run)))
        });
        Ok(whole.collect())
    }

    fn name(&self) -> String {
        format!("{}/{}", self.part.number, self.part.of)
    }
}

/// Whether both are of one run: how fast the simulator was is no part of that.
fn is_same(one: &Sample, other: &Sample) -> bool {
    one.fingerprint == other.fingerprint && one.measures == other.measures
}

/// Puts them in their order.
fn in_order(mut found: Vec<Found>) -> Result<Vec<Found>, TogetherError> {
    for pair in found.windows(2) {
        if let Some(what) = difference(&pair[0], &pair[1]) {
            return Err(TogetherError::Different {
                one: pair[0].folder.clone(),
                other: pair[1].folder.clone(),
                what,
            });
        }
    }
    found.sort_by_key(|one| one.part.number);
    match found
        .windows(2)
        .find(|pair| pair[0].part.number == pair[1].part.number)
    {
        Some(pair) => Err(TogetherError::Twice {
            one: pair[0].folder.clone(),
            other: pair[1].folder.clone(),
            shard: pair[0].name(),
        }),
        None => Ok(found),
    }
}

fn difference(one: &Found, other: &Found) -> Option<String> {
    let (a, b) = (&one.manifest, &other.manifest);
    let axes = |all: &Manifest| {
        let axes = all.axes.iter();
        let axes = axes.map(|axis| format!("{}={}", axis.key, axis.values.join(",")));
        axes.collect::<Vec<String>>().join(" ")
    };
    let differs = |what: &str, one: &dyn std::fmt::Display, other: &dyn std::fmt::Display| {
        Some(format!("{what} {one} and {other}"))
    };
    if a.version != b.version {
        return differs("they were made by throng", &a.version, &b.version);
    }
    if a.axes != b.axes {
        return differs("what is varied is", &axes(a), &axes(b));
    }
    if a.scenarios != b.scenarios {
        let lines = |all: &Manifest| all.scenarios.join("\n");
        let (a, b) = (lines(a), lines(b));
        let line = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        let (a, b) = line.unwrap_or(("one that is longer", "one that is shorter"));
        return differs("their scenarios have", &format!("`{a}`"), &format!("`{b}`"));
    }
    if a.profiles != b.profiles {
        return Some("their cost profiles differ".to_owned());
    }
    if a.traces != b.traces {
        return Some("what is in their traces differs".to_owned());
    }
    if a.replicas != b.replicas {
        return differs("their --replicas are", &one.replicas(), &other.replicas());
    }
    if a.thresholds != b.thresholds {
        return Some("their thresholds differ".to_owned());
    }
    if one.part.of != other.part.of {
        let (one, other) = (&one.part.of, &other.part.of);
        return differs("so many shards have they:", one, other);
    }
    (one.part.costs != other.part.costs).then(|| "they dealt the runs differently".to_owned())
}

/// Whether all runs are there.
fn complete(found: &[Found], runs: &BTreeMap<(usize, u32), PathBuf>) -> Result<(), TogetherError> {
    let Some(any) = found.first() else {
        return Ok(());
    };
    let points = any.part.costs.len();
    let dealt = any.part.deal(any.replicas());
    let mut missing: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, shard) in dealt.iter().enumerate() {
        let at = (index % points, (index / points) as u32);
        if !runs.contains_key(&at) {
            *missing.entry(*shard).or_default() += 1;
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut whose = String::new();
    for (shard, runs) in missing.iter().take(MOST_NAMED) {
        let there = found.iter().find(|one| one.part.number == *shard);
        let command = match there {
            Some(one) => one.manifest.command.clone(),
            None => {
                let Part { whole, of, .. } = &any.part;
                format!("{whole} --shard {shard}/{of} --out DIR")
            }
        };
        let between = if whose.is_empty() { "" } else { "; " };
        let of = any.part.of;
        // A string takes all that is written to it.
        let _ = write!(
            whose,
            "{between}{runs} of shard {shard}/{of}, which `{command}` makes"
        );
    }
    if let Some(more) = missing
        .len()
        .checked_sub(MOST_NAMED)
        .filter(|more| *more > 0)
    {
        let _ = write!(whose, "; and those of {more} more shards, likewise");
    }
    Err(TogetherError::Missing {
        missing: missing.values().sum(),
        of: dealt.len(),
        whose,
    })
}
