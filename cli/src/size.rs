//! `throng size`: from people and habits to machines. [`people`] makes the scenario, [`flags`] says which flag a
//! mistake is of.

mod flags;
mod people;

use crate::arguments::size::{HEADROOM, REPLICATION, RETENTION, SERVER};
use crate::arguments::{SizeArguments, SizeFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Meter;
use crate::request::{folder, line};
use crate::run::start_threads;
use people::People;
use throng_experiments::RunError;
use throng_experiments::size;
use throng_record::Record;
use throng_reports::folder::atomic;
use throng_reports::measures::Rule;
use throng_reports::size::live::PROCESS;
use throng_reports::size::{Assumption, Inputs, Machine, Origin, study};
use throng_reports::{size_csv, size_markdown, units, write_size};
use throng_workloads::scenario::{Rate, Scenario};
use throng_workloads::units::{Quantity, parse_span};
use throng_workloads::visible::visible_path;

/// What holds where nobody says otherwise.
const LEVEL: &str = "message.p99 < 1s";

/// Simulates parts of the population, and says what machines all of it needs.
pub(crate) fn size(arguments: &SizeArguments) -> Result<Exit, Failure> {
    let people = People::of(arguments)?;
    if arguments.print_scenario {
        output::print(&people.scenario.to_toml())?;
        return Ok(Exit::Done);
    }
    let inputs = inputs(arguments, people)?;
    let folder = folder(arguments.out.as_deref(), "sizes", &inputs.scenario);
    start_threads(arguments.process.threads)?;
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let quiet = arguments.process.quiet;
    let sizing = study(&inputs, arguments.simulate, |scenario, [at, of]| {
        // Before the first run, and after all that could be wrong with the scenario.
        if at == 1 {
            atomic::check_writable(&folder)?;
        }
        simulate(scenario, &format!("run {at} of {of}"), quiet, &interrupt)
    });
    let sizing = sizing.map_err(|failure| match failure {
        Failure::Size(error) => flags::blamed(error, arguments),
        Failure::NoMachine(error) => Failure::of(listed(arguments))(error.to_string()),
        other => other,
    })?;
    let Some(sizing) = sizing else {
        eprintln!("interrupted: nothing was written");
        return Ok(Exit::Interrupted);
    };
    write_size(&folder, &sizing)?;
    match arguments.format {
        SizeFormat::Json => output::print(&sizing.to_json())?,
        SizeFormat::Csv => output::print(&size_csv(&sizing))?,
        SizeFormat::Markdown if quiet => {}
        SizeFormat::Markdown => {
            let page = visible_path(&folder);
            output::print(&size_markdown(&sizing))?;
            output::print(&format!("\nThe page is {page}/report.html.\n"))?;
        }
    }
    let unmet = sizing.checks.iter().filter(|check| check.decides);
    output::unmet(
        quiet,
        unmet.map(|check| (check.met, check.what.as_str(), check.found.clone())),
    );
    Ok(match sizing.holds() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// One run; nothing where the user stopped it.
fn simulate(
    scenario: &Scenario,
    which: &str,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<Option<Record>, Failure> {
    let mut meter = Meter::new(quiet);
    meter.say(&format!(
        "{which}: {} users",
        units::count(scenario.users.count.into())
    ));
    let made = size::run(scenario, |world| {
        meter.show(|| world.progress());
        interrupt.asked()
    });
    meter.clear();
    made.map_err(|error| match error {
        RunError::Simulation(error) => Failure::Simulation(error),
        error => Failure::Run(error),
    })
}

/// What is asked, all flags read.
fn inputs(arguments: &SizeArguments, people: People) -> Result<Inputs, Failure> {
    let silent = people.scenario.messages.rate == Rate::Poisson(0.0);
    let levels = match arguments.slo.as_slice() {
        // What holds of messages says nothing where there are none.
        [] if silent => Vec::new(),
        [] => vec![LEVEL.to_owned()],
        given => given.to_vec(),
    };
    let levels = levels.iter().map(|level| Rule::threshold(level));
    let levels = levels.collect::<Result<Vec<Rule>, _>>()?;
    let of_messages = |level: &&Rule| level.pattern().starts_with("message");
    if let Some(level) = levels.iter().find(of_messages).filter(|_| silent) {
        return Err(Failure::of("--slo")(format!(
            "{}: nobody sends a message; expected more --messages than 0, or a level of something else, such as 'join.p99 < 2s'",
            level.text()
        )));
    }
    let headroom = Quantity::Share
        .parse(&arguments.headroom)
        .map_err(Failure::of("--headroom"))?;
    if !(0.0..1.0).contains(&headroom) {
        return Err(Failure::of("--headroom")(format!(
            "{} leaves nothing to work with; expected less than 100%",
            arguments.headroom
        )));
    }
    let retention = parse_span(&arguments.retention).map_err(Failure::of("--retention"))?;
    let machines = match &arguments.machines {
        Some(path) => Machine::read(path)?,
        None => vec![server(&arguments.server)?],
    };
    has_room(arguments, &machines, headroom)?;
    let mut assumptions = people.assumptions;
    assumptions.extend(service(arguments, &levels, &machines));
    Ok(Inputs {
        factor: people.factor,
        headroom,
        retention_days: retention.as_secs_f64() / 86_400.0,
        replication: f64::from(arguments.replication),
        levels,
        attachments: people.attachments,
        attachment_bytes: people.attachment_bytes,
        assumptions,
        machines,
        priced: arguments.machines.is_some(),
        command: line(&words(std::env::args().skip(1))),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: people.scenario,
    })
}

/// The flag that says which machines there are.
fn listed(arguments: &SizeArguments) -> &'static str {
    match arguments.machines {
        Some(_) => "--machines",
        None => "--server",
    }
}

/// Whether the largest machine holds a process and has the headroom besides: no number of machines would do otherwise.
fn has_room(arguments: &SizeArguments, machines: &[Machine], headroom: f64) -> Result<(), Failure> {
    let most = machines.iter().map(|one| one.memory).fold(0.0, f64::max);
    let process = units::bytes_f64(PROCESS);
    if most <= PROCESS {
        return Err(Failure::of(listed(arguments))(format!(
            "no machine has more than {} of memory, and a process takes {process}; expected more",
            units::bytes_f64(most)
        )));
    }
    let left = most * (1.0 - headroom);
    if left > PROCESS {
        return Ok(());
    }
    // Rounded down, so that what is said to be right is.
    let right = ((1.0 - PROCESS / most) * 1e3).floor() / 10.0;
    Err(Failure::of("--headroom")(format!(
        "{} leaves {} of the {} that a machine has, and a process takes {process}; expected {right}% or less, or larger machines",
        arguments.headroom,
        units::bytes_f64(left),
        units::bytes_f64(most)
    )))
}

/// The command as it was typed, without what cannot change what it says.
fn words(typed: impl Iterator<Item = String>) -> Vec<String> {
    let mut words = vec!["throng".to_owned()];
    let mut skip = false;
    for word in typed {
        let name = word.split('=').next().unwrap_or_default();
        let idle = ["--out", "--format", "--threads"].contains(&name);
        if skip || ["--quiet", "-q"].contains(&name) {
            skip = false;
        } else if idle {
            skip = !word.contains('=');
        } else {
            words.push(word);
        }
    }
    words
}

/// A machine without a price, of `cores,memory,network`.
fn server(typed: &str) -> Result<Machine, Failure> {
    let bad = Failure::of("--server");
    let parts: Vec<&str> = typed.split(',').map(str::trim).collect();
    let [cores, memory, network] = parts[..] else {
        return Err(bad(format!(
            "{typed:?} is not three values; expected such as '{SERVER}'"
        )));
    };
    let whole: u32 = cores
        .parse()
        .ok()
        .filter(|cores| (1..=1_000_000).contains(cores))
        .ok_or_else(|| {
            bad(format!(
                "{cores:?} is no number of cores; expected a whole number such as 4"
            ))
        })?;
    let memory = Quantity::Size.parse(memory).map_err(&bad)?;
    let network = Quantity::Bandwidth.parse(network).map_err(&bad)?;
    if memory <= 0.0 || network <= 0.0 {
        return Err(bad(format!(
            "{typed:?} has none of something; expected such as '{SERVER}'"
        )));
    }
    Ok(Machine {
        name: format!("server of {whole} cores"),
        cores: whole,
        memory,
        network,
        price: 0.0,
    })
}

/// What the service has to be, and where that comes from.
fn service(arguments: &SizeArguments, levels: &[Rule], machines: &[Machine]) -> Vec<Assumption> {
    // clap knows which flags were typed, but only before it is done; defaults are what people type least.
    let row = |what: &str, value: String, given: bool, flag: &str| Assumption {
        what: what.to_owned(),
        value,
        origin: if given {
            Origin::Given
        } else {
            Origin::Default
        },
        source: match given {
            true => flag.to_owned(),
            false => format!("{flag} says otherwise"),
        },
    };
    let slo: Vec<&str> = levels.iter().map(Rule::text).collect();
    let slo = match slo.is_empty() {
        true => "nothing: nobody sends a message".to_owned(),
        false => slo.join(", "),
    };
    let shown = |machine: &Machine| {
        format!(
            "{}: {}, {}, {}",
            machine.name,
            units::counted(u64::from(machine.cores), "core", "cores"),
            units::bytes_f64(machine.memory),
            units::bits_a_second(machine.network),
        )
    };
    let machines: Vec<String> = machines.iter().map(shown).collect();
    vec![
        row(
            "kept for",
            arguments.retention.clone(),
            arguments.retention != RETENTION,
            "--retention",
        ),
        row(
            "copies of what is stored",
            arguments.replication.to_string(),
            arguments.replication != REPLICATION,
            "--replication",
        ),
        row(
            "machines idle in the busiest minute",
            arguments.headroom.clone(),
            arguments.headroom != HEADROOM,
            "--headroom",
        ),
        row(
            "has to hold in the busiest hour (peak)",
            slo,
            !arguments.slo.is_empty(),
            "--slo",
        ),
        row(
            "machines",
            machines.join("; "),
            arguments.machines.is_some() || arguments.server != SERVER,
            listed(arguments),
        ),
    ]
}
