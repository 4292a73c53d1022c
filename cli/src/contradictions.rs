//! Flags that say two things of one key.
//!
//! `--set` may be repeated: the last of them counts, as its help says. What has a flag of its own, or is varied, must not be set
//! besides.

use crate::arguments::{
    CapacityArguments, Engine, ScenarioArguments, SimulationArguments, SweepArguments,
};
use crate::failure::Failure;
use throng_experiments::Axis;

/// Whether `--seed` and `--engine` are also set in another way.
pub(crate) fn in_scenario(
    arguments: &ScenarioArguments,
    engine: Option<Engine>,
) -> Result<(), Failure> {
    let seed = arguments
        .seed
        .map(|seed| ("seed", format!("--seed {seed}")));
    let engine = engine.map(|engine| ("engine", format!("--engine {}", engine.name())));
    for (key, flag) in seed.into_iter().chain(engine) {
        if let Some(set) = setting(arguments, key) {
            return Err(contradiction(flag, set));
        }
    }
    Ok(())
}

/// Whether what a sweep varies is set besides, or is none of its business.
pub(crate) fn in_sweep(arguments: &SweepArguments, axes: &[Axis]) -> Result<(), Failure> {
    let SimulationArguments {
        scenario, engine, ..
    } = &arguments.simulation;
    in_scenario(scenario, *engine)?;
    if let Some(set) = setting(scenario, "run") {
        return Err(contradiction(
            "--replicas, which numbers the runs,".to_owned(),
            set,
        ));
    }
    for (at, axis) in axes.iter().enumerate() {
        let nested = |other: &&Axis| holds(&axis.key, &other.key) || holds(&other.key, &axis.key);
        // One key twice is told better elsewhere.
        let nested = axes[..at]
            .iter()
            .filter(|other| other.key != axis.key)
            .find(nested);
        if let Some(other) = nested {
            let [one, other] = [axis, other].map(|axis| format!("--vary {}", axis.key));
            return Err(contradiction(one, other));
        }
        let key = axis.key.as_str();
        let vary = format!("--vary {key}");
        let flag = match key {
            "run" => Some("--replicas, which numbers the runs,".to_owned()),
            "seed" => scenario.seed.map(|seed| format!("--seed {seed}")),
            "engine" => engine.map(|engine| format!("--engine {}", engine.name())),
            "thresholds" => Some("--threshold, on which no run depends,".to_owned()),
            _ => None,
        };
        if let Some(other) = flag.or_else(|| setting(scenario, key)) {
            return Err(contradiction(vary, other));
        }
    }
    Ok(())
}

/// Whether the key whose capacity is looked for is set besides, or is none of its business.
pub(crate) fn in_capacity(arguments: &CapacityArguments) -> Result<(), Failure> {
    in_scenario(&arguments.scenario, arguments.engine)?;
    let key = arguments.vary.trim();
    let replicas = || "--replicas, which numbers the runs,".to_owned();
    if let Some(set) = setting(&arguments.scenario, "run") {
        return Err(contradiction(replicas(), set));
    }
    let other = match key {
        "run" => Some(replicas()),
        "seed" => Some("the replicas, which all have one seed,".to_owned()),
        // What is set is where the search begins, so that only what holds the key or is in it contradicts.
        _ => None,
    };
    match other {
        Some(other) => Err(contradiction(format!("--vary {key}"), other)),
        None => Ok(()),
    }
}

fn contradiction(one: String, other: String) -> Failure {
    Failure::Contradiction { one, other }
}

/// The last `--set` of this key, of one inside it, or of one that holds it.
fn setting(arguments: &ScenarioArguments, key: &str) -> Option<String> {
    let same = |set: &&String| {
        let (other, _) = set.split_once('=').unwrap_or((set.as_str(), ""));
        holds(key, other.trim()) || holds(other.trim(), key)
    };
    let set = arguments.set.iter().rfind(same)?;
    Some(format!("--set {set}"))
}

/// Whether a key is another, or holds it.
fn holds(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
