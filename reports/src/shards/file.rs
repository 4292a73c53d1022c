//! What `shard.json` holds: what of a shard's record and of its generator stands in no other file.

use crate::hlog;
use crate::summary::ContentSummary;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this shape: raised when a key changes its meaning, comes or goes.
pub(super) const SCHEMA: u32 = 3;

/// What `shard.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShardFile {
    /// [`SCHEMA`].
    pub(super) schema: u32,
    /// The BLAKE3 digest, in hexadecimal, of all of the file but for itself.
    pub(super) digest: String,
    /// Which shard, from 1, and of how many.
    pub(super) shard: u32,
    pub(super) of: u32,
    /// By what the load is known of which it is one: another run of the same scenario is another load.
    pub(super) load: String,
    /// The version of throng.
    pub(super) version: String,
    /// How many times as fast people's time passed.
    pub(super) speed: f64,
    /// By what the machine is known, where it says that.
    pub(super) machine: Option<String>,
    /// How far its clock may have been from that of others; not there where the load ended early.
    pub(super) apart_ns: Option<u64>,
    /// Why the run is none to rely on, besides what its record says.
    pub(super) failed: Vec<String>,
    pub(super) warmup_ns: u64,
    pub(super) ends_ns: Option<u64>,
    pub(super) interval_ns: u64,
    pub(super) record: RecordFile,
    pub(super) generator: GeneratorFile,
    /// A digest of each file that is read again.
    pub(super) files: BTreeMap<String, String>,
}

impl ShardFile {
    /// The file, with its digest.
    pub(super) fn seal(mut self) -> Result<Vec<u8>, serde_json::Error> {
        self.digest.clear();
        let open = serde_json::to_vec(&self)?;
        self.digest = blake3::hash(&open).to_hex().to_string();
        serde_json::to_vec(&self)
    }

    /// Whether this is the text of the file as it was sealed.
    pub(super) fn is_sealed(&self, text: &str) -> bool {
        let sealed = format!("\"digest\":\"{}\"", self.digest);
        let open = text.trim_end().replacen(&sealed, "\"digest\":\"\"", 1);
        blake3::hash(open.as_bytes()).to_hex().as_str() == self.digest
    }
}

/// What of a record stands in no table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordFile {
    pub(super) partial: bool,
    pub(super) end_ns: u64,
    pub(super) events: u64,
    pub(super) clients: u32,
    pub(super) largest_room: u32,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) intents: BTreeMap<String, u64>,
    pub(super) skipped: BTreeMap<String, u64>,
    pub(super) undecryptable: BTreeMap<String, u64>,
    pub(super) others: BTreeMap<String, u64>,
    pub(super) open: Vec<OpenFile>,
    pub(super) client_cpu: Encoded,
    /// By unit.
    pub(super) client_work: BTreeMap<String, u64>,
    pub(super) client_measured_ns: u64,
    pub(super) measured: Vec<MeasuredFile>,
    pub(super) invariants: BTreeMap<String, u64>,
    pub(super) message_raw: Encoded,
    pub(super) undelivered: u64,
    pub(super) contents: Vec<ContentSummary>,
    pub(super) violations: Vec<ViolationFile>,
}

/// Wishes that were open at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenFile {
    pub(super) latency: String,
    pub(super) count: u64,
    pub(super) offline: u64,
    pub(super) oldest_ns: u64,
    pub(super) ages: Encoded,
}

/// CPU time by a stopwatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasuredFile {
    pub(super) party: String,
    pub(super) trigger: String,
    pub(super) times: u64,
    pub(super) measured_ns: u64,
    pub(super) profiled_ns: u64,
}

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ViolationFile {
    pub(super) name: String,
    pub(super) detail: String,
}

/// How the generator fared; its seconds are in `generator.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GeneratorFile {
    pub(super) limits: Vec<String>,
    pub(super) intended: u64,
    pub(super) in_time: u64,
    pub(super) taken: u64,
    pub(super) vanished: u64,
    pub(super) under_way: u64,
    pub(super) lateness: Encoded,
    pub(super) thread_delay: Encoded,
    pub(super) loop_delay: Encoded,
    pub(super) cpu_ns: u64,
    pub(super) lasted_ns: u64,
    pub(super) prepared_ns: Option<u64>,
    pub(super) cores: u32,
    pub(super) memory_max: Option<u64>,
    pub(super) repeated: u64,
    pub(super) errors: BTreeMap<String, u64>,
    /// From when on, and how many times as fast.
    pub(super) rates: Vec<(u64, f64)>,
}

/// A histogram as HdrHistogram encodes it (V2, deflated), in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Encoded(String);

impl Encoded {
    /// All counts of a histogram.
    pub(super) fn of(histogram: &Histogram<u64>) -> Result<Self, String> {
        hlog::encode(histogram).map(Self)
    }

    /// The histogram.
    pub(super) fn histogram(&self, what: &str) -> Result<Histogram<u64>, String> {
        let decoded = hlog::decode(&self.0);
        let sound = decoded.and_then(|all| match all.sigfig() {
            3 => Ok(all),
            digits => Err(format!("it has {digits} significant digits; expected 3")),
        });
        sound.map_err(|reason| format!("{what}: {reason}"))
    }
}
