//! `throng verify`: the same run on both engines, or the model against test vectors.

use crate::arguments::{Engine, VerifyArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::Request;
use crate::{forecast, output, run};
use std::path::PathBuf;
use throng_reports::{vectors_text, verdict_text};
use throng_world::verify;

/// Does what the arguments ask for: a comparison of runs, or of vectors.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    match arguments.vectors.as_slice() {
        [] => runs(arguments),
        files => vectors(files, arguments.process.quiet),
    }
}

/// Checks the model against the vectors of each file. A file that cannot be read ends it, after what the files
/// before it came to.
fn vectors(files: &[PathBuf], quiet: bool) -> Result<Exit, Failure> {
    let mut reports = Vec::new();
    let mut fault = None;
    for file in files {
        match throng_mls::vectors::check_file(file) {
            Ok(report) => reports.push(report),
            Err(error) => {
                fault = Some(error);
                break;
            }
        }
    }
    if !quiet && !reports.is_empty() {
        output::print(&vectors_text(&reports, output::takes_colour()))?;
    }
    if let Some(error) = fault {
        return Err(error.into());
    }
    Ok(
        match reports.iter().all(|report| report.failed.is_empty()) {
            true => Exit::Done,
            false => Exit::Threshold,
        },
    )
}

/// Runs both engines side by side and prints what agrees, or the first difference.
fn runs(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    // What only one engine can run is refused by the other's reading of it.
    let on = |engine| Request::new(&arguments.scenario, Some(engine), &arguments.process);
    on(Engine::Model)?.scenario()?;
    let scenario = on(Engine::Openmls)?.scenario()?;
    let request = Request::new(&arguments.scenario, None, &arguments.process)?;
    run::start_threads(request.threads)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    forecast::warn(&scenario, request.quiet);
    let mut meter = Meter::new(request.quiet);
    meter.say("setting up both engines");
    let verdict = verify::verify(&scenario, |progress| {
        meter.show(|| progress);
        !interrupt.asked()
    })?;
    meter.clear();
    if !request.quiet {
        let command = request.command("verify", Some(scenario.seed), &[]);
        let colour = output::takes_colour();
        output::print(&verdict_text(&scenario, &verdict, &command, colour))?;
    }
    Ok(match (verdict.stopped, verdict.agrees()) {
        (Some(_), _) => Exit::Interrupted,
        (None, true) => Exit::Done,
        (None, false) => Exit::Threshold,
    })
}
