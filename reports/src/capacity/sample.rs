//! What one run of a search for a capacity came to.

use crate::RunInfo;
use crate::measures::{self, Rule, Unit, threshold};
use crate::summary::Summary;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// In which variant of the scenario: 0 is the scenario itself.
    pub variant: usize,
    /// Which replica.
    pub run: u32,
    /// The value of the key, in its base unit.
    pub value: f64,
    /// Whether all that is asked of it holds.
    pub holds: bool,
    /// By how much, where all of it can be said so: the least of all margins ([`Rule::margin`]).
    pub margin: Option<f64>,
    /// What is asked of things of which nothing was measured, as it was typed.
    pub empty: Vec<String>,
    /// What was found of each thing that is asked, for people, in its order.
    pub said: Vec<String>,
    /// Whether something asked for is a percentile of too few values.
    pub beyond_count: bool,
    /// What is asked about, by name of measure.
    pub asked: BTreeMap<String, f64>,
    /// What was used, by name: measures, [`PEAK`], [`LOST`] and [`END`].
    pub uses: BTreeMap<String, f64>,
    /// The run's fingerprint.
    pub fingerprint: String,
}

impl Sample {
    /// Of a finished run that has to be as these rules say.
    pub fn new(
        variant: usize,
        value: f64,
        rules: &[Rule],
        scenario: &Scenario,
        record: &Record,
    ) -> Self {
        let summary = Summary::new(scenario, record, &RunInfo::default());
        let measures = measures::of(&summary);
        let outcomes = threshold::check(rules, &measures);
        let mut margin = Some(f64::INFINITY);
        let mut asked = BTreeMap::new();
        for (rule, outcome) in rules.iter().zip(&outcomes) {
            for found in &outcome.found {
                asked.insert(found.measure.clone(), found.value);
                let unit = measures::family::find(&found.measure).map(|family| family.unit);
                let own = unit.and_then(|unit| rule.margin(unit, found.value));
                margin = margin.zip(own).map(|(least, own)| least.min(own));
            }
        }
        let holds = outcomes.iter().all(|outcome| outcome.met);
        let empty = outcomes.iter().filter(|outcome| outcome.found.is_empty());
        let beyond = outcomes.iter().flat_map(|outcome| &outcome.found);
        Self {
            variant,
            run: scenario.run,
            value,
            holds,
            margin: margin.filter(|margin| margin.is_finite() && (*margin >= 0.0) == holds),
            empty: empty.map(|outcome| outcome.rule.clone()).collect(),
            said: outcomes.iter().map(threshold::Outcome::values).collect(),
            beyond_count: beyond.into_iter().any(|found| found.beyond_count),
            asked,
            uses: uses(record, &measures),
            fingerprint: record.fingerprint.clone(),
        }
    }
}

/// Measures that say what was used, as patterns of names.
const USES: [&str; 11] = [
    "provider.*.utilisation",
    "provider.*.wait_max",
    "provider.*.to_clients",
    "provider.*.to_providers",
    "provider.*.access.*",
    "provider.*.access_wait_max.*",
    "provider.*.stored_max",
    "client.cpu.mean",
    "client.cpu.max",
    "counts.key_packages.exhausted",
    "traffic.bytes",
];

/// The busiest of the samples that a run takes of all providers' cores, as a share of these.
pub const PEAK: &str = "providers.peak";

/// The part of commits that a hub did not take, so that they had to be made anew.
pub const LOST: &str = "commits.lost";

/// The virtual time that was reached, in seconds.
pub const END: &str = "run.end";

fn uses(record: &Record, measures: &[measures::Measure]) -> BTreeMap<String, f64> {
    let wanted = |measure: &&measures::Measure| {
        let known = |pattern: &&str| crate::families::like(pattern, &measure.name);
        USES.iter().any(known)
    };
    let mut uses: BTreeMap<String, f64> = measures
        .iter()
        .filter(wanted)
        .map(|measure| (measure.name.clone(), measure.value))
        .collect();
    let cores: u32 = record.providers.iter().map(|row| row.cores).sum();
    let mut before = 0.0;
    let mut peak: f64 = 0.0;
    for point in &record.series {
        let lasts = point.time.as_secs_f64() - before;
        before = point.time.as_secs_f64();
        if lasts > 0.0 && cores > 0 {
            peak = peak.max(point.provider_busy.as_secs_f64() / (lasts * f64::from(cores)));
        }
    }
    // Work is counted when it is taken, so that one sample may have more than there was time for.
    uses.insert(PEAK.to_owned(), peak.min(1.0));
    let attempts = record.counts.commit_attempts;
    if attempts > 0 {
        let lost = attempts.saturating_sub(record.counts.commits_accepted);
        uses.insert(LOST.to_owned(), lost as f64 / attempts as f64);
    }
    uses.insert(END.to_owned(), record.end.as_secs_f64());
    uses
}

/// What was used at the capacity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Use {
    /// Its name, most often that of a measure.
    pub name: String,
    /// The mean over the replicas, each at the largest value that was found to hold.
    pub value: f64,
    /// That, for people.
    pub shown: String,
    /// What it is, for people.
    pub says: String,
}

/// Something that was used, for people.
pub fn used(name: &str, value: f64) -> Use {
    let (unit, says) = match name {
        PEAK => (
            Unit::Share,
            "the part of all providers' cores that was busy in the busiest sample".to_owned(),
        ),
        LOST => (
            Unit::Share,
            "the part of commits that came too late, and were made anew".to_owned(),
        ),
        END => (Unit::Seconds, "virtual time reached".to_owned()),
        name => measures::family::find(name).map_or((Unit::Count, String::new()), |family| {
            (family.unit, family.in_words(name))
        }),
    };
    Use {
        name: name.to_owned(),
        value,
        shown: unit.show(value),
        says,
    }
}
