//! `throng export`.

use crate::arguments::{ExportArguments, ExportFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::named::{Named, read};
use crate::output;
use std::io;
use throng_reports::exports::{Figures, bencher, github, openmetrics};

/// Prints the figures of a run or a sweep in the form that another tool reads.
pub(crate) fn export(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let figures = match read(&arguments.run)? {
        Named::Run(side) => Figures::of_run(&side)?,
        Named::Sweep(side) => Figures::of_sweep(&side)?,
    };
    let figures = figures.only(&arguments.measure)?;
    let text = match arguments.format {
        ExportFormat::GithubActionBenchmark => github::json(&figures)?,
        ExportFormat::Bencher => bencher::json(&figures).map_err(io::Error::from)?,
        ExportFormat::Openmetrics => openmetrics::text(&figures).map_err(io::Error::other)?,
    };
    output::print(&text)?;
    Ok(Exit::Done)
}
