//! What people mean by the name of a run: a folder, a file, or a baseline.

use std::fs;
use std::path::{Path, PathBuf};
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::compare::{CompareError, Side, SweepSide};

/// Where baselines are kept.
pub(crate) const BASELINES: &str = "runs/baselines";

/// What a name can stand for.
pub(crate) enum Named {
    Run(Box<Side>),
    Sweep(SweepSide),
}

/// What a folder, a file or the name of a baseline stands for.
pub(crate) fn read(name: &str) -> Result<Named, CompareError> {
    let path = find(name)?;
    match is_sweep(&path) {
        true => SweepSide::read(&path, name).map(Named::Sweep),
        false => Side::read(&path, name).map(|side| Named::Run(Box::new(side))),
    }
}

/// The folder or file that people call so: itself, or a baseline.
pub(crate) fn find(name: &str) -> Result<PathBuf, CompareError> {
    let given = PathBuf::from(name);
    if given.exists() {
        return Ok(given);
    }
    let kept = Path::new(BASELINES).join(name);
    if is_name(name) && kept.exists() {
        return Ok(kept);
    }
    let mut known: Vec<String> = fs::read_dir(BASELINES)
        .map(|entries| {
            entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect()
        })
        .unwrap_or_default();
    known.sort_unstable();
    Err(CompareError::NoSuch {
        name: name.to_owned(),
        known: match known.is_empty() {
            true => ", or a baseline that `throng run --save-baseline NAME` kept".to_owned(),
            false => format!(", or one of the baselines {}", known.join(", ")),
        },
    })
}

/// Whether a baseline can be called so.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    !name.is_empty() && name.len() <= 80 && !name.starts_with('.') && name.chars().all(plain)
}
