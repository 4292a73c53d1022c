//! `throng export`.

use crate::arguments::{ExportArguments, ExportFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::named::{Named, find, read};
use crate::output;
use std::io;
use throng_reports::Stored;
use throng_reports::exports::{ExportError, Figures, bencher, github, openmetrics};

/// Prints the figures of a run or a sweep in the form that another tool reads.
pub(crate) fn export(arguments: &ExportArguments) -> Result<Exit, Failure> {
    if arguments.at.is_some() && arguments.format != ExportFormat::Openmetrics {
        return Err(ExportError::Timeless.into());
    }
    let figures = match (read(&arguments.run)?, arguments.series) {
        (Named::Run(side), false) => Figures::of_run(&side)?.only(&arguments.measure)?,
        (Named::Sweep(side), false) => Figures::of_sweep(&side)?.only(&arguments.measure)?,
        (Named::Run(side), true) => {
            let run = Stored::read(&find(&arguments.run)?, &side.label)?;
            Figures::of_series(&run, &arguments.measure)?
        }
        (Named::Sweep(side), true) => return Err(ExportError::NoSeries(side.label).into()),
    };
    let text = match arguments.format {
        ExportFormat::GithubActionBenchmark => github::json(&figures)?,
        ExportFormat::Bencher => bencher::json(&figures).map_err(io::Error::from)?,
        ExportFormat::Openmetrics => {
            openmetrics::text(&figures, arguments.at).map_err(io::Error::other)?
        }
    };
    output::print(&text)?;
    Ok(Exit::Done)
}
