//! The parts of the summary whose figures are measures, each figure once: its name in files, where it comes from, and what it says.

use super::links::{self, KindTraffic, LinkTraffic};
use super::part::part;
use super::spread::Spread;
use crate::reasons;
use crate::run_info::RunInfo;
use crate::units::without_dust;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use throng_mls::tree_health::TreeHealth;
use throng_record::{
    AccessRow, CommitRow, Counts, GroupRecord, ProviderRow, Record, RoomRow, TrafficRow,
};
use throng_workloads::time::{SimSpan, SimTime};

part! {
    /// How far a run went.
    RunSummary of (record: &Record), "run", "run." {
        end_s: f64 = record.end.as_secs_f64(), one "end" Seconds Neither "virtual time reached";
        events: u64 = record.events, one "events" Count Neither "events that entities handled";
        clients: u32 = record.clients, one "clients" Count Neither "clients that existed";
        #[serde(default)]
        largest_room: u32 = record.largest_room, one "largest_room" Count Neither "members of the largest room at any moment";
    }
}

part! {
    /// Exact counts over the whole run.
    #[derive(Eq)]
    CountsSummary of (counts: &Counts), "counts", "counts." {
        intents: BTreeMap<String, u64> = by_name(&counts.intents),
            one "intents.*" ["/*"] Count Neither "what people wanted, by action";
        #[serde(deserialize_with = "by_identifier")]
        skipped: BTreeMap<String, u64> = by_name(&counts.skipped),
            given_up "skipped.*" ["/*"] Count Less "what could not be carried out, by identifier of the reason";
        #[serde(deserialize_with = "by_identifier")]
        undecryptable: BTreeMap<String, u64> = by_name(&counts.undecryptable),
            unreadable "undecryptable.*" ["/*"] Count Less "messages not decrypted, by identifier of the reason";
        #[serde(default)]
        others: BTreeMap<String, u64> = counts.others.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            one "others.*" ["/*"] Count Neither "what else a stack counts";
        commit_attempts: u64 = counts.commit_attempts, one "commit_attempts" Count Less "commits sent to hubs";
        commits_accepted: u64 = counts.commits_accepted,
            one "commits_accepted" Count Neither "commits that hubs accepted";
        wrong_epoch: u64 = counts.wrong_epoch, one "wrong_epoch" Count Less "commits refused with wrongEpoch";
        refused: u64 = counts.refused, one "refused" Count Less "handshakes refused for another reason";
        external_commits: u64 = counts.external_commits,
            one "external_commits" Count Neither "commits made from outside";
        proposals: u64 = counts.proposals, one "proposals" Count Neither "proposals that hubs accepted";
        messages_accepted: u64 = counts.messages_accepted,
            one "messages_accepted" Count Neither "messages that hubs accepted";
        epoch_too_old: u64 = counts.epoch_too_old, one "epoch_too_old" Count Less "messages refused as too old";
        messages_decrypted: u64 = counts.messages_decrypted,
            one "messages_decrypted" Count Neither "messages decrypted, once for each receiver";
        #[serde(default)]
        messages_caught_up: u64 = counts.messages_caught_up,
            one "messages_caught_up" Count Neither "those of them whose receiver had been offline; no latency counts them";
        welcomes: u64 = counts.welcomes, one "welcomes" Count Neither "Welcomes from which somebody joined";
        key_packages: KeyPackageCounts = KeyPackageCounts::of(counts),
            one "key_packages.*" ["/*"] Count Neither "what became of KeyPackages";
    }
}

/// What became of KeyPackages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyPackageCounts {
    /// Published.
    pub published: u64,
    /// Handed out.
    pub used: u64,
    /// Dropped because their lifetime ended.
    pub expired: u64,
    /// Requests where none was left.
    pub exhausted: u64,
    /// Left at the end.
    pub left: u64,
}

impl KeyPackageCounts {
    fn of(counts: &Counts) -> Self {
        Self {
            published: counts.key_packages_published,
            used: counts.key_packages_used,
            expired: counts.key_packages_expired,
            exhausted: counts.key_packages_exhausted,
            left: counts.key_packages_left,
        }
    }
}

part! {
    /// The accepted commits. Lengths are those of an MLSMessage, of Welcomes and paths where there is one; attempts are from the
    /// latency record, so without the warm-up.
    CommitSummary of (record: &Record), "commits", "" {
        attempts: Spread = Spread::of_histogram(&record.latencies.attempts, 1.0),
            spread "commit.attempts" Count Less "attempts that an accepted commit took";
        commit_bytes: Spread = commits(record, |row| Some(row.commit_bytes)),
            spread "commit.bytes" Bytes Less "length of a commit";
        welcome_bytes: Spread = commits(record, |row| Some(row.welcome_bytes).filter(|bytes| *bytes > 0)),
            spread "welcome.bytes" Bytes Less "length of a Welcome";
        ciphertexts: Spread = commits(record, |row| row.path.then_some(u64::from(row.ciphertexts))),
            spread "commit.ciphertexts" Count Less "HPKE ciphertexts in a commit's path";
        with_path: u64 = rows(record).filter(|row| row.path).count() as u64,
            one "commit.with_path" Count Neither "commits with a path";
    }
}

part! {
    /// The ratchet trees of all rooms together.
    TreeSummary of (rooms: &[RoomRow], groups: &GroupRecord), "tree", "tree." {
        members: u64 = members(rooms),
            one "members" Count Neither "members over all rooms at the end";
        largest_room: u32 = rooms.iter().map(|row| row.members).max().unwrap_or(0),
            one "largest_room" Count Neither "members of the largest room at the end";
        leaves: u64 = trees(groups, |tree| tree.leaves),
            one "leaves" Count Neither "leaves over all rooms at the end";
        blank_leaves: u64 = trees(groups, |tree| tree.blank_leaves),
            one "blank_leaves" Count Less "blank leaves at the end";
        blank_parents: u64 = trees(groups, |tree| tree.blank_parents),
            one "blank_parents" Count Less "blank parents at the end";
        unmerged_leaves: u64 = trees(groups, |tree| tree.unmerged_leaves),
            one "unmerged_leaves" Count Less "entries of unmerged_leaves at the end";
        mean_ciphertexts: f64 = mean_ciphertexts(rooms, groups),
            one "ciphertexts" Count Less "ciphertexts of a random member's next commit at the end";
        mean_ciphertexts_over_time: f64 = mean_ciphertexts_over_time(groups),
            one "ciphertexts_over_time" Count Less "the same, over the run's samples";
    }
}

impl TreeSummary {
    /// Whether somebody saw the trees: each member has a leaf. Providers that ran already tell of members alone.
    pub fn is_known(&self) -> bool {
        self.leaves >= self.members
    }
}

part! {
    /// The bytes on links.
    #[derive(Eq)]
    TrafficSummary of (rows: &[TrafficRow]), "traffic", "traffic." {
        sent_bytes: u64 = add_up(rows.iter().map(|row| row.sent)),
            one "bytes" Bytes Less "bytes put on all links";
        /// By link.
        links: Vec<LinkTraffic> = links::by_link(rows);
        /// By kind and link.
        kinds: Vec<KindTraffic> = links::by_kind(rows);
    }
}

part! {
    /// One provider.
    ProviderSummary of (row: &ProviderRow, cpu: &[(&'static str, SimSpan)], end: SimTime), "providers/*domain", "provider.*." {
        /// Its domain.
        domain: String = row.domain.clone();
        cores: u32 = row.cores, one "cores" Count Neither "a provider's cores";
        busy_s: f64 = row.busy.as_secs_f64(), one "busy" Seconds Less "core seconds that a provider used";
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        cpu_s: BTreeMap<String, f64> = cpu.iter().map(|(what, time)| ((*what).to_owned(), time.as_secs_f64())).collect(),
            one "cpu.*" ["/*"] Seconds Less "core seconds that a provider used by its cost profile, by what for";
        utilisation: f64 = ratio(row.busy.as_nanos() as f64, f64::from(row.cores) * end.as_nanos() as f64),
            one "utilisation" Share Less "the part of its core time that it used";
        requests: u64 = row.requests, one "requests" Count Neither "requests that it served";
        wait_max_ms: f64 = row.wait_max.as_millis_f64(),
            one "wait_max" Milliseconds Less "the longest wait for one of its cores";
        to_clients_bytes: u64 = row.to_clients, one "to_clients" Bytes Less "bytes it sent to clients";
        to_providers_bytes: u64 = row.to_providers, one "to_providers" Bytes Less "bytes it sent to providers";
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        access: BTreeMap<String, f64> = ways(row, |way| ratio(way.busy.as_nanos() as f64, end.as_nanos() as f64)),
            one "access.*" ["/*"] Share Less "the part of its access's bandwidth that was used, up or down, where connections share it";
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        access_wait_max_ms: BTreeMap<String, f64> = ways(row, |way| way.wait_max.as_millis_f64()),
            one "access_wait_max.*" ["/*"] Milliseconds Less "the longest that what other connections carried held something up at its access, up or down";
        stored_max_bytes: u64 = row.stored_max, one "stored_max" Bytes Less "most bytes that it stored at a time";
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        archive_max_bytes: BTreeMap<String, u64> = archive(row),
            one "archive_max.*" ["/*"] Bytes Less "most bytes at a time of its history, and on its disks with indices and all copies, where it keeps more than it has to";
        key_packages_left: u64 = row.key_packages_left,
            one "key_packages_left" Count Neither "KeyPackages that it had left";
    }
}

part! {
    /// The program that simulated. Nothing in here is reproducible.
    SimulatorSummary of (record: &Record, info: &RunInfo), "simulator", "simulator." {
        /// Its version.
        version: String = info.version.clone();
        /// The command line that repeats the run.
        command: String = info.command.clone();
        /// Threads.
        threads: usize = info.threads;
        wall_s: f64 = without_dust(info.wall.as_secs_f64()),
            simulator "wall" Seconds Less "wall-clock time of the simulation";
        events_per_s: f64 = info.events_per_second(record.events),
            simulator "events_per_second" PerSecond More "events a second of wall-clock time";
        speed: f64 = info.speed(record.end.as_secs_f64()),
            simulator "speed" Count More "virtual seconds a second of wall-clock time";
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peak_memory_bytes: Option<u64> = info.peak_memory,
            simulator "peak_memory" Bytes Less "the most memory held";
        /// Something that readers have to know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String> = info.note.clone();
    }
}

/// The accepted commits, where the protocol has such.
fn rows(record: &Record) -> impl Iterator<Item = &CommitRow> {
    record.groups.iter().flat_map(|groups| &groups.commits)
}

/// Of those accepted commits that have it.
fn commits(record: &Record, of: fn(&CommitRow) -> Option<u64>) -> Spread {
    Spread::of_values(rows(record).filter_map(of).collect())
}

/// Over all rooms.
fn members(rooms: &[RoomRow]) -> u64 {
    add_up(rooms.iter().map(|row| u64::from(row.members)))
}

/// Over the trees of all rooms.
fn trees(groups: &GroupRecord, of: fn(&TreeHealth) -> u32) -> u64 {
    add_up(groups.trees.iter().map(|tree| u64::from(of(tree))))
}

fn mean_ciphertexts(rooms: &[RoomRow], groups: &GroupRecord) -> f64 {
    let sum = add_up(groups.trees.iter().map(|tree| tree.ciphertexts_sum));
    ratio(sum as f64, members(rooms) as f64)
}

fn mean_ciphertexts_over_time(groups: &GroupRecord) -> f64 {
    let samples = groups.series.iter().map(|sample| sample.mean_ciphertexts);
    let samples: Vec<f64> = samples.filter(|mean| mean.is_finite()).collect();
    ratio(samples.iter().sum(), samples.len() as f64)
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

/// Counts by reason, as a file has them.
fn by_identifier<'de, D: Deserializer<'de>>(file: D) -> Result<BTreeMap<String, u64>, D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(file)?.into_iter();
    Ok(counts
        .map(|(key, count)| (reasons::id_in_file(&key), count))
        .collect())
}

/// Of each way of a provider's access that is shared.
fn ways(row: &ProviderRow, of: impl Fn(&AccessRow) -> f64) -> BTreeMap<String, f64> {
    let ways = ["up", "down"].into_iter().zip(&row.accesses);
    let shared = ways.filter_map(|(name, way)| Some((name.to_owned(), of(way.as_ref()?))));
    shared.collect()
}

/// Of a provider that keeps more than it has to.
fn archive(row: &ProviderRow) -> BTreeMap<String, u64> {
    let history = row.archive.map(|archive| archive.history_max);
    let parts = [("history", history), ("disks", row.disks_max())];
    let kept = parts.into_iter();
    kept.filter_map(|(name, bytes)| Some((name.to_owned(), bytes?)))
        .collect()
}

pub(super) fn add_up(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        without_dust(part / whole)
    } else {
        0.0
    }
}
