//! `throng verify`: the same run on both engines.

use crate::arguments::VerifyArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::{command, scenario};
use crate::{output, run};
use throng_reports::verdict_text;
use throng_sim::verify;

/// Runs both engines side by side and prints what agrees, or the first difference.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    let scenario = scenario(&arguments.scenario, None)?;
    run::start_threads(arguments.process.threads)?;
    let interrupt = Interrupt::listen()?;
    let mut meter = Meter::new(arguments.process.quiet);
    meter.say("setting up both engines");
    let verdict = verify::verify(&scenario, |progress| {
        meter.show(|| progress);
        !interrupt.asked()
    })?;
    meter.clear();
    let Some(verdict) = verdict else {
        return Ok(Exit::Interrupted);
    };
    if !arguments.process.quiet {
        let command = command("verify", &arguments.scenario, None, scenario.seed);
        let colour = output::takes_colour();
        output::print(&verdict_text(&scenario, &verdict, &command, colour))?;
    }
    Ok(match verdict.agrees() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}
