//! How the figures of a run come from its record.

use super::calibration;
use super::contents::ContentSummary;
use super::federation::FederationSummary;
use super::model::*;
use super::open::OpenSummary;
use super::parts::*;
use super::real::RealSummary;
use super::spread::{MICROS_PER_MILLI, Spread};
use super::work::{WorkByParty, WorkSummary};
use crate::json;
use crate::names;
use crate::run_info::RunInfo;
use crate::units::without_dust;
use std::collections::BTreeMap;
use throng_cost::{CostProfile, Units};
use throng_record::{MeasuredRow, Record, StuckRoom};
use throng_workloads::scenario::{CostSource, EngineKind, ProfileSpec, Scenario};
use throng_workloads::time::SimSpan;

impl Summary {
    /// The figures of one run, which nobody has held against thresholds.
    pub(crate) fn unjudged(scenario: &Scenario, record: &Record, info: &RunInfo) -> Self {
        let largest_room = record.largest_room;
        Self {
            schema: SCHEMA,
            fingerprint: record.fingerprint.clone(),
            partial: record.partial,
            scenario: what_was_simulated(scenario, record.units),
            run: RunSummary::of(record),
            counts: CountsSummary::of(&record.counts),
            latencies_ms: record
                .latencies
                .named()
                .iter()
                .map(|(name, _, histogram)| {
                    let spread = Spread::of_histogram(histogram, MICROS_PER_MILLI);
                    ((*name).to_owned(), spread)
                })
                .collect(),
            open: OpenSummary::all(record),
            commits: CommitSummary::of(record),
            tree: record
                .groups
                .as_ref()
                .map(|groups| TreeSummary::of(&record.rooms, groups)),
            stuck_rooms: record.stuck_rooms.iter().map(stuck_room).collect(),
            traffic: TrafficSummary::of(&record.traffic),
            contents: ContentSummary::all(&record.contents),
            providers: record
                .providers
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    let work = record.provider_work.get(index);
                    let cpu = work.map(|work| work.cpu.as_slice());
                    ProviderSummary::of(row, cpu.unwrap_or_default(), record.end)
                })
                .collect(),
            federation: record.ledgers.as_ref().map(FederationSummary::of),
            client_cpu_ms: client_cpu_ms(record),
            work: WorkByParty {
                clients: WorkSummary::new(&record.units, &record.client_work),
                hubs: WorkSummary::new(&record.units, &record.hub_work),
            },
            reproducible: scenario.cost.source == CostSource::Profile && record.real.is_none(),
            real: RealSummary::of(record, info.real.as_ref()),
            cost_profiles: calibration::profiles(scenario, record.units, largest_room),
            measured_cpu: measured(&record.measured),
            invariants: record
                .invariants
                .iter()
                .map(|row| (row.name.to_owned(), row.checks))
                .collect(),
            thresholds: Vec::new(),
            simulator: SimulatorSummary::of(record, info),
        }
    }

    /// Seconds that all providers used, by what they were for, in the order of the names; none where no profile says, or nothing was
    /// used.
    pub(crate) fn provider_cpu(&self) -> Vec<(&str, f64)> {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (what, seconds) in self.providers.iter().flat_map(|row| &row.cpu_s) {
            *sums.entry(what).or_default() += seconds;
        }
        let used = sums.values().any(|seconds| *seconds > 0.0);
        match used {
            true => sums.into_iter().collect(),
            false => Vec::new(),
        }
    }

    /// Whether all thresholds are met.
    pub fn is_as_it_has_to_be(&self) -> bool {
        self.thresholds.iter().all(|threshold| threshold.met)
    }

    /// As indented JSON with a line break at its end: the content of `summary.json`.
    pub fn to_json(&self) -> String {
        // Keys are strings and values plain: nothing that JSON cannot hold.
        json::pretty(self).unwrap_or_default()
    }
}

fn stuck_room(room: &StuckRoom) -> StuckRoomSummary {
    StuckRoomSummary {
        room: room.room,
        since_s: room.since.as_secs_f64(),
        proposals: room.proposals,
        leaving: room.leaving,
        lost: room.lost,
    }
}

/// CPU time of each client over the run, in milliseconds.
pub(crate) fn client_cpu_ms(record: &Record) -> Spread {
    Spread::of_histogram(&record.client_cpu, MICROS_PER_MILLI)
}

fn what_was_simulated(scenario: &Scenario, units: Units) -> ScenarioSummary {
    ScenarioSummary {
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        seed: scenario.seed,
        run: scenario.run,
        engine: names::engine(scenario.engine).to_owned(),
        ciphersuite: names::ciphersuite(scenario.ciphersuite).to_owned(),
        duration_s: scenario.duration.as_secs_f64(),
        warmup_s: scenario.warmup.as_secs_f64(),
        users: scenario.users.count,
        rooms: scenario.rooms.count,
        providers: scenario.providers.len(),
        digest: digest(scenario),
        profiles: profiles(scenario, units),
    }
}

/// What two runs must have in common to be compared: everything but the seed, the engine, and words for people.
fn digest(scenario: &Scenario) -> String {
    let bare = Scenario {
        name: String::new(),
        description: String::new(),
        seed: 0,
        run: 0,
        engine: EngineKind::Model,
        thresholds: Vec::new(),
        ..scenario.clone()
    };
    short_hash(bare.to_toml().as_bytes())
}

/// A digest of each cost profile for these units, by name.
pub(crate) fn profiles(scenario: &Scenario, units: Units) -> BTreeMap<String, String> {
    let profile = |(name, spec): &(String, ProfileSpec)| {
        let nanos = CostProfile::of_scenario(name, spec, units).nanos;
        let bytes: Vec<u8> = nanos.iter().flat_map(|nanos| nanos.to_le_bytes()).collect();
        (name.clone(), short_hash(&bytes))
    };
    scenario.cost.profiles.iter().map(profile).collect()
}

/// Half of a BLAKE3 hash, in hexadecimal.
fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// A row each, and the sum of each party before its rows.
fn measured(rows: &[MeasuredRow]) -> Vec<MeasuredSummary> {
    let summary = |party: &str, trigger: &str, rows: &[&MeasuredRow]| {
        let add = |nanos: fn(&MeasuredRow) -> u64| add_up(rows.iter().map(|row| nanos(row)));
        let seconds = |nanos: u64| SimSpan::from_nanos(nanos).as_secs_f64();
        let measured_s = seconds(add(|row| row.measured.as_nanos()));
        let profiled_s = seconds(add(|row| row.profiled.as_nanos()));
        MeasuredSummary {
            party: party.to_owned(),
            trigger: trigger.to_owned(),
            times: add(|row| row.times),
            measured_s,
            profiled_s,
            ratio: (profiled_s > 0.0).then(|| without_dust(measured_s / profiled_s)),
        }
    };
    let mut parties: Vec<&str> = rows.iter().map(|row| row.party).collect();
    parties.dedup();
    let mut summaries = Vec::new();
    for party in parties {
        let of_party: Vec<&MeasuredRow> = rows.iter().filter(|row| row.party == party).collect();
        summaries.push(summary(party, "all", &of_party));
        let each = of_party.iter();
        summaries.extend(each.map(|row| summary(party, row.trigger, &[row])));
    }
    summaries
}
