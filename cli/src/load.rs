//! `throng load`: a scenario for real.

mod attendant;
mod wanted;

pub(crate) use attendant::follow;
pub(crate) use wanted::one_each;

use crate::arguments::LoadArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::preparation::{self, Prepares};
use crate::progress::Meter;
use crate::run::{interrupted_at, print, start_threads};
use crate::shards::{self, Joined};
use crate::{machine, memory, output};
use attendant::Attendant;
use std::time::Instant;
use throng_live::LiveError;
use throng_live::load::own::{Federation, OwnProviders};
use throng_live::load::samples::{Samples, Seen, Watched};
use throng_live::load::{Loaded, Order, Outages, Outcome, Plan, Target, run, store, unheeded};
use throng_live::serve::facts::Lines;
use throng_live::tls::Trust;
use throng_reports::folder::atomic;
use throng_reports::run_info::{RealInfo, Share};
use throng_reports::{RunInfo, Summary, units, write_run};
use throng_workloads::scenario::Scenario;
use throng_workloads::visible::visible;
use wanted::Wanted;

/// So many of a list are named.
const MOST_NAMED: usize = 10;

/// What a scenario asks of the simulator alone is not left out in silence.
fn say_what_counts_for_nothing(scenario: &Scenario, quiet: bool) {
    let keys = unheeded(scenario).join(", ");
    if !quiet && !keys.is_empty() {
        eprintln!("warning: for the simulator alone, and nothing in a load: {keys}");
    }
}

/// Runs a scenario against providers of its own, or those that run already, and writes the report of what it came to.
pub(crate) fn load(arguments: &LoadArguments) -> Result<Exit, Failure> {
    let wanted = Wanted::of(arguments)?;
    let (scenario, folder) = (&wanted.scenario, &wanted.folder);
    let threads = start_threads(wanted.request.threads)?;
    let stores_only = !arguments.target.is_empty() && arguments.save_preparation.is_some();
    if !stores_only {
        atomic::check_writable(folder)?;
    }
    let _kept = shards::keep(arguments, folder)?;
    say_what_counts_for_nothing(scenario, wanted.request.quiet);
    let mut attendant = Attendant::new(wanted.request.quiet, arguments.shard.is_some())?;
    let begun = Instant::now();
    let Joined::GoOn(meeting) =
        shards::join(arguments, scenario, &attendant.meter, &attendant.interrupt)?
    else {
        return Ok(Exit::Interrupted);
    };
    let around = (wanted.targets, wanted.federation);
    let providers = Providers::new(
        arguments,
        around,
        scenario,
        &attendant.meter,
        &wanted.prepares,
    );
    let mut providers = shards::or_leave(meeting.as_ref(), providers)?;
    let plan = Plan {
        preparing: wanted.prepares.preparing(providers.own.as_ref()),
        targets: std::mem::take(&mut providers.targets),
        logs: std::mem::take(&mut providers.logs),
        finders: std::mem::take(&mut providers.finders),
        trust: providers.trust.clone(),
        speed: arguments.speed,
        most_late: arguments.real.most_late,
        judge: wanted.judge,
        meeting,
        structure: false,
        others: wanted.others,
        scenario: scenario.clone(),
    };
    if stores_only {
        return store_only(plan, arguments, &mut attendant);
    }
    let (ended, seen) = attended(plan, &mut providers, wanted.scraped, &mut attendant)?;
    attendant.meter.say("making the report");
    let (own, not_again) = match providers.own {
        Some(own) => own.finish().map(|(own, failed)| (Some(own), failed))?,
        None => (None, Vec::new()),
    };
    let gone = own.map_or(Vec::new(), OwnProviders::stop);
    let places: Vec<usize> = gone.iter().map(|gone| gone.place).collect();
    let outcome = ended.outcome(&places, &seen)?;
    attendant.meter.clear();
    let not_again = not_again.iter().map(LiveError::to_string);
    let failed = not_again.chain(gone.into_iter().map(|gone| gone.how));
    let failed = failed.chain(outcome.parted.clone()).collect();
    let info = RunInfo {
        wall: begun.elapsed(),
        threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: wanted.command,
        peak_memory: memory::peak(),
        note: note(&outcome, scenario, &attendant),
        folder: Some(folder.clone()),
        real: Some(RealInfo {
            share: arguments.shard.map_or(Share::Whole, Share::One),
            ..machine::real(&outcome.generator, failed)
        }),
    };
    write_run(
        folder,
        scenario,
        &scenario.to_toml(),
        &outcome.record,
        &info,
    )?;
    shards::write(arguments, folder, &outcome, &info)?;
    let quiet = wanted.request.quiet;
    print(arguments.format, quiet, scenario, &outcome.record, &info)?;
    let summary = Summary::new(scenario, &outcome.record, &info);
    let outcomes = summary.thresholds.iter();
    output::unmet(
        quiet,
        outcomes.map(|one| (one.met, one.rule.as_str(), one.values())),
    );
    if quiet {
        complain(&summary);
    }
    Ok(exit(&outcome, &summary, &attendant))
}

/// Runs a load with somebody at the terminal and what is to go wrong with providers, and looks at servers meanwhile.
fn attended(
    plan: Plan,
    providers: &mut Providers,
    scraped: Vec<Watched>,
    attendant: &mut Attendant,
) -> Result<(Loaded, Seen), Failure> {
    let mut servers = std::mem::take(&mut providers.watched);
    servers.extend(scraped);
    let samples = Samples::begin(servers).map_err(Failure::from);
    let samples = shards::or_leave(plan.meeting.as_ref(), samples)?;
    let own = &mut providers.own;
    if let Some(own) = own {
        own.tell(samples.watching());
    }
    let mut looked = Ok(());
    let ended = run(plan, &mut |view| {
        if let Some(own) = own {
            looked = own.look(view);
        }
        match &looked {
            Ok(()) => attendant.attend(view, || own.as_mut()?.gone()),
            Err(_) => Order::Stop,
        }
    });
    attendant.keys.stop();
    looked?;
    Ok((ended?, samples.end()))
}

/// Prepares, stores that, and ends there.
fn store_only(
    plan: Plan,
    arguments: &LoadArguments,
    attendant: &mut Attendant,
) -> Result<Exit, Failure> {
    let stored = store(plan, &mut |view| attendant.attend(view, || None));
    attendant.keys.stop();
    attendant.meter.clear();
    match stored? {
        true => preparation::print_stored(arguments),
        false => Ok(Exit::Interrupted),
    }
}

/// Who is loaded.
struct Providers {
    targets: Vec<Target>,
    trust: Trust,
    /// What they write down; nothing of those that run already.
    logs: Vec<Lines>,
    /// What they write down where others are under test.
    finders: Vec<Lines>,
    watched: Vec<Watched>,
    /// Where they are of this command's own, and what is to happen to them.
    own: Option<Outages>,
}

impl Providers {
    /// Those that run already; or some that are started.
    fn new(
        arguments: &LoadArguments,
        (targets, federation): (Vec<Target>, Option<Federation>),
        scenario: &Scenario,
        meter: &Meter,
        prepares: &Prepares,
    ) -> Result<Self, Failure> {
        if let Some(ca) = &arguments.ca {
            let trust = Trust::read(ca)?;
            return Ok(Self {
                targets,
                trust,
                logs: Vec::new(),
                finders: Vec::new(),
                watched: Vec::new(),
                own: None,
            });
        }
        meter.say("starting providers");
        let store = arguments.store.clone();
        let program = std::env::current_exe()?;
        let others = federation.iter().flat_map(|all| all.others.clone());
        let others: Vec<Target> = others.collect();
        let own = match federation {
            Some(federation) => OwnProviders::start_beside(&program, scenario, store, federation)?,
            None => OwnProviders::start_with(&program, scenario, store.clone(), |folder| {
                prepares.put_stores(folder, store.as_ref())
            })?,
        };
        // What hubs and followers under test do is known from clients alone.
        let (logs, finders) = match others.is_empty() {
            true => (own.logs()?, Vec::new()),
            false => (Vec::new(), own.logs()?),
        };
        Ok(Self {
            targets: in_order(scenario, [own.targets(), others].concat()),
            trust: own.trust()?,
            logs,
            finders,
            watched: own.watched(),
            own: Some(Outages::new(own, arguments.outages())),
        })
    }
}

/// Providers in the scenario's order.
fn in_order(scenario: &Scenario, mut targets: Vec<Target>) -> Vec<Target> {
    let all = &scenario.providers;
    targets.sort_by_key(|target| all.iter().position(|one| one.domain == target.domain));
    targets
}

/// How a load ends. What must not be relied on comes before what somebody asked for, and that before what was measured.
fn exit(outcome: &Outcome, summary: &Summary, attendant: &Attendant) -> Exit {
    let real = summary.real.as_ref();
    let failed = real.is_some_and(|real| !real.failed.is_empty());
    let kept_up = real.is_none_or(|real| real.kept_up);
    if failed || !outcome.holds() {
        Exit::Failed
    } else if attendant.interrupt.asked() && outcome.record.partial {
        Exit::Interrupted
    } else if outcome.ended_by.is_some() || !kept_up || !summary.is_as_it_has_to_be() {
        Exit::Threshold
    } else {
        Exit::Done
    }
}

/// Why it is partial, where it is.
fn note(outcome: &Outcome, scenario: &Scenario, attendant: &Attendant) -> Option<String> {
    if !outcome.record.partial {
        return None;
    }
    let end = units::seconds(outcome.record.end.as_secs_f64());
    let gone = attendant.gone.as_ref().map(|gone| &gone.how);
    let why = outcome.ended_by.as_ref().or(gone);
    Some(match why.or(outcome.parted.as_ref()) {
        Some(why) => format!("ended early after {end}: {why}"),
        None => interrupted_at(&outcome.record, scenario),
    })
}

/// Says on standard error what must not be missed where nothing else is said.
pub(crate) fn complain(summary: &Summary) {
    let Some(real) = &summary.real else {
        return;
    };
    let mut all = Vec::new();
    if !real.kept_up {
        all.push("the generator was the limit".to_owned());
        all.extend(real.limits.iter().cloned());
    }
    all.extend(real.failed.iter().cloned());
    all.extend(real.violations.iter().take(MOST_NAMED).cloned());
    all.extend(summary.simulator.note.clone());
    for line in all {
        eprintln!("error: {}", visible(&line));
    }
}
