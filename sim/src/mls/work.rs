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
    /// Nodes of ratchet trees that were hashed, leaves and parents, blank or not, each time anew.
    pub tree_nodes: u64,
    /// Members' leaves among them, in trees copied to be exported, and members whose keys were gathered: a leaf takes longer
    /// than any other node.
    pub member_nodes: u64,
    /// Leaves that were looked at in order to check another one against them. One who joins checks all leaves against all.
    pub leaf_checks: u64,
    /// Those among them in trees of more than [`Work::NEAR_MEMBERS`] members.
    pub far_leaf_checks: u64,
    /// Leaves that were passed in search of a blank one for a new member, from the first leaf on for each.
    pub leaf_steps: u64,
    /// Nodes of resolutions of a committer's copath, gathered anew for each joiner that its Welcome is sealed to.
    pub resolved_nodes: u64,
    /// Those among them in trees of more than [`Work::NEAR_MEMBERS`] members.
    pub far_resolved_nodes: u64,
    /// Add, Update and Remove proposals that commits made or read cover.
    pub proposals: u64,
    /// Epochs gone to, as their maker or after one: key schedules (RFC 9420, section 8).
    pub epochs: u64,
    /// Leaves of the secret trees that were laid out for them: OpenMLS makes room for the secrets of every leaf, blank or not.
    pub secret_slots: u64,
    /// HPKE ciphertexts in messages read, whoever they are for: those of an UpdatePath (RFC 9420,
    /// section 7.6) and the encrypted group secrets of a Welcome.
    pub ciphertexts: u64,
    /// Nodes of secret trees at which secrets were derived, for messages to be encrypted or decrypted
    /// ([`SecretTrees`](crate::mls::secret_tree::SecretTrees)).
    pub secret_nodes: u64,
    /// Bytes of handshakes, KeyPackages, Welcomes and GroupInfos made or read.
    pub bytes: u64,
    /// Bytes of application messages made or read: signed or checked, and encrypted or decrypted.
    pub message_bytes: u64,
    /// Bytes of encrypted GroupInfos that the seals and opens of Welcomes take as their context (RFC
    /// 9420, section 12.4.3.1): all of it, for each joiner.
    pub context_bytes: u64,
    /// Bytes of ratchet trees that were copied and encoded, each time anew: to export them, and to sign and
    /// check GroupInfos that contain them.
    pub tree_bytes: u64,
    /// CPU time in nanoseconds that a stopwatch says all this took; 0 where nobody measured. It is no
    /// counter: two engines, or two runs, never agree on it.
    pub measured_ns: u64,
}

impl Work {
    /// How many counters there are.
    pub const COUNTERS: usize = 22;

    /// The leaves of so many members, a megabyte or two with OpenMLS, stay in the caches next to a core. Whoever goes round and
    /// round in a larger tree finds each leaf gone from there when it comes by again, and waits for it each time.
    pub const NEAR_MEMBERS: u64 = 4096;

    /// Add that so many leaves were looked at in a tree of `members` in order to check others against them.
    pub fn add_leaf_checks(&mut self, checks: u64, members: u64) {
        self.leaf_checks += checks;
        if members > Self::NEAR_MEMBERS {
            self.far_leaf_checks += checks;
        }
    }

    /// Add that resolutions of so many nodes were gathered in a tree of `members`.
    pub fn add_resolved_nodes(&mut self, nodes: u64, members: u64) {
        self.resolved_nodes += nodes;
        if members > Self::NEAR_MEMBERS {
            self.far_resolved_nodes += nodes;
        }
    }

    /// Add what going to an epoch takes whoever is in its group: a tree of so many leaves.
    pub fn add_epoch(&mut self, leaves: u32) {
        self.epochs += 1;
        self.secret_slots += u64::from(leaves);
    }

    /// The same so many times.
    pub fn times(&self, count: u64) -> Self {
        Self {
            operations: self.operations * count,
            seals: self.seals * count,
            opens: self.opens * count,
            key_pairs: self.key_pairs * count,
            signatures: self.signatures * count,
            verifications: self.verifications * count,
            tree_nodes: self.tree_nodes * count,
            member_nodes: self.member_nodes * count,
            leaf_checks: self.leaf_checks * count,
            far_leaf_checks: self.far_leaf_checks * count,
            leaf_steps: self.leaf_steps * count,
            resolved_nodes: self.resolved_nodes * count,
            far_resolved_nodes: self.far_resolved_nodes * count,
            proposals: self.proposals * count,
            epochs: self.epochs * count,
            secret_slots: self.secret_slots * count,
            ciphertexts: self.ciphertexts * count,
            secret_nodes: self.secret_nodes * count,
            bytes: self.bytes * count,
            message_bytes: self.message_bytes * count,
            context_bytes: self.context_bytes * count,
            tree_bytes: self.tree_bytes * count,
            measured_ns: self.measured_ns * count,
        }
    }

    /// Its counters by name, in the order of the fields.
    pub fn counters(&self) -> [(&'static str, u64); Self::COUNTERS] {
        [
            ("operations", self.operations),
            ("seals", self.seals),
            ("opens", self.opens),
            ("key_pairs", self.key_pairs),
            ("signatures", self.signatures),
            ("verifications", self.verifications),
            ("tree_nodes", self.tree_nodes),
            ("member_nodes", self.member_nodes),
            ("leaf_checks", self.leaf_checks),
            ("far_leaf_checks", self.far_leaf_checks),
            ("leaf_steps", self.leaf_steps),
            ("resolved_nodes", self.resolved_nodes),
            ("far_resolved_nodes", self.far_resolved_nodes),
            ("proposals", self.proposals),
            ("epochs", self.epochs),
            ("secret_slots", self.secret_slots),
            ("ciphertexts", self.ciphertexts),
            ("secret_nodes", self.secret_nodes),
            ("bytes", self.bytes),
            ("message_bytes", self.message_bytes),
            ("context_bytes", self.context_bytes),
            ("tree_bytes", self.tree_bytes),
        ]
    }
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
        self.member_nodes += other.member_nodes;
        self.leaf_checks += other.leaf_checks;
        self.far_leaf_checks += other.far_leaf_checks;
        self.leaf_steps += other.leaf_steps;
        self.resolved_nodes += other.resolved_nodes;
        self.far_resolved_nodes += other.far_resolved_nodes;
        self.proposals += other.proposals;
        self.epochs += other.epochs;
        self.secret_slots += other.secret_slots;
        self.ciphertexts += other.ciphertexts;
        self.secret_nodes += other.secret_nodes;
        self.bytes += other.bytes;
        self.message_bytes += other.message_bytes;
        self.context_bytes += other.context_bytes;
        self.tree_bytes += other.tree_bytes;
        self.measured_ns += other.measured_ns;
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
