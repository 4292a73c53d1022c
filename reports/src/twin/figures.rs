//! The figures of both runs.

use crate::measures::{self, Class, Measure};
use crate::summary::{ProviderSummary, Summary};
use crate::units;
use serde::Serialize;
use std::collections::BTreeMap;
use throng_record::Record;

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// The measure.
    pub measure: String,
    /// Its value in the simulation, in the measure's unit; absent where it did not happen.
    pub simulated: Option<f64>,
    /// Its value in the real run.
    pub real: Option<f64>,
    /// By how much the simulation is off, as a part of the real value; absent where one of both lacks it, or the real one is 0 and the
    /// other is not.
    pub off: Option<f64>,
    /// Whether it is a percentile that one of both has too few values for.
    pub too_few: bool,
    /// The simulated value as people write it.
    #[serde(skip)]
    pub simulated_shown: String,
    /// The real value as people write it.
    #[serde(skip)]
    pub real_shown: String,
}

/// What stands where a run has no such figure.
const NONE: &str = "–";

/// All figures that are about what was run, in the order of the measures.
pub(super) fn pairs(simulated: &Summary, real: &Summary) -> Vec<Pair> {
    let about = |summary: &Summary| {
        let all = measures::of(summary).into_iter();
        all.filter(|measure| measure.family.class == Class::Simulated)
            .map(|measure| (measures::Place::of(&measure.name), measure))
            .collect::<BTreeMap<_, _>>()
    };
    let (mut simulated, mut real) = (about(simulated), about(real));
    let mut places: Vec<_> = simulated.keys().chain(real.keys()).cloned().collect();
    places.sort();
    places.dedup();
    places
        .iter()
        .filter_map(|place| pair(simulated.remove(place), real.remove(place)))
        .collect()
}

/// What providers took, each as a whole: of a process nobody knows what of it was MLS, transport or storage. For as long as its process was
/// looked at, a simulated one takes `idle` of a core besides.
pub(super) fn processes(simulated: &Summary, real: &Record, idle: f64) -> Vec<Pair> {
    let Some(of_real) = &real.real else {
        return Vec::new();
    };
    let provider = |provider: &ProviderSummary| {
        let samples = of_real.servers.iter();
        let mut own = samples.filter(|sample| sample.server == provider.domain);
        let first = own.next()?;
        let (took, over) = own.fold((first.cpu, first.over), |(took, over), sample| {
            (took + sample.cpu, over + sample.over)
        });
        let operations: f64 = provider.cpu_s.values().sum();
        Some(seconds(
            format!("provider.{}.cpu", provider.domain),
            operations + idle * over.as_secs_f64(),
            took.as_secs_f64(),
        ))
    };
    simulated.providers.iter().filter_map(provider).collect()
}

fn seconds(measure: String, simulated: f64, real: f64) -> Pair {
    Pair {
        measure,
        simulated: Some(simulated),
        real: Some(real),
        off: (real != 0.0).then(|| (simulated - real) / real),
        too_few: false,
        simulated_shown: units::seconds(simulated),
        real_shown: units::seconds(real),
    }
}

fn pair(simulated: Option<Measure>, real: Option<Measure>) -> Option<Pair> {
    let one = real.as_ref().or(simulated.as_ref())?;
    let (measure, unit) = (one.name.clone(), one.family.unit);
    let shown = |side: &Option<Measure>| {
        let side = side.as_ref();
        side.map_or_else(|| NONE.to_owned(), |side| unit.show(side.value))
    };
    let value = |side: &Option<Measure>| side.as_ref().map(|side| side.value);
    let off = match (value(&simulated), value(&real)) {
        (Some(simulated), Some(real)) if simulated == real => Some(0.0),
        (Some(simulated), Some(real)) if real != 0.0 => Some((simulated - real) / real),
        _ => None,
    };
    let sides = [&simulated, &real];
    let too_few = sides
        .iter()
        .any(|side| side.as_ref().is_some_and(|side| side.beyond_count));
    Some(Pair {
        measure,
        simulated: value(&simulated),
        real: value(&real),
        off,
        too_few,
        simulated_shown: shown(&simulated),
        real_shown: shown(&real),
    })
}
