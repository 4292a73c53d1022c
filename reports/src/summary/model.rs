//! The shape of `summary.json`.

use super::links::{KindTraffic, LinkTraffic};
use super::spread::Spread;
use crate::measures::threshold::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the shape: raised when a key changes its meaning or goes; new keys do not raise it.
pub const SCHEMA: u32 = 3;

/// The figures of a run. All but [`Summary::simulator`] are the same whenever the
/// run is repeated, unless it is not [`Summary::reproducible`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The version of this shape, [`SCHEMA`].
    pub schema: u32,
    /// 32 hexadecimal digits over the ordered trace of what happened.
    pub fingerprint: String,
    /// Whether the run was stopped before its end.
    pub partial: bool,
    /// What was simulated.
    pub scenario: ScenarioSummary,
    /// How far it went.
    pub run: RunSummary,
    /// Exact counts.
    pub counts: CountsSummary,
    /// Latencies in milliseconds of virtual time, by the name of their file in `latency/`.
    pub latencies_ms: BTreeMap<String, Spread>,
    /// The accepted commits.
    pub commits: CommitSummary,
    /// The ratchet trees.
    pub tree: TreeSummary,
    /// Rooms in which nobody could commit any more at the end, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stuck_rooms: Vec<StuckRoomSummary>,
    /// The bytes on links.
    pub traffic: TrafficSummary,
    /// The providers, in the scenario's order.
    pub providers: Vec<ProviderSummary>,
    /// CPU time of each client over the run, in milliseconds; one value a client.
    pub client_cpu_ms: Spread,
    /// What MLS did, in countable units.
    pub work: WorkByParty,
    /// Whether another run of the scenario and seed gives the same figures: not where a stopwatch decided how
    /// long MLS takes.
    #[serde(default = "reproducible")]
    pub reproducible: bool,
    /// What a stopwatch said beside what the cost profile says, where it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured_cpu: Vec<MeasuredSummary>,
    /// How often each invariant was checked; none broke, or there would be no summary.
    pub invariants: BTreeMap<String, u64>,
    /// What became of the scenario's thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Outcome>,
    /// The program that simulated. Nothing in here is reproducible.
    pub simulator: SimulatorSummary,
}

/// Summaries written before there were measured runs do not say.
const fn reproducible() -> bool {
    true
}

/// CPU time of one kind of party for one kind of trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredSummary {
    /// Who: clients or providers.
    pub party: String,
    /// The kind of message that was answered, or a wish or timer; `all` for the sum.
    pub trigger: String,
    /// How often.
    pub times: u64,
    /// Seconds by the stopwatch.
    pub measured_s: f64,
    /// Seconds by the profile.
    pub profiled_s: f64,
    /// Measured by profiled; absent where the profile says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

/// A room in which proposals wait and nobody is left who could commit them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StuckRoomSummary {
    /// Its number.
    pub room: u32,
    /// Virtual seconds at which the last who could commit was gone.
    pub since_s: f64,
    /// Messages with proposals that wait.
    pub proposals: u64,
    /// Members who are to be removed.
    pub leaving: u64,
    /// Members who would stay; all of them have lost their devices.
    pub lost: u64,
}

/// What was simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioSummary {
    /// Its name.
    pub name: String,
    /// The question that it answers.
    pub description: String,
    /// The seed of all random streams.
    pub seed: u64,
    /// Which of the independent repetitions under this seed, from 0.
    pub run: u32,
    /// The MLS engine.
    pub engine: String,
    /// The MLS ciphersuite, by its name in RFC 9420.
    pub ciphersuite: String,
    /// Virtual seconds in which people act.
    pub duration_s: f64,
    /// Virtual seconds whose latencies are left out.
    pub warmup_s: f64,
    /// Users.
    pub users: u32,
    /// Rooms.
    pub rooms: u32,
    /// Providers.
    pub providers: usize,
    /// A digest of all keys that decide what happens, but for the seed and the engine: 32 hexadecimal digits.
    pub digest: String,
    /// A digest of each cost profile that it uses, by name.
    pub profiles: BTreeMap<String, String>,
}

/// How far a run went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// Virtual seconds reached.
    pub end_s: f64,
    /// Events that entities handled.
    pub events: u64,
    /// Clients that existed, new ones included.
    pub clients: u32,
}

/// Exact counts over the whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountsSummary {
    /// What people wanted, by action.
    pub intents: BTreeMap<String, u64>,
    /// What could not be carried out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Commits sent to hubs.
    pub commit_attempts: u64,
    /// Commits that hubs accepted.
    pub commits_accepted: u64,
    /// Commits that hubs refused with wrongEpoch.
    pub wrong_epoch: u64,
    /// Handshakes refused for another reason.
    pub refused: u64,
    /// Accepted commits made from outside.
    pub external_commits: u64,
    /// Proposals that hubs accepted.
    pub proposals: u64,
    /// Application messages that hubs accepted.
    pub messages_accepted: u64,
    /// Application messages refused as too old.
    pub epoch_too_old: u64,
    /// Application messages decrypted, once for each receiver.
    pub messages_decrypted: u64,
    /// Application messages that a receiver could not decrypt, by reason.
    pub undecryptable: BTreeMap<String, u64>,
    /// Welcomes from which somebody joined.
    pub welcomes: u64,
    /// KeyPackages.
    pub key_packages: KeyPackageCounts,
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

/// The accepted commits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommitSummary {
    /// How many carried a path.
    pub with_path: u64,
    /// Attempts for each accepted commit, counted (from the latency record, so without the warm-up).
    pub attempts: Spread,
    /// Length of the commit's MLSMessage in bytes.
    pub commit_bytes: Spread,
    /// Length of the Welcome's MLSMessage in bytes, where there is one.
    pub welcome_bytes: Spread,
    /// HPKE ciphertexts in the path, where there is one.
    pub ciphertexts: Spread,
}

/// The ratchet trees of all rooms together, at the end unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TreeSummary {
    /// Members (clients) over all rooms.
    pub members: u64,
    /// Members of the largest room.
    pub largest_room: u32,
    /// Leaves, blank ones included.
    pub leaves: u64,
    /// Blank leaves.
    pub blank_leaves: u64,
    /// Blank parents.
    pub blank_parents: u64,
    /// Entries in `unmerged_leaves` lists.
    pub unmerged_leaves: u64,
    /// Ciphertexts that a random member's next commit carries, on average over all members.
    pub mean_ciphertexts: f64,
    /// The same, averaged over the run's samples.
    pub mean_ciphertexts_over_time: f64,
}

/// The bytes on links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficSummary {
    /// Bytes put on all links.
    pub sent_bytes: u64,
    /// By link.
    pub links: Vec<LinkTraffic>,
    /// By kind and link.
    pub kinds: Vec<KindTraffic>,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderSummary {
    /// Its domain.
    pub domain: String,
    /// Its cores.
    pub cores: u32,
    /// Core seconds used.
    pub busy_s: f64,
    /// The part of all its core time that was used, from 0 to 1.
    pub utilisation: f64,
    /// Requests served.
    pub requests: u64,
    /// The longest wait for a core, in milliseconds.
    pub wait_max_ms: f64,
    /// Bytes sent to clients.
    pub to_clients_bytes: u64,
    /// Bytes sent to other providers.
    pub to_providers_bytes: u64,
    /// Most bytes stored at a time.
    pub stored_max_bytes: u64,
    /// KeyPackages left at the end.
    pub key_packages_left: u64,
}

/// What MLS did, by who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkByParty {
    /// All clients together.
    pub clients: WorkSummary,
    /// All hubs together.
    pub hubs: WorkSummary,
}

/// Work in countable units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkSummary {
    /// Operations begun.
    pub operations: u64,
    /// HPKE encryptions.
    pub seals: u64,
    /// HPKE decryptions.
    pub opens: u64,
    /// HPKE key pairs derived or generated.
    pub key_pairs: u64,
    /// Signatures made.
    pub signatures: u64,
    /// Signatures checked.
    pub verifications: u64,
    /// Tree nodes hashed, blank ones too.
    pub tree_nodes: u64,
    /// Members' leaves among them, and members whose keys were gathered.
    pub member_nodes: u64,
    /// Leaves looked at in order to check another one.
    pub leaf_checks: u64,
    /// Proposals covered by commits made or read.
    pub proposals: u64,
    /// Epochs gone to: key schedules.
    #[serde(default)]
    pub epochs: u64,
    /// Leaves of the secret trees that were laid out for them.
    #[serde(default)]
    pub secret_slots: u64,
    /// HPKE ciphertexts in messages read.
    pub ciphertexts: u64,
    /// Nodes of secret trees at which secrets were derived.
    #[serde(default)]
    pub secret_nodes: u64,
    /// Bytes of handshakes, KeyPackages, Welcomes and GroupInfos made or read.
    pub bytes: u64,
    /// Bytes of application messages made or read.
    #[serde(default)]
    pub message_bytes: u64,
    /// Bytes of encrypted GroupInfos that Welcome secrets take as their context.
    pub context_bytes: u64,
    /// Bytes of trees that were copied and encoded.
    pub tree_bytes: u64,
}

/// The program that simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimulatorSummary {
    /// Its version.
    pub version: String,
    /// The command line that repeats the run.
    pub command: String,
    /// Threads.
    pub threads: usize,
    /// Wall-clock seconds.
    pub wall_s: f64,
    /// Events for each wall-clock second.
    pub events_per_s: f64,
    /// Virtual seconds for each wall-clock second.
    pub speed: f64,
    /// The most memory held, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// Something that readers have to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
