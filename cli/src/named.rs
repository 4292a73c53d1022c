//! What people mean by the name of a run: a folder, a file, or a baseline.

use crate::baselines;
use std::path::PathBuf;
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::compare::{CompareError, Side, SweepSide};

/// What a name can stand for.
pub(crate) enum Named {
    Run(Box<Side>),
    Sweep(Box<SweepSide>),
}

/// What a folder, a file or the name of a baseline stands for.
pub(crate) fn read(name: &str) -> Result<Named, CompareError> {
    let path = find(name)?;
    match is_sweep(&path) {
        true => SweepSide::read(&path, name).map(|side| Named::Sweep(Box::new(side))),
        false => Side::read(&path, name).map(|side| Named::Run(Box::new(side))),
    }
}

/// The folder or file that people call so: itself, or a baseline.
pub(crate) fn find(name: &str) -> Result<PathBuf, CompareError> {
    let given = PathBuf::from(name);
    if given.exists() {
        return Ok(given);
    }
    if let Some(kept) = baselines::find(name) {
        return Ok(kept);
    }
    let known = baselines::names();
    Err(CompareError::NoSuch {
        name: name.to_owned(),
        known: match known.is_empty() {
            true => ", or a baseline that `--save-baseline NAME` kept".to_owned(),
            false => format!(", or one of the baselines {}", known.join(", ")),
        },
    })
}
