//! How the figures of a run come from its record.

use super::links;
use super::model::*;
use super::spread::Spread;
use crate::measures::{self, Rule, threshold};
use crate::names;
use crate::run_info::RunInfo;
use std::collections::BTreeMap;
use throng_sim::mls::profile::CostProfile;
use throng_sim::mls::work::Work;
use throng_sim::record::{CommitRow, Counts, MeasuredRow, ProviderRow, Record, RoomRow, StuckRoom};
use throng_workloads::scenario::{CostSource, EngineKind, ProfileSpec, Scenario};
use throng_workloads::time::SimSpan;

/// A histogram's microseconds in a millisecond.
const MICROS_PER_MILLI: f64 = 1e3;

impl Summary {
    /// The figures of one run.
    pub fn new(scenario: &Scenario, record: &Record, info: &RunInfo) -> Self {
        let mut summary = Self {
            schema: SCHEMA,
            fingerprint: record.fingerprint.clone(),
            partial: record.partial,
            scenario: what_was_simulated(scenario),
            run: RunSummary {
                end_s: record.end.as_secs_f64(),
                events: record.events,
                clients: record.clients,
            },
            counts: counts(&record.counts),
            latencies_ms: record
                .latencies
                .named()
                .iter()
                .map(|(name, _, histogram)| {
                    let spread = Spread::of_histogram(histogram, MICROS_PER_MILLI);
                    ((*name).to_owned(), spread)
                })
                .collect(),
            commits: commits(record),
            tree: tree(record),
            stuck_rooms: record.stuck_rooms.iter().map(stuck_room).collect(),
            traffic: TrafficSummary {
                sent_bytes: add_up(record.traffic.iter().map(|row| row.sent)),
                links: links::by_link(&record.traffic),
                kinds: links::by_kind(&record.traffic),
            },
            providers: record
                .providers
                .iter()
                .map(|row| provider(row, record.end.as_secs_f64()))
                .collect(),
            client_cpu_ms: client_cpu_ms(record),
            work: WorkByParty {
                clients: work(&record.client_work),
                hubs: work(&record.hub_work),
            },
            reproducible: scenario.cost.source == CostSource::Profile,
            measured_cpu: measured(&record.measured),
            invariants: record
                .invariants
                .iter()
                .map(|row| (row.name.to_owned(), row.checks))
                .collect(),
            thresholds: Vec::new(),
            simulator: simulator(record, info),
        };
        // Whoever makes a run has read the rules before; a rule that is none is met by nothing. Half a run meets or breaks
        // nothing.
        let rules = scenario.thresholds.iter().filter(|_| !record.partial);
        let rules: Vec<_> = rules
            .filter_map(|rule| Rule::threshold(rule).ok())
            .collect();
        summary.thresholds = threshold::check(&rules, &measures::of(&summary));
        summary
    }

    /// Whether all thresholds are met.
    pub fn is_as_it_has_to_be(&self) -> bool {
        self.thresholds.iter().all(|threshold| threshold.met)
    }

    /// As indented JSON with a line break at its end: the content of `summary.json`.
    pub fn to_json(&self) -> String {
        // Keys are strings and values plain: nothing that JSON cannot hold.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
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

fn what_was_simulated(scenario: &Scenario) -> ScenarioSummary {
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
        profiles: profiles(scenario),
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

/// A digest of each cost profile, by name.
pub(crate) fn profiles(scenario: &Scenario) -> BTreeMap<String, String> {
    let profile = |(name, spec): &(String, ProfileSpec)| {
        let nanos = CostProfile::of_scenario(name, spec).nanos;
        let bytes: Vec<u8> = nanos.iter().flat_map(|nanos| nanos.to_le_bytes()).collect();
        (name.clone(), short_hash(&bytes))
    };
    scenario.cost.profiles.iter().map(profile).collect()
}

/// Half of a BLAKE3 hash, in hexadecimal.
fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

fn counts(counts: &Counts) -> CountsSummary {
    CountsSummary {
        intents: by_name(&counts.intents),
        skipped: by_name(&counts.skipped),
        commit_attempts: counts.commit_attempts,
        commits_accepted: counts.commits_accepted,
        wrong_epoch: counts.wrong_epoch,
        refused: counts.refused,
        external_commits: counts.external_commits,
        proposals: counts.proposals,
        messages_accepted: counts.messages_accepted,
        epoch_too_old: counts.epoch_too_old,
        messages_decrypted: counts.messages_decrypted,
        undecryptable: by_name(&counts.undecryptable),
        welcomes: counts.welcomes,
        key_packages: KeyPackageCounts {
            published: counts.key_packages_published,
            used: counts.key_packages_used,
            expired: counts.key_packages_expired,
            exhausted: counts.key_packages_exhausted,
            left: counts.key_packages_left,
        },
    }
}

fn commits(record: &Record) -> CommitSummary {
    let rows = &record.commits;
    let spread = |of: &dyn Fn(&CommitRow) -> Option<u64>| {
        Spread::of_values(rows.iter().filter_map(of).collect())
    };
    CommitSummary {
        with_path: rows.iter().filter(|row| row.path).count() as u64,
        attempts: Spread::of_histogram(&record.latencies.attempts, 1.0),
        commit_bytes: spread(&|row| Some(row.commit_bytes)),
        welcome_bytes: spread(&|row| Some(row.welcome_bytes).filter(|bytes| *bytes > 0)),
        ciphertexts: spread(&|row| row.path.then_some(u64::from(row.ciphertexts))),
    }
}

fn tree(record: &Record) -> TreeSummary {
    let total = |of: fn(&RoomRow) -> u32| add_up(record.rooms.iter().map(|row| u64::from(of(row))));
    let members = total(|row| row.health.members);
    let ciphertexts = add_up(record.rooms.iter().map(|row| row.health.ciphertexts_sum));
    let samples: Vec<f64> = record
        .series
        .iter()
        .map(|point| point.mean_ciphertexts)
        .filter(|mean| mean.is_finite())
        .collect();
    TreeSummary {
        members,
        largest_room: record
            .rooms
            .iter()
            .map(|row| row.health.members)
            .max()
            .unwrap_or(0),
        leaves: total(|row| row.health.leaves),
        blank_leaves: total(|row| row.health.blank_leaves),
        blank_parents: total(|row| row.health.blank_parents),
        unmerged_leaves: total(|row| row.health.unmerged_leaves),
        mean_ciphertexts: ratio(ciphertexts as f64, members as f64),
        mean_ciphertexts_over_time: ratio(samples.iter().sum(), samples.len() as f64),
    }
}

fn provider(row: &ProviderRow, end_s: f64) -> ProviderSummary {
    ProviderSummary {
        domain: row.domain.clone(),
        cores: row.cores,
        busy_s: row.busy.as_secs_f64(),
        utilisation: ratio(row.busy.as_secs_f64(), f64::from(row.cores) * end_s),
        requests: row.requests,
        wait_max_ms: row.wait_max.as_millis_f64(),
        to_clients_bytes: row.to_clients,
        to_providers_bytes: row.to_providers,
        stored_max_bytes: row.stored_max,
        key_packages_left: row.key_packages_left,
    }
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
            ratio: (profiled_s > 0.0).then(|| measured_s / profiled_s),
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

fn work(work: &Work) -> WorkSummary {
    WorkSummary {
        operations: work.operations,
        seals: work.seals,
        opens: work.opens,
        key_pairs: work.key_pairs,
        signatures: work.signatures,
        verifications: work.verifications,
        tree_nodes: work.tree_nodes,
        member_nodes: work.member_nodes,
        leaf_checks: work.leaf_checks,
        proposals: work.proposals,
        epochs: work.epochs,
        secret_slots: work.secret_slots,
        ciphertexts: work.ciphertexts,
        secret_nodes: work.secret_nodes,
        bytes: work.bytes,
        message_bytes: work.message_bytes,
        context_bytes: work.context_bytes,
        tree_bytes: work.tree_bytes,
    }
}

fn simulator(record: &Record, info: &RunInfo) -> SimulatorSummary {
    SimulatorSummary {
        version: info.version.clone(),
        command: info.command.clone(),
        threads: info.threads,
        wall_s: info.wall.as_secs_f64(),
        events_per_s: info.events_per_second(record.events),
        speed: info.speed(record.end.as_secs_f64()),
        peak_memory_bytes: info.peak_memory,
        note: info.note.clone(),
    }
}

/// Names that occur twice are added up.
fn by_name(rows: &[(&'static str, u64)]) -> BTreeMap<String, u64> {
    let mut named = BTreeMap::new();
    for (name, count) in rows {
        let entry: &mut u64 = named.entry((*name).to_owned()).or_default();
        *entry = entry.saturating_add(*count);
    }
    named
}

fn add_up(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
