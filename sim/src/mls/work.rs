//! What an operation did, in countable units, and the state of a ratchet tree.

use std::ops::AddAssign;

/// What one or more MLS operations did. Structure decides it, never secret bits, so every engine
/// reports the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Operations begun (a message made or processed, a group joined, a KeyPackage made).
    pub operations: u64,
    /// HPKE encryptions: path secrets and Welcome secrets.
    pub seals: u64,
    /// HPKE decryptions.
    pub opens: u64,
    /// HPKE key pairs derived or generated.
    pub key_pairs: u64,
    /// Signatures made.
    pub signatures: u64,
    /// Signatures checked.
    pub verifications: u64,
    /// Nodes of the ratchet trees that operations hashed whole (OpenMLS rehashes the tree of a
    /// group at every commit): the size of the tree, leaves and parents, once an operation.
    pub tree_nodes: u64,
    /// Bytes of MLS messages made or read.
    pub bytes: u64,
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.seals += other.seals;
        self.opens += other.opens;
        self.key_pairs += other.key_pairs;
        self.signatures += other.signatures;
        self.verifications += other.verifications;
        self.tree_nodes += other.tree_nodes;
        self.bytes += other.bytes;
    }
}

/// The state of a ratchet tree: it decides what the next commit costs, so every figure is reported
/// with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeHealth {
    /// Leaves that hold a member.
    pub members: u32,
    /// Leaves of the tree, a power of two (RFC 9420, section 7.7).
    pub leaves: u32,
    /// Leaves that are blank.
    pub blank_leaves: u32,
    /// Parents that are blank.
    pub blank_parents: u32,
    /// Entries in the `unmerged_leaves` lists of all parents together: a leaf that is unmerged at three of
    /// them counts three times.
    pub unmerged_leaves: u32,
    /// Ciphertexts that the next commit with a path carries, summed over all members as committer.
    /// Divided by `members` it is what a random member's next commit carries.
    pub ciphertexts_sum: u64,
}

impl TreeHealth {
    /// Ciphertexts that a random member's next commit with a path carries, on average.
    pub fn mean_ciphertexts(&self) -> f64 {
        if self.members == 0 {
            return 0.0;
        }
        self.ciphertexts_sum as f64 / f64::from(self.members)
    }
}
