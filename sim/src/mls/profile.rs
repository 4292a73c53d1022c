//! What Work costs in virtual CPU time.

use crate::mls::work::Work;
use throng_workloads::time::SimSpan;

/// Nanoseconds of one core for each unit of [`Work`]. Virtual time always comes from such a profile,
/// so runs repeat on any machine.
#[derive(Debug, Clone, PartialEq)]
pub struct CostProfile {
    /// Its name in scenarios.
    pub name: String,
    /// Which machine was measured, with what, and when.
    pub source: String,
    /// For each operation, whatever it does.
    pub operation_ns: f64,
    /// For each HPKE encryption.
    pub seal_ns: f64,
    /// For each HPKE decryption.
    pub open_ns: f64,
    /// For each key pair.
    pub key_pair_ns: f64,
    /// For each signature made.
    pub signature_ns: f64,
    /// For each signature checked.
    pub verification_ns: f64,
    /// For each tree node.
    pub tree_node_ns: f64,
    /// For each byte.
    pub byte_ns: f64,
}

impl CostProfile {
    /// PLACEHOLDER until measured.
    pub fn built_in() -> Self {
        Self {
            name: "built-in".into(),
            source: "".into(),
            operation_ns: 20e3,
            seal_ns: 100e3,
            open_ns: 90e3,
            key_pair_ns: 30e3,
            signature_ns: 30e3,
            verification_ns: 50e3,
            tree_node_ns: 1500.0,
            byte_ns: 5.0,
        }
    }

    /// The same machine, `factor` times slower, under another name.
    pub fn scaled(&self, name: &str, factor: f64) -> Self {
        Self {
            name: name.to_owned(),
            source: self.source.clone(),
            operation_ns: self.operation_ns * factor,
            seal_ns: self.seal_ns * factor,
            open_ns: self.open_ns * factor,
            key_pair_ns: self.key_pair_ns * factor,
            signature_ns: self.signature_ns * factor,
            verification_ns: self.verification_ns * factor,
            tree_node_ns: self.tree_node_ns * factor,
            byte_ns: self.byte_ns * factor,
        }
    }

    /// The time that `work` takes on one core, rounded to the nearest nanosecond.
    pub fn time(&self, work: &Work) -> SimSpan {
        // Products of integers below 2^53 and a fixed order of additions: the same on every platform.
        let nanos = self.operation_ns * work.operations as f64
            + self.seal_ns * work.seals as f64
            + self.open_ns * work.opens as f64
            + self.key_pair_ns * work.key_pairs as f64
            + self.signature_ns * work.signatures as f64
            + self.verification_ns * work.verifications as f64
            + self.tree_node_ns * work.tree_nodes as f64
            + self.byte_ns * work.bytes as f64;
        SimSpan::from_nanos((nanos + 0.5) as u64)
    }
}
