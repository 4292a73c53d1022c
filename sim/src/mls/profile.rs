//! What Work costs in virtual CPU time.

use crate::mls::work::Work;
use throng_workloads::time::SimSpan;

/// Nanoseconds of one core for each unit of [`Work`]. Virtual time always comes from such a
/// profile, so runs repeat on any machine.
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
    /// For each tree node hashed.
    pub tree_node_ns: f64,
    /// For each of them that is not blank, besides.
    pub filled_node_ns: f64,
    /// For each leaf looked at.
    pub leaf_check_ns: f64,
    /// For each proposal that a commit covers.
    pub proposal_ns: f64,
    /// For each HPKE ciphertext in a message that is read.
    pub ciphertext_ns: f64,
    /// For each byte.
    pub byte_ns: f64,
    /// For each byte of a Welcome secret's context.
    pub context_byte_ns: f64,
    /// For each byte of a tree in a signed GroupInfo.
    pub signed_tree_byte_ns: f64,
}

impl CostProfile {
    /// The profile that needs no measuring: OpenMLS on a rented server core.
    ///
    /// Interim values, fitted by hand while Work's counters were chosen (365 operations in groups of
    /// 2 to 2,000 members: median error 3 %, worst 29 %).
    pub fn built_in() -> Self {
        Self {
            name: "server".to_owned(),
            source: "Intel Xeon (virtual machine, 2 cores, one used), OpenMLS 0.9.2 with \
                     RustCrypto (MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519), rustc 1.95.0, \
                     2026-11-23; interim"
                .to_owned(),
            operation_ns: 0.0,
            seal_ns: 78_906.0,
            open_ns: 102_392.0,
            key_pair_ns: 18_225.0,
            signature_ns: 41_579.0,
            verification_ns: 54_434.0,
            tree_node_ns: 225.6,
            filled_node_ns: 196.2,
            leaf_check_ns: 1.09,
            proposal_ns: 3_500.0,
            ciphertext_ns: 756.6,
            byte_ns: 3.563,
            context_byte_ns: 1.526,
            signed_tree_byte_ns: 8.025,
        }
    }

    /// The same machine, `factor` times as slow, under another name.
    pub fn scaled(&self, name: &str, factor: f64) -> Self {
        Self {
            name: name.to_owned(),
            source: format!("{factor} × {}", self.source),
            operation_ns: self.operation_ns * factor,
            seal_ns: self.seal_ns * factor,
            open_ns: self.open_ns * factor,
            key_pair_ns: self.key_pair_ns * factor,
            signature_ns: self.signature_ns * factor,
            verification_ns: self.verification_ns * factor,
            tree_node_ns: self.tree_node_ns * factor,
            filled_node_ns: self.filled_node_ns * factor,
            leaf_check_ns: self.leaf_check_ns * factor,
            proposal_ns: self.proposal_ns * factor,
            ciphertext_ns: self.ciphertext_ns * factor,
            byte_ns: self.byte_ns * factor,
            context_byte_ns: self.context_byte_ns * factor,
            signed_tree_byte_ns: self.signed_tree_byte_ns * factor,
        }
    }

    /// The time that `work` takes on one core, rounded to the nearest nanosecond.
    pub fn time(&self, work: &Work) -> SimSpan {
        // Products of integers below 2^53 and a fixed order of additions: the same on every
        // platform.
        let nanos = self.operation_ns * work.operations as f64
            + self.seal_ns * work.seals as f64
            + self.open_ns * work.opens as f64
            + self.key_pair_ns * work.key_pairs as f64
            + self.signature_ns * work.signatures as f64
            + self.verification_ns * work.verifications as f64
            + self.tree_node_ns * work.tree_nodes as f64
            + self.filled_node_ns * work.filled_nodes as f64
            + self.leaf_check_ns * work.leaf_checks as f64
            + self.proposal_ns * work.proposals as f64
            + self.ciphertext_ns * work.ciphertexts as f64
            + self.byte_ns * work.bytes as f64
            + self.context_byte_ns * work.context_bytes as f64
            + self.signed_tree_byte_ns * work.signed_tree_bytes as f64;
        SimSpan::from_nanos((nanos + 0.5) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receiving_an_update_takes_the_time_that_was_measured() {
        // In a filled tree of 128 leaves; measured at 513 µs.
        let work = Work {
            operations: 1,
            opens: 1,
            key_pairs: 1,
            verifications: 2,
            tree_nodes: 3 * 255,
            filled_nodes: 3 * 255,
            ciphertexts: 7,
            bytes: 1_197,
            ..Work::default()
        };
        let time = CostProfile::built_in().time(&work);
        assert!((450_000..550_000).contains(&time.as_nanos()), "{time}");
        let slow = CostProfile::built_in().scaled("phone", 3.0).time(&work);
        assert!(slow.as_nanos().abs_diff(3 * time.as_nanos()) <= 3);
        assert_eq!(
            CostProfile::built_in().time(&Work::default()),
            SimSpan::ZERO
        );
    }
}
