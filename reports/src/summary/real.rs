//! What is different about a run over real connections.

use super::findings::FindingSummary;
use super::generator::{GeneratorSummary, spread};
use super::servers::ServerSummary;
use super::shards::{ShardOfSummary, ShardSummary};
use super::spread::{MICROS_PER_MILLI, Spread};
use crate::run_info::{Machine, RealInfo, Share};
use crate::units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throng_record::Record;

/// What only virtual time has: whoever reads a real run has to know that it is not there.
const MISSING: [&str; 3] = [
    "bytes are those of the protocol's bodies, as in simulated runs: HTTP, TLS and repeated connections are not counted",
    "no link or cost of the scenario counts: times are those of this machine, which providers and clients share",
    "there is no fingerprint that another run could have",
];

/// What nobody but providers knows, where they say nothing of themselves.
const UNKNOWN: [&str; 2] = [
    "providers that ran already tell nothing of themselves: what hubs accepted is what clients were told or got, what \
     they refused, their CPU time, waits and stores are not known, and neither are the trees of commits",
    "that an epoch has one commit, that nobody reads outside of its membership, and what passes between providers is not checked",
];

/// What one of several shards does not know.
const OF_SHARD: &str = "this is one shard of a load: how long what its users sent took to others' clients, and what came from others, who else is in a \
     room, and whether all has come is in none of its figures, and thresholds are not held against them; `throng merge` puts all \
     shards together";

/// What is less exact where several shards are put together.
const OF_SHARDS: &str = "latencies from one shard to another are as exact as the clocks of their machines are alike; each says how far they may have \
     been apart";

/// So many of a list are named.
const MOST_NAMED: usize = 10;

/// A run over real connections, in real time: another run of the same gives other figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RealSummary {
    /// The machine on which clients and providers ran.
    pub machine: Machine,
    /// What is not measured, or not as in a simulated run.
    pub missing: Vec<String>,
    /// Why the run is none that anybody can rely on: nothing was accepted, say, or a provider ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// Whether the generator kept up. Where it did not, it was the limit, and all figures are about it.
    pub kept_up: bool,
    /// Why it was the limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
    /// How it fared.
    #[serde(default)]
    pub generator: GeneratorSummary,
    /// How late it took them up, in milliseconds.
    pub lateness_ms: Spread,
    /// Messages from when they were first sent, in milliseconds: what a measurement says that looks away while a slow provider
    /// makes people wait. The latency `message` counts from when somebody wanted to say it.
    pub message_raw_ms: Spread,
    /// Requests that clients sent again.
    pub repeated: u64,
    /// What went wrong between clients and providers, how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Which of the shards of a load it is; absent where it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardOfSummary>,
    /// The shards from which it was put together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardSummary>,
    /// What servers took of their machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerSummary>,
    /// What providers under test did otherwise than the documents of the protocol say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingSummary>,
    /// What had to hold and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
}

impl RealSummary {
    /// Whether it is one load that several processes shared, put together.
    pub(crate) fn is_of_shards(&self) -> bool {
        !self.shards.is_empty()
    }

    /// Of a record, and what the program knows beside it; `None` of a simulated run.
    pub(super) fn of(record: &Record, info: Option<&RealInfo>) -> Option<Self> {
        let (real, info) = record.real.as_ref().zip(info)?;
        let generator = &info.generator;
        let mut failed = info.failed.clone();
        // What came of a load, one of its shards does not know.
        if !matches!(info.share, Share::One(_)) {
            failed.extend(came_to_nothing(record));
        }
        let violations = real.violations.iter();
        Some(Self {
            machine: info.machine.clone(),
            missing: missing(real.clients_only, &info.share),
            failed,
            kept_up: generator.limits.is_empty(),
            limits: generator.limits.clone(),
            generator: GeneratorSummary::of(generator),
            lateness_ms: Spread::of_histogram(&generator.lateness, MICROS_PER_MILLI),
            message_raw_ms: Spread::of_histogram(&real.message_raw, MICROS_PER_MILLI),
            repeated: generator.repeated,
            errors: generator.errors.clone(),
            shard: ShardOfSummary::of(&info.share),
            shards: ShardSummary::all(&info.share),
            servers: ServerSummary::all(&real.servers),
            findings: real.findings.iter().map(FindingSummary::of).collect(),
            violations: violations
                .map(|violation| format!("{}: {}", violation.name, violation.detail))
                .collect(),
        })
    }

    /// What a reader has to know before anything else.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut all = Vec::new();
        if !self.kept_up {
            all.push(
                "the generator was the limit: what follows is about it, and not about the providers"
                    .to_owned(),
            );
            all.extend(self.limits.iter().cloned());
        }
        all.extend(self.failed.iter().map(|why| format!("failed: {why}")));
        if !self.violations.is_empty() {
            all.push(format!(
                "{} of what has to hold did not",
                self.violations.len()
            ));
            let first = self.violations.iter().take(MOST_NAMED);
            all.extend(first.cloned());
        }
        if !self.findings.is_empty() {
            all.push(format!(
                "{} that providers under test do otherwise than the documents say",
                units::counted(self.findings.len() as u64, "thing", "things")
            ));
        }
        if let Some(shard) = &self.shard {
            all.push(format!(
                "shard {} of {}: figures are those of its users alone; `throng merge` puts all together",
                shard.number, shard.of
            ));
        }
        all.push(format!(
            "real: over HTTPS, in real time, on {}; another run has other figures, so this one is not reproducible",
            self.machine
        ));
        all
    }

    /// What the generator says of itself, and what went wrong: what, and how much of it.
    pub(crate) fn generator(&self) -> Vec<(String, String)> {
        let mut all = vec![
            (
                "message, raw: from when it was sent".to_owned(),
                spread(&self.message_raw_ms),
            ),
            (
                "the generator took up wishes after".to_owned(),
                spread(&self.lateness_ms),
            ),
            (
                "requests sent again".to_owned(),
                units::count(self.repeated),
            ),
        ];
        all.extend(self.generator.rows());
        all.extend(self.shards.iter().map(ShardSummary::row));
        let errors = self.errors.iter().take(MOST_NAMED);
        all.extend(errors.map(|(what, count)| (what.clone(), units::count(*count))));
        all
    }
}

/// What people do by themselves, whatever providers do.
const BY_THEMSELVES: [&str; 5] = ["online", "offline", "vanish", "new-client", "lost"];

/// Why a load that went on to its end says nothing about its providers, where that is so.
fn came_to_nothing(record: &Record) -> Vec<String> {
    if record.partial {
        return Vec::new();
    }
    let counts = &record.counts;
    let wanted = counts.intents.iter();
    let wanted = wanted.filter(|(name, _)| !BY_THEMSELVES.contains(name));
    let wanted: u64 = wanted.map(|(_, count)| count).sum();
    let accepted = counts.commits_accepted + counts.proposals + counts.messages_accepted;
    let mut all = Vec::new();
    if wanted == 0 && accepted == 0 {
        all.push("nobody wanted anything, so nothing was measured".to_owned());
    } else if accepted == 0 {
        all.push(format!(
            "of {} nothing was accepted",
            units::counted(wanted, "wish", "wishes")
        ));
    }
    let unread: u64 = counts.undecryptable.iter().map(|(_, count)| count).sum();
    if unread > 0 && counts.messages_decrypted == 0 {
        all.push(format!(
            "of {} nobody could read one",
            units::counted(unread, "message that came", "messages that came")
        ));
    }
    let undelivered = record.real.as_ref().map_or(0, |real| real.undelivered);
    if undelivered > 0 {
        all.push(format!(
            "{} never came to clients that could not come back",
            units::counted(undelivered, "delivery", "deliveries")
        ));
    }
    all
}

fn missing(clients_only: bool, share: &Share) -> Vec<String> {
    let unknown = UNKNOWN.iter().filter(|_| clients_only);
    let shared = match share {
        Share::Whole => None,
        Share::One(_) => Some(&OF_SHARD),
        Share::All(_) => Some(&OF_SHARDS),
    };
    let all = MISSING.iter().chain(unknown).chain(shared);
    all.map(|missing| (*missing).to_owned()).collect()
}
