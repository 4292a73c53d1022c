//! `throng merge`: the shards of a load put together; [`sweeps`]: those of a sweep. What the folders hold says which they are.

mod sweeps;

use crate::arguments::MergeArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load::complain;
use crate::request::{checked, line};
use crate::run::print;
use crate::{memory, output};
use std::path::{Path, PathBuf};
use std::time::Instant;
use throng_record::merge::{self, generators};
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::folder::atomic;
use throng_reports::measures::Rule;
use throng_reports::run_info::{Machine, RealInfo, ShardInfo, Share};
use throng_reports::shards::{Shards, ShardsError, is_load, read_shards};
use throng_reports::{RunInfo, Summary, write_run};
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// Reads the folders of all shards, and writes one report of the load.
pub(crate) fn merge(arguments: &MergeArguments) -> Result<Exit, Failure> {
    let begun = Instant::now();
    for rule in &arguments.threshold {
        Rule::threshold(rule)?;
    }
    let out = &arguments.out;
    if arguments.shards.iter().any(|shard| same(shard, out)) {
        return Err(Failure::OverShard { path: out.clone() });
    }
    let (sweep, load) = (find(arguments, is_sweep), find(arguments, is_load));
    match (sweep, load) {
        (Some(sweep), Some(load)) => return Err(Failure::MixedShards { sweep, load }),
        (Some(_), None) => return sweeps::merge(arguments),
        _ => {}
    }
    if is_sweep(out) {
        return Err(Failure::OtherKind {
            path: out.clone(),
            holds: "a sweep",
        });
    }
    let shards = read_shards(&arguments.shards)?;
    let scenario = scenario(&shards, &arguments.threshold)?;
    let record = merge::merge(&shards.parts);
    // There is one, at least: the command line says so.
    let record = record.ok_or(ShardsError::Missing {
        of: 0,
        missing: "shard".to_owned(),
    })?;
    atomic::check_writable(out)?;
    let info = RunInfo {
        wall: begun.elapsed(),
        threads: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(arguments),
        peak_memory: memory::peak(),
        note: partial(&shards, record.partial),
        folder: Some(out.clone()),
        real: Some(RealInfo {
            machine: machine(&shards.infos),
            generator: generators::merge(&shards.parts),
            failed: shards.failed,
            share: Share::All(shards.infos),
        }),
    };
    write_run(out, &scenario, &scenario.to_toml(), &record, &info)?;
    print(arguments.format, arguments.quiet, &scenario, &record, &info)?;
    let summary = Summary::new(&scenario, &record, &info);
    let outcomes = summary.thresholds.iter();
    output::unmet(
        arguments.quiet,
        outcomes.map(|one| (one.met, one.rule.as_str(), one.values())),
    );
    if arguments.quiet {
        complain(&summary);
    }
    Ok(exit(&summary))
}

/// The first folder that is one of these.
fn find(arguments: &MergeArguments, is: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    arguments.shards.iter().find(|shard| is(shard)).cloned()
}

/// As a load ends that one process makes.
fn exit(summary: &Summary) -> Exit {
    let real = summary.real.as_ref();
    let failed = real.is_some_and(|real| !real.failed.is_empty() || !real.violations.is_empty());
    let kept_up = real.is_none_or(|real| real.kept_up);
    if failed || summary.partial {
        Exit::Failed
    } else if !kept_up || !summary.is_as_it_has_to_be() {
        Exit::Threshold
    } else {
        Exit::Done
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

/// The scenario of all, with what it has to meet besides.
fn scenario(shards: &Shards, thresholds: &[String]) -> Result<Scenario, Failure> {
    let source = ScenarioSource::inline("scenario.toml", shards.scenario.clone());
    let mut scenario = checked(&source, &[])?;
    scenario.thresholds.extend_from_slice(thresholds);
    Ok(scenario)
}

fn command(arguments: &MergeArguments) -> String {
    let mut words = vec!["throng".to_owned(), "merge".to_owned()];
    let shown = |path: &Path| path.display().to_string();
    words.extend(arguments.shards.iter().map(|path| shown(path)));
    words.extend(["--out".to_owned(), shown(&arguments.out)]);
    for rule in &arguments.threshold {
        words.extend(["--threshold".to_owned(), rule.clone()]);
    }
    line(&words)
}

/// Why it is partial, where it is: whatever ended one shard.
fn partial(shards: &Shards, partial: bool) -> Option<String> {
    let noted = shards.infos.iter().filter_map(|info| {
        let note = info.note.as_ref()?;
        Some(format!("shard {}: {note}", info.shard))
    });
    let notes: Vec<String> = noted.filter(|_| partial).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// The machine on which all ran, or what there is to say of several.
fn machine(infos: &[ShardInfo]) -> Machine {
    let mut all: Vec<&Machine> = Vec::new();
    for info in infos {
        if !all.contains(&&info.machine) {
            all.push(&info.machine);
        }
    }
    match all.as_slice() {
        [one] => (*one).clone(),
        several => {
            let processors = several.iter().filter_map(|one| one.processor.clone());
            let processors: Vec<String> = processors.collect();
            let systems: Vec<String> = several.iter().map(|one| one.system.clone()).collect();
            Machine {
                processor: Some(processors.join(" and ")).filter(|all| !all.is_empty()),
                cores: several.iter().map(|one| one.cores).sum(),
                system: systems.join(" and "),
            }
        }
    }
}
