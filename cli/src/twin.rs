//! `throng twin`: a scenario simulated and run for real, held against each other.

use crate::arguments::{Format, TwinArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::{Request, folder};
use crate::run::{simulate, start_threads};
use crate::{load, memory, output};
use std::path::Path;
use std::time::{Duration, Instant};
use throng_experiments::twin::{Surroundings, simulated};
use throng_live::load::own::OwnProviders;
use throng_live::load::{Outcome, Plan, round_trip};
use throng_reports::folder::atomic;
use throng_reports::twin::{Run, Twin, Within};
use throng_reports::{RunInfo, twin_text, units, write_twin};
use throng_workloads::scenario::{MachineCosts, Scenario};
use throng_workloads::time::SimSpan;
use throng_workloads::visible::visible_path;
use throng_world::stacks;

/// Runs a scenario for real, simulates the same on what is known of the machine, and says how far the two are apart.
pub(crate) fn twin(arguments: &TwinArguments) -> Result<Exit, Failure> {
    let request = Request::of_twin(arguments)?;
    let scenario = Plan::in_real_time(request.scenario()?)?;
    let costs = arguments
        .profile
        .as_deref()
        .map(|path| costs(path, &scenario))
        .transpose()?;
    let bounds = match arguments.within.as_slice() {
        [] => Within::usual(),
        given => given.to_vec(),
    };
    let folder = folder(arguments.out.as_deref(), "twins", &scenario);
    let command = request.command("twin", Some(scenario.seed), &arguments.words());
    let threads = start_threads(request.threads)?;
    atomic::check_writable(&folder)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;

    let real = for_real(arguments, &scenario, request.quiet, &interrupt)?;
    if real.outcome.record.partial {
        return Ok(interrupted());
    }
    let real_info = RunInfo {
        wall: real.wall,
        folder: Some(folder.join("real")),
        real: Some(load::real(&real.outcome.generator)),
        ..info(threads, &command)
    };

    let around = Surroundings {
        one_way: real.one_way,
        costs,
    };
    let imagined = simulated(&scenario, &around);
    let began = Instant::now();
    let record = simulate(&imagined, &command, request.quiet, true, &interrupt)?;
    if record.partial {
        return Ok(interrupted());
    }
    let imagined_info = RunInfo {
        wall: began.elapsed(),
        folder: Some(folder.join("simulated")),
        ..info(threads, &command)
    };
    let holds = real.outcome.holds();
    let real = Run {
        scenario: &scenario,
        record: &real.outcome.record,
        info: &real_info,
    };
    let imagined = Run {
        scenario: &imagined,
        record: &record,
        info: &imagined_info,
    };
    let told = told(arguments, &around);
    let by_state = stacks::vocabulary(real.scenario).map_or(&[][..], |words| words.by_state);
    let twin = Twin::new(imagined, real, told, &bounds, by_state);
    write_twin(&folder, &twin, imagined, real)?;
    print(arguments, &request, &twin, &folder)?;
    Ok(match (holds, twin.agrees()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Threshold,
        (true, true) => Exit::Done,
    })
}

/// What came of the real run, and what was measured around it.
struct Real {
    outcome: Outcome,
    /// Half of what a request takes for which nobody has to do anything.
    one_way: SimSpan,
    wall: Duration,
}

fn for_real(
    arguments: &TwinArguments,
    scenario: &Scenario,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<Real, Failure> {
    let mut meter = Meter::new(quiet);
    meter.say("starting providers");
    let begun = Instant::now();
    let own = OwnProviders::start(&std::env::current_exe()?, scenario)?;
    let round_trip = round_trip(&own.targets(), &own.trust()?)?;
    let plan = Plan {
        targets: own.targets(),
        trust: own.trust()?,
        most_late: arguments.most_late,
        structure: true,
        scenario: scenario.clone(),
    };
    let loaded = load::follow(plan, &mut meter, interrupt)?;
    let outcome = loaded.outcome(own.stop()?)?;
    meter.clear();
    let half = round_trip.as_nanos() / 2;
    Ok(Real {
        outcome,
        one_way: SimSpan::from_nanos(half.try_into().unwrap_or(u64::MAX)),
        wall: begun.elapsed(),
    })
}

/// Half a run is nobody's twin.
fn interrupted() -> Exit {
    eprintln!("interrupted: nothing is written");
    Exit::Interrupted
}

fn info(threads: usize, command: &str) -> RunInfo {
    RunInfo {
        threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        peak_memory: memory::peak(),
        ..RunInfo::default()
    }
}

/// What the simulation is told of this machine, in words.
fn told(arguments: &TwinArguments, around: &Surroundings) -> Vec<String> {
    let one_way = units::seconds(around.one_way.as_secs_f64());
    let mut told = vec![format!(
        "simulated with links of {one_way}: half of what a request takes on this machine for which nobody has to do anything, measured before the run"
    )];
    told.push(match &arguments.profile {
        Some(path) => format!(
            "simulated with the costs of {}",
            visible_path(path)
        ),
        None => "simulated with the built-in costs, which were measured on another machine; `throng calibrate` measures this one, and --profile names its file".to_owned(),
    });
    told
}

fn costs(path: &Path, scenario: &Scenario) -> Result<MachineCosts, Failure> {
    let units = stacks::units(&scenario.stack).ok();
    Ok(MachineCosts::read(path, units.as_deref())?)
}

fn print(
    arguments: &TwinArguments,
    request: &Request,
    twin: &Twin,
    folder: &Path,
) -> Result<(), Failure> {
    match arguments.format {
        Format::Json => output::print(&twin.to_json())?,
        Format::Text if request.quiet => {
            let checks = twin.checks.iter();
            output::unmet(
                true,
                checks.map(|check| (check.met, check.what.as_str(), check.found.clone())),
            );
        }
        Format::Text => {
            let page = visible_path(folder);
            let text = twin_text(twin, output::takes_colour());
            output::print(&format!("{text}\n  page         {page}/twin.html\n"))?;
        }
    }
    Ok(())
}
