//! `throng load`: a scenario for real.

use crate::arguments::{Format, LoadArguments, ProcessArguments, ScenarioArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Meter;
use crate::request::Request;
use crate::run::start_threads;
use throng_live::load::own::OwnProviders;
use throng_live::load::{Far, Outcome, Plan, run};
use throng_reports::units;

/// Runs a scenario against providers of its own, and prints what it came to.
pub(crate) fn load(arguments: &LoadArguments) -> Result<Exit, Failure> {
    let scenario = ScenarioArguments {
        scenario: arguments.scenario.clone(),
        seed: arguments.seed,
        set: arguments.set.clone(),
    };
    let process = ProcessArguments {
        threads: arguments.threads,
        quiet: arguments.quiet,
    };
    let request = Request::new(&scenario, None, &process)?;
    let scenario = Plan::in_real_time(request.scenario()?)?;
    start_threads(request.threads)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let mut meter = Meter::new(request.quiet);
    meter.say("starting providers");
    let own = OwnProviders::start(&std::env::current_exe()?, &scenario)?;
    let plan = Plan {
        targets: own.targets(),
        trust: own.trust()?,
        most_late: arguments.most_late,
        scenario,
    };
    let loaded = run(plan, &mut |far| {
        meter.draw(|| (share(far), vec![far.doing.to_owned(), shown(far)]));
        !interrupt.asked()
    })?;
    meter.clear();
    let outcome = loaded.outcome(&own.stop()?);
    print(arguments, &outcome)?;
    Ok(match (outcome.holds(), outcome.partial, outcome.kept_up) {
        (false, ..) => Exit::Failed,
        (true, true, _) => Exit::Interrupted,
        (true, false, false) => Exit::Threshold,
        (true, false, true) => Exit::Done,
    })
}

fn share(far: Far) -> f64 {
    match far.until.as_secs_f64() {
        until if until > 0.0 => (far.now.as_secs_f64() / until).min(1.0),
        _ => 1.0,
    }
}

fn shown(far: Far) -> String {
    let (now, until) = (far.now.as_secs_f64(), far.until.as_secs_f64());
    let (now, until) = (units::seconds_short(now), units::seconds_short(until));
    format!("{now} of {until}, {} wishes", far.wishes)
}

fn print(arguments: &LoadArguments, outcome: &Outcome) -> Result<(), Failure> {
    match arguments.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(outcome).map_err(std::io::Error::from)?;
            output::print(&format!("{json}\n"))?;
        }
        Format::Text if arguments.quiet && outcome.holds() && outcome.kept_up => {}
        Format::Text => output::print(&outcome.to_string())?,
    }
    Ok(())
}
