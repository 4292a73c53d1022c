//! Baselines: figures that are kept under a name, for `throng compare`.

use crate::failure::Failure;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use throng_reports::folder::atomic;
use throng_reports::sweep::manifest;
use throng_reports::{ReportError, Summary};
use throng_workloads::scenario::Scenario;

/// Where they are kept.
const FOLDER: &str = "runs/baselines";

/// The folder of a baseline.
pub(crate) struct Baseline {
    path: PathBuf,
}

impl Baseline {
    /// Where the baseline of this name is to be kept. Tries whether it can be, as a refusal must not come after a long run.
    pub(crate) fn new(name: &str) -> Result<Self, Failure> {
        if !is_name(name) {
            return Err(Failure::BaselineName {
                name: name.to_owned(),
            });
        }
        atomic::check_writable(Path::new(FOLDER))?;
        Ok(Self {
            path: Path::new(FOLDER).join(name),
        })
    }

    /// Keeps a run's figures and its scenario.
    pub(crate) fn save_run(
        &self,
        scenario: &Scenario,
        summary: &Summary,
    ) -> Result<(), ReportError> {
        atomic::replace_folder(&self.path, |folder| {
            let keep = |name: &str, text: String| {
                atomic::write(&folder.join(name), |out: &mut dyn Write| {
                    out.write_all(text.as_bytes())
                })
            };
            keep("scenario.toml", scenario.to_toml())?;
            keep("summary.json", summary.to_json())
        })
    }

    /// Keeps what a sweep is compared by: what it is of, and its runs.
    pub(crate) fn save_sweep(&self, sweep: &Path) -> Result<(), ReportError> {
        atomic::replace_folder(&self.path, |folder| {
            let copy = |from: &Path, to: PathBuf| {
                fs::copy(from, &to).map_err(|source| ReportError::Write { path: to, source })
            };
            copy(&sweep.join(manifest::FILE), folder.join(manifest::FILE))?;
            let (runs, kept) = (sweep.join(manifest::RUNS), folder.join(manifest::RUNS));
            atomic::create_folder(&kept)?;
            let read = |source| ReportError::Read {
                path: runs.clone(),
                source,
            };
            for run in fs::read_dir(&runs).map_err(read)? {
                let run = run.map_err(read)?;
                if run.file_name().as_encoded_bytes().starts_with(b".") {
                    // It was not finished.
                    continue;
                }
                copy(&run.path(), kept.join(run.file_name()))?;
            }
            Ok(())
        })
    }
}

/// The folder of the baseline that people call so, where there is one. Where a process ended just between taking the former one away
/// and putting the new one into its place, it is the former one.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    if !is_name(name) {
        return None;
    }
    let kept = Path::new(FOLDER).join(name);
    if kept.exists() {
        return Some(kept);
    }
    let former = |entry: &fs::DirEntry| {
        let found = entry.file_name().to_string_lossy().into_owned();
        let rest = found.strip_prefix(&format!(".{name}.")).map(str::to_owned);
        rest.and_then(|rest| rest.strip_suffix(".former").map(str::to_owned))
            .is_some_and(|process| process.parse::<u32>().is_ok())
    };
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    entries.filter(former).map(|entry| entry.path()).next()
}

/// The names of all, in order.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_name(name))
        .collect();
    names.sort_unstable();
    names
}

/// Whether a baseline can be called so.
fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    !name.is_empty() && name.len() <= 80 && !name.starts_with('.') && name.chars().all(plain)
}
