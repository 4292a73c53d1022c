//! The shards of a sweep put together: their runs in one folder, which then is that of the sweep as one process makes it.

use crate::arguments::{Format, MergeArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::request::line;
use crate::sweep;
use std::fs;
use throng_reports::ReportError;
use throng_reports::compare::SweepSide;
use throng_reports::folder::atomic;
use throng_reports::sweep::{Manifest, Together, TogetherError, manifest};

/// Reads the folders of all shards, and makes the folder of the sweep.
pub(super) fn merge(arguments: &MergeArguments) -> Result<Exit, Failure> {
    if arguments.format == Format::Json {
        return Err(Failure::Contradiction {
            one: "--format json".to_owned(),
            other: "shards of a sweep, which is many runs,".to_owned(),
        });
    }
    let Together { manifest, runs } = Together::read(&arguments.shards)?;
    let version = env!("CARGO_PKG_VERSION");
    if manifest.version != version {
        let what = format!("another throng ({}) made it", manifest.version);
        return Err(Failure::Together(TogetherError::NoShard {
            folder: arguments.shards[0].clone(),
            reason: format!("{what}, and this is {version}"),
        }));
    }
    let manifest = whole(manifest, arguments);
    let out = &arguments.out;
    sweep::begin(out, &manifest)?;
    for ((point, run), file) in runs {
        let text = fs::read(&file).map_err(|source| ReportError::Read { path: file, source })?;
        let copy = manifest::sample_file(out, point, run);
        atomic::write(&copy, |to| to.write_all(&text))?;
    }
    let side = SweepSide::read(out, &out.to_string_lossy())?;
    let (sweep, about) = (side.sweep(), side.about());
    sweep::ending::finish(out, &sweep, &about, None, arguments.quiet)
}

/// What the folder says that it holds: the sweep, by the command that would have made it there, with what it has to meet besides.
fn whole(manifest: Manifest, arguments: &MergeArguments) -> Manifest {
    let mut words = Vec::new();
    for rule in &arguments.threshold {
        words.extend(["--threshold".to_owned(), rule.clone()]);
    }
    let out = arguments.out.to_string_lossy().into_owned();
    words.extend(["--out".to_owned(), out]);
    let command = format!("{} {}", manifest.command, line(&words));
    let added = arguments.threshold.iter().cloned();
    Manifest {
        command,
        thresholds: manifest.thresholds.iter().cloned().chain(added).collect(),
        ..manifest
    }
}
