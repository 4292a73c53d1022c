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
