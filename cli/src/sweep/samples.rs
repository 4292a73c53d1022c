//! What a sweep keeps of its runs: their figures, each in a file. Where runs are made one at a time, each has a process of its own
//! (`throng sweep-run`), whose memory is measured.

use crate::arguments::SweepRunArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::{memory, output};
use serde::Serialize;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use throng_experiments::{Far, Job, Keeper, Made, RunError, run};
use throng_reports::folder::atomic;
use throng_reports::sweep::{Sample, manifest};
use throng_reports::{ReportError, RunInfo, Summary};
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::visible::visible_json;

/// The samples of a sweep's folder.
pub(super) struct Samples<'f> {
    pub(super) folder: &'f Path,
}

impl Keeper for Samples<'_> {
    type Kept = Sample;
    type Error = Failure;

    fn keep(&self, job: &Job, made: &Made) -> Result<Sample, Failure> {
        let file = manifest::sample_file(self.folder, job.point, job.run);
        // Where runs share a process its memory is that of all.
        keep(job, made, None, &file)
    }

    fn kept(&self, job: &Job) -> Option<Sample> {
        manifest::sample(self.folder, job.point, job.run)
    }

    fn process(&self, job: &Job) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        let (point, run) = (job.point.to_string(), job.run.to_string());
        command.args(["sweep-run", "--point", &point, "--run", &run, "--file"]);
        command.arg(manifest::sample_file(self.folder, job.point, job.run));
        Ok(command)
    }

    /// In an orderly way, or before it listened.
    fn is_interrupted(&self, ended: ExitStatus) -> bool {
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGINT, SIGTERM};
            use std::os::unix::process::ExitStatusExt;
            if matches!(ended.signal(), Some(SIGINT | SIGTERM)) {
                return true;
            }
        }
        ended.code() == Some(Exit::Interrupted.code().into())
    }
}

fn keep(job: &Job, made: &Made, peak_memory: Option<u64>, file: &Path) -> Result<Sample, Failure> {
    let info = RunInfo {
        wall: made.wall,
        threads: 1,
        peak_memory,
        ..RunInfo::default()
    };
    let summary = Summary::new(&job.scenario, &made.record, &info);
    let sample = Sample::new(job.point, job.run, &summary);
    write_json(file, &sample)?;
    Ok(sample)
}

/// Makes one run of a sweep, as the process that [`Samples::process`] names: of the scenario on standard input. Says how far it is on
/// standard output.
pub(crate) fn run_of_sweep(arguments: &SweepRunArguments) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let text = io::read_to_string(io::stdin()).map_err(RunError::Process)?;
    let source = ScenarioSource::inline("the sweep's scenario", text);
    let job = Job {
        point: arguments.point,
        run: arguments.run,
        scenario: Scenario::parse(&source, &[])?,
    };
    let say = |far: Far| {
        // Whoever does not listen any more need not know.
        let _ = output::print(&format!("{}\n", far.line()));
    };
    let Some(made) = run(&job.scenario, || interrupt.asked(), say)? else {
        return Ok(Exit::Interrupted);
    };
    keep(&job, &made, memory::peak(), &arguments.file)?;
    Ok(Exit::Done)
}

/// A file of the sweep's folder, whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ReportError> {
    atomic::write(path, |out| {
        let json = serde_json::to_string_pretty(value)?;
        out.write_all(visible_json(&json).as_bytes())?;
        out.write_all(b"\n")
    })
}
