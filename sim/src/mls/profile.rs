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
    /// For each tree node.
    pub tree_node_ns: f64,
    /// For each byte.
    pub byte_ns: f64,
}

impl CostProfile {
    /// The profile that needs no measuring: OpenMLS on a rented server core.
    ///
    /// Fitted to 181 operations in groups of 2 to 1,000 members (bare and filled trees; the fastest
    /// of at least three runs; CPU time of one thread). Half of them are met within 9 %, four
    /// in five within 20 %, all but ten within 35 %. What is missed most are commits that put a large tree into a Welcome: one add to
    /// a group of 300 or 1,000 takes up to twice as long as predicted, and adding 999 members at
    /// once three times, because each of the 999 seals takes the whole encrypted GroupInfo for its
    /// context (RFC 9420, section 12.4.3.1).
    pub fn built_in() -> Self {
        Self {
            name: "server".to_owned(),
            source: "Intel Xeon (virtual machine, 2 cores, one used), OpenMLS 0.9.2 with \
                     RustCrypto (MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519), rustc 1.95.0, \
                     2026-11-23; median error 9 %, worst 69 %"
                .to_owned(),
            operation_ns: 0.0,
            seal_ns: 94_078.0,
            open_ns: 115_435.0,
            key_pair_ns: 13_715.0,
            signature_ns: 43_408.0,
            verification_ns: 58_584.0,
            tree_node_ns: 1_058.3,
            byte_ns: 5.872,
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
            byte_ns: self.byte_ns * factor,
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
            + self.byte_ns * work.bytes as f64;
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
            tree_nodes: 255,
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
