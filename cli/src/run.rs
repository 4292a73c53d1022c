//! `throng run`: simulate a scenario and write its report.

use crate::arguments::{Format, RunArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::{Request, folder};
use crate::{forecast, memory, output};
use std::io;
use std::path::Path;
use std::time::Instant;
use throng_record::Record;
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::folder::atomic;
use throng_reports::{RunInfo, Summary, summary_text, units, write_run};
use throng_workloads::generate::Workload;
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::trace;
use throng_world::World;

/// Runs a scenario. The folder is tried first: a long simulation must not end in a refusal.
pub(crate) fn run(arguments: &RunArguments) -> Result<Exit, Failure> {
    let request = Request::of_simulation(&arguments.simulation)?;
    let scenario = request.scenario()?;
    let folder = folder(arguments.out.as_deref(), "runs", &scenario);
    let command = request.command("run", Some(scenario.seed), &[]);
    let threads = start_threads(request.threads)?;
    if let Some(path) = &arguments.save_trace {
        save_trace(&scenario, path)?;
    }
    let baseline = request.baseline()?;
    if is_sweep(&folder) {
        return Err(Failure::OtherKind {
            path: folder,
            holds: "a sweep",
        });
    }
    atomic::check_writable(&folder)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    forecast::warn(&scenario, request.quiet);
    let begun = Instant::now();
    let record = simulate(&scenario, &command, request.quiet, None, &interrupt)?;
    let info = RunInfo {
        wall: begun.elapsed(),
        threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command,
        peak_memory: memory::peak(),
        note: record.partial.then(|| interrupted_at(&record, &scenario)),
        folder: Some(folder.clone()),
        real: None,
    };
    write_run(&folder, &scenario, &scenario.to_toml(), &record, &info)?;
    print(arguments.format, request.quiet, &scenario, &record, &info)?;
    if record.partial {
        // Half a run is no baseline, and meets or breaks nothing.
        return Ok(Exit::Interrupted);
    }
    let summary = Summary::new(&scenario, &record, &info);
    if let Some(baseline) = &baseline {
        baseline.save_run(&scenario, &summary)?;
    }
    let outcomes = summary.thresholds.iter();
    output::unmet(
        request.quiet,
        outcomes.map(|one| (one.met, one.rule.as_str(), one.values())),
    );
    Ok(match summary.is_as_it_has_to_be() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// Starts as many threads as were asked for, or as there are cores; returns how many.
pub(crate) fn start_threads(wanted: Option<u16>) -> Result<usize, Failure> {
    let wanted = wanted.map_or(0, usize::from);
    rayon::ThreadPoolBuilder::new()
        .num_threads(wanted)
        .build_global()?;
    Ok(rayon::current_num_threads())
}

/// Runs window by window until all is delivered or the user interrupts; `twin`: it is to be held against a real run on a machine with
/// so many cores.
pub(crate) fn simulate(
    scenario: &Scenario,
    command: &str,
    quiet: bool,
    twin: Option<usize>,
    interrupt: &Interrupt,
) -> Result<Record, Failure> {
    let mut meter = Meter::new(quiet);
    meter.expect(forecast::many(scenario));
    meter.say("setting up");
    let mut world = match twin {
        None => interrupt.at_once("interrupted while setting up: nothing is written", || {
            World::new(scenario)
        })?,
        // A comparison keeps what its other runs have measured.
        Some(cores) => World::on_one_machine(scenario, cores)?,
    };
    world.set_replay(command.to_owned());
    if twin.is_some() {
        world.keep_structure();
        world.all_return();
    }
    while !interrupt.asked() && world.step()? {
        meter.show(|| world.progress());
    }
    meter.clear();
    Ok(world.finish(interrupt.asked())?)
}

pub(crate) fn interrupted_at(record: &Record, scenario: &Scenario) -> String {
    let reached = units::seconds(record.end.as_secs_f64());
    let wanted = units::seconds_short(scenario.duration.as_secs_f64());
    format!("interrupted after {reached} of {wanted}")
}

pub(crate) fn print(
    format: Format,
    quiet: bool,
    scenario: &Scenario,
    record: &Record,
    info: &RunInfo,
) -> Result<(), Failure> {
    match format {
        Format::Json => output::print(&Summary::new(scenario, record, info).to_json())?,
        Format::Text if quiet => {}
        Format::Text => {
            let colour = output::takes_colour();
            output::print(&summary_text(scenario, record, info, colour))?;
        }
    }
    Ok(())
}

/// Saves what the scenario's people want, as a trace that a scenario can name.
fn save_trace(scenario: &Scenario, path: &Path) -> Result<(), Failure> {
    if let Some(replayed) = &scenario.trace {
        return Err(Failure::TraceOfTrace {
            path: replayed.clone(),
        });
    }
    let streams = scenario.streams();
    let population = Population::draw(scenario, &streams);
    let intents: Vec<_> = Workload::new(scenario, &population, &streams).collect();
    atomic::write(path, |out| {
        trace::write(&population, &intents, out).map_err(io::Error::other)
    })?;
    Ok(())
}
