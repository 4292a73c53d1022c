//! `throng twin`: a scenario simulated and run for real, held against each other.

use crate::arguments::{Format, TwinArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::request::{Request, folder};
use crate::run::{simulate, start_threads};
use crate::{load, machine, memory, output};
use std::path::Path;
use std::time::{Duration, Instant};
use throng_cost::{CostProfile, Units};
use throng_experiments::cold::{Cold, Talk};
use throng_experiments::quiet::{
    Way, Ways, conversation, conversation_of_all, silence_of_all, sync, ways,
};
use throng_experiments::twin::{Surroundings, simulated};
use throng_live::load::own::OwnProviders;
use throng_live::load::samples::Samples;
use throng_live::load::{Others, Outcome, Plan, Preparing};
use throng_live::measure;
use throng_record::Record;
use throng_reports::folder::atomic;
use throng_reports::twin::{Run, Twin, Within};
use throng_reports::{RunInfo, twin_text, units, write_twin};
use throng_stacks::live;
use throng_workloads::scenario::{LeafChecks, MachineCosts, ProfileSpec, Scenario, WholeTree};
use throng_workloads::visible::visible_path;
use throng_world::stacks;

/// Runs a scenario for real, simulates the same on what is known of the machine, and says how far the two are apart.
pub(crate) fn twin(arguments: &TwinArguments) -> Result<Exit, Failure> {
    let request = Request::of_real(&arguments.real, &[])?;
    let scenario = Plan::in_real_time(request.scenario()?, 1.0, true)?;
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
    let Some(machine) = by.machine(&scenario)? else {
        return Ok(interrupted());
    };
    let real = by.for_real(&scenario)?;
    if real.outcome.record.partial {
        return Ok(interrupted());
    }
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
    let told = told(arguments, &machine);
    let by_state = stacks::vocabulary(real.scenario).map_or(&[][..], |words| words.by_state);
    let twin = Twin::new(imagined, real, told, &bounds, by_state, machine.ways.doubt);
    write_twin(&folder, &twin, imagined, real)?;
    print(arguments, &request, &twin, &folder)?;
    Ok(match (holds, twin.agrees()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Threshold,
        (true, true) => Exit::Done,
    })
}

/// What came of a real run.
struct Real {
    outcome: Outcome,
    wall: Duration,
}

/// How runs are made here.
struct By<'a> {
    arguments: &'a TwinArguments,
    quiet: bool,
    costs: Option<MachineCosts>,
    interrupt: &'a Interrupt,
}

impl By<'_> {
    fn for_real(&self, scenario: &Scenario) -> Result<Real, Failure> {
        let mut meter = Meter::new(self.quiet);
        meter.say("starting providers");
        let begun = Instant::now();
        let own = OwnProviders::start(&std::env::current_exe()?, scenario, None)?;
        let plan = Plan {
            targets: own.targets(),
            logs: own.logs()?,
            finders: Vec::new(),
            trust: own.trust()?,
            speed: 1.0,
            most_late: self.arguments.real.most_late,
            judge: None,
            meeting: None,
            structure: true,
            preparing: Preparing::Made,
            others: Others::default(),
            scenario: scenario.clone(),
        };
        let samples = Samples::begin(own.watched())?;
        let loaded = load::follow(plan, &mut meter, self.interrupt)?;
        let seen = samples.end();
        if let Some(gone) = own.stop().into_iter().next() {
            return Err(gone.into());
        }
        let outcome = loaded.outcome(&[], &seen)?;
        meter.clear();
        Ok(Real {
            outcome,
            wall: begun.elapsed(),
        })
    }

    fn simulated(&self, scenario: &Scenario, command: &str) -> Result<Record, Failure> {
        let cores = Some(machine::machine().cores);
        simulate(scenario, command, self.quiet, cores, self.interrupt)
    }

    fn surroundings(&self, (ways, sync): (Ways, Way), cold: Cold) -> Result<Surroundings, Failure> {
        let (profile, units) = self.profile()?;
        Ok(Surroundings {
            ways,
            sync,
            costs: cold.of_providers(&profile, &units),
            clients: cold.of_clients(&profile, &units),
        })
    }

    /// What operations cost, and of which units.
    fn profile(&self) -> Result<(CostProfile, Units), Failure> {
        let units = live::vocabulary().units;
        let spec = ProfileSpec {
            factor: 1.0,
            measured: self.costs.clone(),
            whole_tree: WholeTree::Anew,
            leaf_checks: LeafChecks::Pairwise,
        };
        Ok((CostProfile::of_scenario("twin", &spec, units), units))
    }

    /// What there is to know of this machine, from quiet conversations; nothing where one was interrupted.
    fn machine(&self, scenario: &Scenario) -> Result<Option<Machine>, Failure> {
        let conversations = [
            conversation(scenario, 1)?,
            conversation(scenario, 2)?,
            conversation_of_all(scenario)?,
            silence_of_all(scenario)?,
        ];
        // Each time for a while: now and then a disk is busy with something else.
        let (mut quiet, mut well, mut waited) = (Vec::new(), true, Vec::new());
        for conversation in conversations {
            waited.extend(measure::sync(None)?);
            let scenario = Plan::in_real_time(conversation, 1.0, true)?;
            let real = self.for_real(&scenario)?.outcome;
            well &= real.holds() && real.generator.limits.is_empty();
            if real.record.partial {
                return Ok(None);
            }
            let generator = (real.generator.cpu, real.generator.lasted);
            quiet.push((scenario, real.record, generator));
        }
        let [one, two, all, silent] = &quiet[..] else {
            return Ok(None);
        };
        let sync = sync(&waited)?;
        let said = |(scenario, ..): &(_, _, _)| self.at_once(scenario, sync, Cold::NOT);
        let (Some(of_silent), Some(of_all)) = (said(silent)?, said(all)?) else {
            return Ok(None);
        };
        let (profile, units) = self.profile()?;
        let [silent, all] = [(silent, &of_silent), (all, &of_all)].map(|(talk, simulated)| Talk {
            real: &talk.1,
            generator: talk.2,
            simulated,
        });
        let cold = Cold::between(&silent, &all, (&profile, &units));
        let again = |(scenario, ..): &(_, _, _)| self.at_once(scenario, sync, cold);
        let (Some(by_one), Some(by_two)) = (again(one)?, again(two)?) else {
            return Ok(None);
        };
        let messages = |real: &Record, imagined: &Record| {
            (
                real.latencies.message.clone(),
                imagined.latencies.message.clone(),
            )
        };
        let (one, two) = (messages(&one.1, &by_one), messages(&two.1, &by_two));
        let mut ways = ways((&one.0, &one.1), (&two.0, &two.1))?;
        if !well {
            ways.doubt = Some(
                "a conversation went wrong, or the generator did not keep up with it; try again",
            );
        }
        Ok(Some(Machine { ways, sync, cold }))
    }

    /// A conversation with ways that take no time; nothing where that was interrupted.
    fn at_once(
        &self,
        scenario: &Scenario,
        sync: Way,
        cold: Cold,
    ) -> Result<Option<Record>, Failure> {
        let at_once = Ways {
            doubt: None,
            client: Way::NONE,
            provider: Way::NONE,
        };
        let scenario = simulated(scenario, &self.surroundings((at_once, sync), cold)?);
        let record = self.simulated(&scenario, "throng twin")?;
        Ok((!record.partial).then_some(record))
    }
}

/// What a simulation is told of the machine.
struct Machine {
    ways: Ways,
    /// How long a provider's store waits for what it writes to.
    sync: Way,
    /// How many times as long everybody takes as costs say.
    cold: Cold,
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
    let Machine { ways, sync, cold } = machine;
    let way = |way: Way| {
        let deviation = units::seconds(way.variance.sqrt());
        format!("{} (± {deviation})", units::seconds(way.mean))
    };
    let mut told = vec![format!(
        "simulated with ways of {} between a client and its provider and of {} between providers: what quiet conversations on this machine took beyond CPU time, just before",
        way(ways.client),
        way(ways.provider)
    )];
    told.push(format!(
        "nobody hears of anything before a provider's file has it, which waits {} for the disk beyond CPU time, as it did just before",
        way(*sync)
    ));
    told.push(match &arguments.profile {
        Some(path) => format!(
            "simulated with the costs of {}",
            visible_path(path)
        ),
        None => "simulated with the built-in costs, which were measured on another machine; `throng calibrate` measures this one, and --profile names its file".to_owned(),
    });
    told.push(format!(
        "clients take {} times as long for MLS as those costs say and {} times for each record that they receive, and providers {} times for all, as they did where the same people said little: what is measured over and over finds the caches warm",
        units::significant(cold.seen),
        units::significant(cold.records),
        units::significant(cold.providers)
    ));
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
