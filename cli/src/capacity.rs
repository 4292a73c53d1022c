//! `throng capacity`: the largest value of a key at which a scenario is as it has to be, what binds there, and what the answer depends on.
//!
//! - [`key`]: which key, and between which values.
//! - [`nowhere`]: what is said where there is none.
//! - [`runs`]: what all runs say together.
//! - [`study`]: the runs: variants of the scenario, searched one after another.

mod key;
mod nowhere;
mod runs;
mod study;

use crate::arguments::{CapacityArguments, Format};
use crate::contradictions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::forecast;
use crate::output;
use crate::request::{Request, folder};
use key::{Key, share};
use study::{Asked, Study};
use throng_reports::capacity::model::AtLeast;
use throng_reports::measures::Rule;
use throng_reports::{capacity_text, write_capacity};
use throng_workloads::scenario::CostSource;
use throng_workloads::visible::visible_path;

/// Searches, and says what came of it.
pub(crate) fn capacity(arguments: &CapacityArguments) -> Result<Exit, Failure> {
    contradictions::in_capacity(arguments)?;
    let request = Request::new(&arguments.scenario, arguments.engine, &arguments.process)?;
    let base = request.scenario()?;
    if base.cost.source == CostSource::Measured {
        return Err(Failure::MeasuredSweep);
    }
    let slo = match arguments.slo.as_slice() {
        [] => base.thresholds.clone(),
        slo => slo.to_vec(),
    };
    if slo.is_empty() {
        return Err(Failure::NoSlo);
    }
    let rules: Vec<Rule> = slo
        .iter()
        .map(|rule| Rule::threshold(rule))
        .collect::<Result<_, _>>()?;
    let precision = share("--precision", &arguments.precision)?;
    let within = arguments.within.as_deref();
    let within = within.map(|typed| share("--within", typed)).transpose()?;
    let key = Key::new(arguments, &request, &base, precision)?;
    let at_least = arguments.at_least.as_deref();
    let at_least = at_least
        .map(|value| key.value("--at-least", value))
        .transpose()?;
    let asked = Asked {
        rules: &rules,
        replicas: arguments.replicas,
        within,
        cores: arguments.shared_cores.map(usize::from),
        at_least,
        steps: arguments.binding,
        inputs: &arguments.sensitivity,
    };
    let study = Study::new(&request, &base, &key, &asked)?;
    forecast::warn(&base, request.quiet);
    let Some(mut capacity) = study.make()? else {
        eprintln!("interrupted: nothing was written");
        return Ok(Exit::Interrupted);
    };
    capacity.slo = slo;
    capacity.command = request.command("capacity", Some(base.seed), &words(arguments));
    capacity.at_least = at_least.map(|value| AtLeast {
        value,
        met: match capacity.answer.low {
            Some(low) => low >= value,
            None => capacity.answer.all_hold == capacity.replicas.len() && key.range.high >= value,
        },
    });
    let out = folder(arguments.out.as_deref(), "capacities", &base);
    let written = write_capacity(&out, &capacity)?;
    match arguments.format {
        Format::Json => output::print(&capacity.to_json())?,
        Format::Text if request.quiet => {}
        Format::Text => {
            let mut text = capacity_text(&capacity, output::takes_colour());
            text.push_str(&format!("\n  command  {}\n", capacity.command));
            text.push_str(&format!("  files    {}\n", visible_path(&written.dir)));
            let page = out.join("report.html");
            text.push_str(&format!("  page     {}\n", visible_path(&page)));
            output::print(&text)?;
        }
    }
    let met = capacity.at_least.is_none_or(|least| least.met);
    if let Some(least) = capacity.at_least {
        let rule = format!("at least {}", capacity.shown.value(least.value));
        let found = "the lower end of the interval is less, or there is none".to_owned();
        output::unmet(
            request.quiet,
            [(least.met, rule.as_str(), found)].into_iter(),
        );
    }
    Ok(match met {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// The flags of a search that ask for the same, but for the folder.
fn words(arguments: &CapacityArguments) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    for rule in &arguments.slo {
        add("--slo", rule);
    }
    add("--vary", arguments.vary.trim());
    for (flag, value) in [
        ("--from", &arguments.from),
        ("--to", &arguments.to),
        ("--at-least", &arguments.at_least),
    ] {
        if let Some(value) = value {
            add(flag, value);
        }
    }
    add("--replicas", &arguments.replicas.to_string());
    if arguments.precision != "1%" {
        add("--precision", &arguments.precision);
    }
    if let Some(within) = &arguments.within {
        add("--within", within);
    }
    if let Some(cores) = arguments.shared_cores {
        add("--shared-cores", &cores.to_string());
    }
    if arguments.binding != 2 {
        add("--binding", &arguments.binding.to_string());
    }
    if arguments.sensitivity != ["all"] {
        add("--sensitivity", &arguments.sensitivity.join(","));
    }
    words
}
