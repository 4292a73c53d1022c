//! One of two runs: where its figures are, and how they are read.

use crate::summary::{OLDEST_SCHEMA, SCHEMA, Summary};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The figures of a run, and the scenario where it is at hand.
#[derive(Debug, Clone)]
pub struct Side {
    /// How people named it.
    pub label: String,
    /// Its figures.
    pub summary: Summary,
    /// Its resolved scenario, where `scenario.toml` stands beside the figures.
    pub scenario: Option<toml::Table>,
}

/// Why two runs cannot be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file is no JSON, or no summary.
    #[error("{}: not the figures of a run: {reason}", path.display())]
    NoSummary {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in the file.
        reason: String,
    },
    /// The figures are of another shape.
    #[error(
        "{}: the figures are of schema {found}, and this throng reads {OLDEST_SCHEMA} to {SCHEMA}; \
         run the scenario again with this version",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// A folder says that it holds a sweep, but does not.
    #[error("{}: not a sweep that can be compared: {reason}", path.display())]
    NoSweep {
        /// The file that says so.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// One is a run and the other a sweep.
    #[error("{base} and {new}: one is a run and the other a sweep; expected two of a kind")]
    Mixed {
        /// What came first.
        base: String,
        /// What came second.
        new: String,
    },
    /// A rule is about how fast the simulator was, which was measured once.
    #[error(
        "{0:?}: one run says nothing about how fast the simulator is, as machines are noisy; \
         compare two sweeps with several --replicas everywhere (for memory made with --threads 1)"
    )]
    Noise(String),
    /// The runs are not of the same thing.
    #[error("{base} and {new} differ in their {what}; `--anyway` compares them all the same")]
    Different {
        /// The run before.
        base: String,
        /// The run after.
        new: String,
        /// What differs.
        what: String,
    },
    /// A sweep was interrupted.
    #[error(
        "{label}: {done} of {of} runs are done; the same `throng sweep` goes on with the others, or `--anyway` compares what there is"
    )]
    Half {
        /// The sweep.
        label: String,
        /// Runs that are done.
        done: usize,
        /// Runs that it was to have.
        of: usize,
    },
    /// Two sweeps have no point and replica that both have run.
    #[error(
        "{base} and {new} have no run in common: expected sweeps that share points and replicas"
    )]
    NothingShared {
        /// The sweep before.
        base: String,
        /// The sweep after.
        new: String,
    },
    /// Nothing is called like that.
    #[error(
        "no run and no baseline is called {name:?}; expected the folder of a run or a sweep, a summary.json{known}"
    )]
    NoSuch {
        /// What was asked for.
        name: String,
        /// The baselines that there are.
        known: String,
    },
}

impl Side {
    /// Read a run's folder or a `summary.json`.
    ///
    /// # Errors
    /// Where there is none, or it is none that this version reads.
    pub fn read(path: &Path, label: &str) -> Result<Self, CompareError> {
        let path = match path.is_dir() {
            true => path.join("summary.json"),
            false => path.to_owned(),
        };
        let read = |path: &Path| std::fs::read_to_string(path);
        let text = read(&path).map_err(|source| CompareError::Read {
            path: path.clone(),
            source,
        })?;
        let summary = parse(&path, &text)?;
        let scenario = read(&path.with_file_name("scenario.toml")).ok();
        Ok(Self {
            label: label.to_owned(),
            summary,
            scenario: scenario.and_then(|text| text.parse().ok()),
        })
    }
}

fn parse(path: &Path, text: &str) -> Result<Summary, CompareError> {
    let none = |error: serde_json::Error| CompareError::NoSummary {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let any: serde_json::Value = serde_json::from_str(text).map_err(none)?;
    match any.get("schema").and_then(serde_json::Value::as_u64) {
        Some(found) if !(OLDEST_SCHEMA.into()..=SCHEMA.into()).contains(&found) => {
            Err(CompareError::Schema {
                path: path.to_owned(),
                found,
            })
        }
        _ => serde_json::from_str(text).map_err(none),
    }
}
