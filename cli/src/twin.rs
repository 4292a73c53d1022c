//! `throng twin`: a scenario simulated and run for real, held against each other.

mod conversations;
mod runs;

use crate::arguments::{Format, TwinArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::request::{Request, folder};
use crate::run::start_threads;
use crate::{machine, memory, output};
use conversations::{Conversations, Machine};
use runs::{By, Real, Stopped};
use std::path::Path;
use std::time::Instant;
use throng_experiments::cold::Seen;
use throng_experiments::quiet::Way;
use throng_experiments::twin::simulated;
use throng_live::load::Plan;
use throng_reports::folder::atomic;
use throng_reports::twin::{Run, Told, Twin, Within};
use throng_reports::{RunInfo, twin_text, units, write_twin};
use throng_workloads::scenario::{MachineCosts, Scenario};
use throng_workloads::visible::visible_path;
use throng_world::stacks;

/// Runs a scenario for real, simulates the same on what is known of the machine, and says how far the two are apart.
pub(crate) fn twin(arguments: &TwinArguments) -> Result<Exit, Failure> {
    let request = Request::of_real(&arguments.real, &[])?;
    let scenario = Plan::in_real_time(request.scenario()?, 1.0, true)?;
    if !scenario.load.stages.is_empty() {
        return Err(Failure::StagedTwin);
    }
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

    let by = By {
        arguments,
        quiet: request.quiet,
        costs,
        interrupt: &interrupt,
    };
    let (machine, real) = match both_sides(&by, &scenario) {
        Ok(found) => found,
        Err(Stopped::Interrupted) => return Ok(interrupted()),
        Err(Stopped::Failed(failure)) => return Err(failure),
    };
    let real_info = RunInfo {
        wall: real.wall,
        folder: Some(folder.join("real")),
        real: Some(machine::real(&real.outcome.generator, Vec::new())),
        ..info(threads, &command)
    };

    let around = by.surroundings((machine.ways, machine.sync), machine.cold)?;
    let imagined = simulated(&scenario, &around);
    let began = Instant::now();
    let record = by.simulated(&imagined, &command)?;
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
    let by_state = stacks::vocabulary(real.scenario).map_or(&[][..], |words| words.by_state);
    let told = Told {
        words: told(arguments, &machine),
        idle: machine.cold.idle,
        doubt: machine.ways.doubt,
    };
    let twin = Twin::new(imagined, real, told, &bounds, by_state);
    write_twin(&folder, &twin, imagined, real)?;
    print(arguments, &request, &twin, &folder)?;
    Ok(match (holds, twin.agrees()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Threshold,
        (true, true) => Exit::Done,
    })
}

/// The scenario for real, and what this machine is: it is not the same from one minute to the next, so that it is looked at before and
/// after.
fn both_sides(by: &By<'_>, scenario: &Scenario) -> Result<(Machine, Real), Stopped> {
    let before = Conversations::hold(by, scenario, true)?;
    let real = by.for_real(scenario)?;
    if real.outcome.record.partial {
        return Err(Stopped::Interrupted);
    }
    let after = Conversations::hold(by, scenario, before.has_lively());
    let after = match after {
        Ok(after) => Some(after),
        // The real run is there all the same, and what it found.
        Err(Stopped::Failed(_)) => None,
        Err(Stopped::Interrupted) => return Err(Stopped::Interrupted),
    };
    let rate = real.messages_a_second();
    let machine = Machine::of(by, &before, after.as_ref(), rate)?;
    Ok((machine, real))
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
fn told(arguments: &TwinArguments, machine: &Machine) -> Vec<String> {
    let Machine {
        ways,
        sync,
        cold,
        lively,
        sides,
    } = machine;
    let way = |way: Way| {
        let deviation = units::seconds(way.variance.sqrt());
        format!("{} (± {deviation})", units::seconds(way.mean))
    };
    let mut told = vec![format!(
        "simulated with ways of {} between a client and its provider and of {} between providers: what quiet conversations on this machine took beyond CPU time, just before and just after",
        way(ways.client),
        way(ways.provider)
    )];
    told.push(format!(
        "nobody hears of anything before a provider's file has it, which waits {} for the disk beyond CPU time, as it did then",
        way(*sync)
    ));
    told.push(match &arguments.profile {
        Some(path) => format!(
            "simulated with the costs of {}",
            visible_path(path)
        ),
        None => "simulated with the built-in costs, which were measured on another machine; `throng calibrate` measures this one, and --profile names its file".to_owned(),
    });
    let Seen { later, times } = cold.seen;
    let then = match lively {
        Some(said) => format!(
            "by where the same people said less, and where they said more ({} messages a second)",
            units::significant(*said)
        ),
        None => "as where the same people said little".to_owned(),
    };
    told.push(format!(
        "clients take {} times as long for MLS as those costs say and {} more for each operation, and {} times as long for each record that they receive, and providers {} times for all, {then}: what is measured over and over finds the caches warm",
        units::significant(times),
        units::seconds(later / 1e9),
        units::significant(cold.records),
        units::significant(cold.providers)
    ));
    told.push(format!(
        "a provider takes {} of a core when nobody wants anything, which is added to what each took in the simulation",
        units::percent(cold.idle, 1.0)
    ));
    if let [before, after] = &sides[..] {
        told.push(format!(
            "the machine was not quite the same all the time: before the real run and after it, half of the messages of one quiet conversation took {} and {}, and providers {} and {} times what costs say",
            units::seconds(before.median),
            units::seconds(after.median),
            units::significant(before.providers),
            units::significant(after.providers)
        ));
    }
    told.push(format!(
        "clients and providers share the {} of this machine",
        units::counted(machine::machine().cores as u64, "core", "cores")
    ));
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
