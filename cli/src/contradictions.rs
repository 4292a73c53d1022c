//! Flags that say two things of one key.
//!
//! `--set` may be repeated: the last of them counts, as its help says. What has a flag of its own, or is varied, must not be set
//! besides.

use crate::arguments::{Engine, ScenarioArguments, SweepArguments};
use crate::failure::Failure;
use throng_reports::sweep::Axis;

/// Whether `--seed` and `--engine` are said in another way, too.
pub(crate) fn in_scenario(
    arguments: &ScenarioArguments,
    engine: Option<&str>,
) -> Result<(), Failure> {
    let seed = arguments
        .seed
        .map(|seed| ("seed", format!("--seed {seed}")));
    let engine = engine.map(|engine| ("engine", format!("--engine {engine}")));
    for (key, flag) in seed.into_iter().chain(engine) {
        if let Some(set) = setting(arguments, key) {
            return Err(contradiction(flag, set));
        }
    }
    Ok(())
}

/// Whether what a sweep varies is set besides, or is none of its business.
pub(crate) fn in_sweep(arguments: &SweepArguments, axes: &[Axis]) -> Result<(), Failure> {
    in_scenario(&arguments.scenario, arguments.engine.map(Engine::name))?;
    if let Some(set) = setting(&arguments.scenario, "run") {
        return Err(contradiction(
            "--replicas, which numbers the runs,".to_owned(),
            set,
        ));
    }
    for axis in axes {
        let key = axis.key.as_str();
        let vary = format!("--vary {key}");
        let flag = match key {
            "run" => Some("--replicas, which numbers the runs,".to_owned()),
            "seed" => arguments.scenario.seed.map(|seed| format!("--seed {seed}")),
            "engine" => arguments
                .engine
                .map(|engine| format!("--engine {}", engine.name())),
            "thresholds" => Some("--threshold, on which no run depends,".to_owned()),
            _ => None,
        };
        if let Some(other) = flag.or_else(|| setting(&arguments.scenario, key)) {
            return Err(contradiction(vary, other));
        }
    }
    Ok(())
}

fn contradiction(one: String, other: String) -> Failure {
    Failure::Contradiction { one, other }
}

/// The last `--set` of this key, of one inside it, or of one that holds it.
fn setting(arguments: &ScenarioArguments, key: &str) -> Option<String> {
    let holds = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let same = |set: &&String| {
        let (other, _) = set.split_once('=').unwrap_or((set.as_str(), ""));
        holds(key, other.trim()) || holds(other.trim(), key)
    };
    let set = arguments.set.iter().rfind(same)?;
    Some(format!("--set {set}"))
}
