//! The shape of `summary.json`.

use super::contents::ContentSummary;
use super::federation::FederationSummary;
use super::open::OpenSummary;
use super::outcome::Outcome;
use super::parts::{
    CommitSummary, CountsSummary, ProviderSummary, RunSummary, SimulatorSummary, TrafficSummary,
    TreeSummary,
};
use super::real::RealSummary;
use super::spread::Spread;
use super::work::WorkByParty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the shape: raised when a key changes its meaning or goes; new keys do not raise it.
pub const SCHEMA: u32 = 4;

/// The oldest version that is read: it counts by a reason's words where [`SCHEMA`] has its identifier.
pub const OLDEST_SCHEMA: u32 = 3;

/// The figures of a run. All but [`Summary::simulator`] are the same whenever the
/// run is repeated, unless it is not [`Summary::reproducible`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The version of this shape, [`SCHEMA`].
    pub schema: u32,
    /// 32 hexadecimal digits over the ordered trace of what happened; empty of a run over real connections, which nobody can repeat.
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
    /// What people still wanted at the end, by the latency that it would have entered. A latency says nothing of that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub open: BTreeMap<String, OpenSummary>,
    /// The accepted commits.
    pub commits: CommitSummary,
    /// The ratchet trees.
    // Absent where the protocol has none. Those that a scenario can name today have them, so the schema promises them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TreeSummary")]
    pub tree: Option<TreeSummary>,
    /// Rooms in which nobody could commit any more at the end, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stuck_rooms: Vec<StuckRoomSummary>,
    /// The bytes on links.
    pub traffic: TrafficSummary,
    /// Application messages by what is in them; absent where nobody can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ContentSummary>,
    /// The providers, in the scenario's order.
    pub providers: Vec<ProviderSummary>,
    /// Who paid for whom, who saw what, and what stops with whom; absent of a run over real connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation: Option<FederationSummary>,
    /// CPU time of each client over the run, in milliseconds; one value a client.
    pub client_cpu_ms: Spread,
    /// What MLS did, in countable units.
    pub work: WorkByParty,
    /// Whether another run of the scenario and seed gives the same figures: not where a stopwatch decided how
    /// long MLS takes.
    #[serde(default = "reproducible")]
    pub reproducible: bool,
    /// What is different about a run over real connections; absent of a simulated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real: Option<RealSummary>,
    /// The cost profiles that it uses, and what their times rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost_profiles: Vec<ProfileSummary>,
    /// CPU time by a stopwatch beside that by the cost profile, where it was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured_cpu: Vec<MeasuredSummary>,
    /// How often each invariant was checked; none broke, or there would be no summary, unless `real` says which did.
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

/// A cost profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileSummary {
    /// Its name in the scenario.
    pub name: String,
    /// Which machine was measured, with what, and when.
    pub source: String,
    /// What an implementation does otherwise that nobody measured, and whose times these are; empty where they are those of
    /// what was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projection: Vec<String>,
    /// Members of the largest group that was measured; absent where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated_to: Option<u32>,
    /// How many times as large the run's largest room was; absent where it was no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<f64>,
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
