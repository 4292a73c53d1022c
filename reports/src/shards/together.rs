//! Whether folders are those of one load: the same run of the same scenario, seed, version and speed, and each shard once.

use super::file::ShardFile;
use crate::error::ReportError;
use crate::stored::StoredError;
use std::path::PathBuf;
use thiserror::Error;

/// Why shards cannot be put together.
#[derive(Debug, Error)]
pub enum ShardsError {
    /// A folder holds something else.
    #[error(
        "{} has no shard.json; expected the folder of a whole shard, as `throng load --shard` writes it",
        folder.display()
    )]
    NoShard {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file does not hold what was written.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The run in the folder cannot be read back.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A shard could not be left for the others.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Folders are of different loads.
    #[error(
        "{} and {} are not of one load: {what}; expected the shards of one", one.display(), other.display()
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
    /// A shard is not there.
    #[error("of the load's {of} shards there is no {missing}; expected the folders of all")]
    Missing {
        /// How many there are.
        of: u32,
        /// Which are not there.
        missing: String,
    },
}

/// What is looked at of a folder.
pub(super) struct Found {
    pub(super) folder: PathBuf,
    pub(super) scenario: String,
    pub(super) file: ShardFile,
}

/// Puts the shards of a load in their order.
pub(super) fn in_order(mut found: Vec<Found>) -> Result<Vec<Found>, ShardsError> {
    for pair in found.windows(2) {
        if let Some(what) = difference(&pair[0], &pair[1]) {
            return Err(ShardsError::Different {
                one: pair[0].folder.clone(),
                other: pair[1].folder.clone(),
                what,
            });
        }
    }
    found.sort_by_key(|one| one.file.shard);
    for pair in found.windows(2) {
        if pair[0].file.shard == pair[1].file.shard {
            return Err(ShardsError::Twice {
                one: pair[0].folder.clone(),
                other: pair[1].folder.clone(),
                shard: format!("{}/{}", pair[0].file.shard, pair[0].file.of),
            });
        }
    }
    let of = found.first().map_or(0, |one| one.file.of);
    let there = |number: &u32| found.iter().any(|one| one.file.shard == *number);
    let missing: Vec<String> = (1..=of)
        .filter(|number| !there(number))
        .map(|number| format!("{number}/{of}"))
        .collect();
    match missing.is_empty() {
        true => Ok(found),
        false => Err(ShardsError::Missing {
            of,
            missing: missing.join(", "),
        }),
    }
}

fn difference(one: &Found, other: &Found) -> Option<String> {
    let differ = |what: &str, one: &dyn std::fmt::Display, other: &dyn std::fmt::Display| {
        Some(format!("{what} {one} and {other}"))
    };
    let (a, b) = (&one.file, &other.file);
    if a.of != b.of {
        return differ("so many shards have they:", &a.of, &b.of);
    }
    if a.version != b.version {
        return differ("they were made by throng", &a.version, &b.version);
    }
    if a.speed != b.speed {
        return differ("they were run at --speed", &a.speed, &b.speed);
    }
    if one.scenario != other.scenario {
        let differs = one.scenario.lines().zip(other.scenario.lines());
        let line = differs.clone().find(|(one, other)| one != other);
        return Some(match line {
            Some((one, other)) => {
                format!("the scenario of the one has `{one}`, and that of the other `{other}`")
            }
            None => "the scenario of the one is longer".to_owned(),
        });
    }
    if a.load != b.load {
        return Some(format!(
            "they are of two runs of the same, {} and {}",
            a.load, b.load
        ));
    }
    ((a.warmup_ns, a.interval_ns) != (b.warmup_ns, b.interval_ns))
        .then(|| "their samples have different lengths".to_owned())
}
