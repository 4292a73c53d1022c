//! `throng load`: a scenario for real.

use crate::arguments::{LoadArguments, Scraped};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::{Request, folder};
use crate::run::{interrupted_at, print, start_threads};
use crate::{machine, memory, output};
use std::time::Instant;
use throng_live::LiveError;
use throng_live::load::outcome::Generator;
use throng_live::load::own::OwnProviders;
use throng_live::load::samples::Samples;
use throng_live::load::{Crash, Crashes, Far, Loaded, Plan, run};
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::folder::atomic;
use throng_reports::run_info::RealInfo;
use throng_reports::{RunInfo, Summary, units, write_run};
use throng_workloads::scenario::Scenario;
use throng_workloads::visible::visible;

/// So many of a list are named.
const MOST_NAMED: usize = 10;

/// Runs a scenario against providers of its own, and writes the report of what it came to.
pub(crate) fn load(arguments: &LoadArguments) -> Result<Exit, Failure> {
    let request = Request::of_load(arguments)?;
    let scenario = Plan::in_real_time(request.scenario()?)?;
    known(&arguments.kill, &scenario)?;
    let folder = folder(arguments.out.as_deref(), "loads", &scenario);
    let crashes = arguments.kill.iter();
    let crashes: Vec<String> = crashes
        .flat_map(|crash| ["--kill".to_owned(), crash.to_string()])
        .collect();
    let command = request.command("load", Some(scenario.seed), &crashes);
    if is_sweep(&folder) {
        return Err(Failure::OtherKind {
            path: folder,
            holds: "a sweep",
        });
    }
    let threads = start_threads(request.threads)?;
    atomic::check_writable(&folder)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let mut meter = Meter::new(request.quiet);
    meter.say("starting providers");
    let begun = Instant::now();
    let store = arguments.store.clone();
    let own = OwnProviders::start(&std::env::current_exe()?, &scenario, store)?;
    let plan = Plan {
        targets: own.targets(),
        trust: own.trust()?,
        most_late: arguments.most_late,
        structure: false,
        scenario: scenario.clone(),
    };
    let mut servers = own.watched();
    servers.extend(arguments.scrape.iter().map(Scraped::watched));
    let samples = Samples::begin(servers)?;
    let mut crashes = Crashes::new(own, arguments.kill.clone());
    let loaded = follow(plan, &mut meter, &interrupt, &mut |far| crashes.look(far))?;
    let seen = samples.end();
    let outcome = loaded.outcome(crashes.finish()?.stop()?, &seen)?;
    meter.clear();
    let record = &outcome.record;
    let info = RunInfo {
        wall: begun.elapsed(),
        threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command,
        peak_memory: memory::peak(),
        note: record.partial.then(|| interrupted_at(record, &scenario)),
        folder: Some(folder.clone()),
        real: Some(real(&outcome.generator)),
    };
    write_run(&folder, &scenario, &scenario.to_toml(), record, &info)?;
    print(arguments.format, request.quiet, &scenario, record, &info)?;
    let summary = Summary::new(&scenario, record, &info);
    let outcomes = summary.thresholds.iter();
    output::unmet(
        request.quiet,
        outcomes.map(|one| (one.met, one.rule.as_str(), one.values())),
    );
    if request.quiet {
        complain(&summary);
    }
    let as_it_has_to_be = outcome.generator.kept_up && summary.is_as_it_has_to_be();
    Ok(match (outcome.holds(), record.partial, as_it_has_to_be) {
        (false, ..) => Exit::Failed,
        (true, true, _) => Exit::Interrupted,
        (true, false, false) => Exit::Threshold,
        (true, false, true) => Exit::Done,
    })
}

/// Who is to be killed has to be one of the scenario's.
fn known(crashes: &[Crash], scenario: &Scenario) -> Result<(), Failure> {
    let domains: Vec<&str> = scenario
        .providers
        .iter()
        .map(|p| p.domain.as_str())
        .collect();
    let unknown = |crash: &&Crash| !domains.contains(&crash.domain.as_str());
    match crashes.iter().find(unknown) {
        None => Ok(()),
        Some(crash) => Err(Failure::NoProvider {
            domain: crash.domain.clone(),
            known: domains.join(", "),
        }),
    }
}

/// Runs a load with a line that says how far it is, which `look` is told, too.
pub(crate) fn follow(
    plan: Plan,
    meter: &mut Meter,
    interrupt: &Interrupt,
    look: &mut dyn FnMut(Far) -> Result<(), LiveError>,
) -> Result<Loaded, Failure> {
    let mut looked = Ok(());
    let loaded = run(plan, &mut |far| {
        meter.draw(|| (share(far), vec![far.doing.to_owned(), shown(far)]));
        looked = look(far);
        looked.is_ok() && !interrupt.asked()
    })?;
    looked?;
    meter.say("making the report");
    Ok(loaded)
}

/// Says on standard error what must not be missed where nothing else is said.
fn complain(summary: &Summary) {
    let Some(real) = &summary.real else {
        return;
    };
    if !real.kept_up {
        eprintln!("error: the generator was the limit");
    }
    for violation in real.violations.iter().take(MOST_NAMED) {
        eprintln!("error: {}", visible(violation));
    }
}

/// What only this program knows of a real run.
pub(crate) fn real(generator: &Generator) -> RealInfo {
    RealInfo {
        machine: machine::machine(),
        kept_up: generator.kept_up,
        lateness: generator.lateness.clone(),
        repeated: generator.repeated,
        errors: generator.errors.clone(),
    }
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
