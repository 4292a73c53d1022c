//! What operations do to a whole ratchet tree, as OpenMLS 0.9.2 does it.
//!
//! Both engines count by [`TreeWork::add_tree`], from [`TreeStats`] alone, so what they count is the
//! same wherever their trees are. The formulas follow OpenMLS's source: it keeps no tree hashes from
//! one operation to the next, so whatever changes a tree hashes all of it, several times over.

use crate::tree_stats::TreeStats;
use crate::work::Work;

/// An operation on a whole ratchet tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeOperation {
    /// A group begins: its only leaf is hashed.
    Create,
    /// A commit is made, or processed, or accepted by a hub; the tree is that *after* it. OpenMLS
    /// hashes the tree for the new GroupContext (`update_group_context`) and for the new state
    /// (`into_staged_diff`); with a path, first the copath's subtrees for the parent hashes
    /// (`set_parent_hashes`), which is all of the tree but the path itself.
    Commit {
        /// Whether it carries a path.
        path: bool,
        /// Its Add proposals. Each looks for a blank leaf, and its credential and capabilities are
        /// checked against those of every member.
        adds: u64,
        /// Its Update proposals, which are checked like those.
        updates: u64,
        /// Its Remove proposals.
        removes: u64,
    },
    /// A tree from a peer is taken over, by one who joins or by a hub. For every filled parent, all
    /// that is below it is hashed (`verify_parent_hashes`), then the tree; every leaf is checked
    /// against every member (`validate_leaf_node`). The signatures in it are counted where they are checked.
    Validate,
    /// A GroupInfo that contains the tree is signed, or its signature checked: the tree is copied and encoded for the
    /// GroupInfo and again for what is signed.
    Sign,
    /// The tree is exported: copied and encoded.
    Export,
    /// The tree of a pending commit is exported: OpenMLS takes over the tree *before* it once more
    /// to do so, hashing as for [`TreeOperation::Validate`] but without looking at leaves
    /// (`StagedCommit::export_ratchet_tree`).
    ExportPending,
}

/// What MLS adds to [`Work`] by structure.
pub trait TreeWork {
    /// Add what going to an epoch takes whoever is in its group: a tree of so many leaves.
    fn add_epoch(&mut self, leaves: u32);

    /// Add what `operation` does to the tree that `stats` describes.
    ///
    /// | operation | `tree_nodes` | `member_nodes` | `leaf_checks` | `tree_bytes` |
    /// |---|---|---|---|---|
    /// | `Create` | n | m | | |
    /// | `Commit`, with a path | 3n | 4m | (adds + updates) · m | |
    /// | `Commit`, without | 2n | 3m | (adds + updates) · m | |
    /// | `Validate` | n + v | m + ⌊v·m/n⌋ | 2m² + unmerged | |
    /// | `ExportPending` | n + v | m + ⌊v·m/n⌋ | | |
    /// | `Sign` | | 2m | | 2 · encoded_len |
    /// | `Export` | | m | | encoded_len |
    ///
    /// A `Commit` also adds adds + updates + removes to `proposals`. Here n = 2·leaves − 1 are the nodes, m the members, and
    /// v = 2·(filled_span − filled_parents) the nodes below filled parents, each counted once for each such parent; how
    /// many of those are members' leaves is taken to be as in the tree as a whole. A commit gathers the keys of all members once
    /// besides hashing (`validate_key_uniqueness`). Whether a parent is filled makes no difference that can be measured.
    ///
    /// ```
    /// use throng_mls::tree_stats::TreeStats;
    /// use throng_mls::tree_work::{TreeOperation, TreeWork};
    /// use throng_mls::work::Work;
    ///
    /// let bare = TreeStats { leaves: 8, members: 8, ..TreeStats::default() };
    /// let mut work = Work::default();
    /// let update = TreeOperation::Commit { path: true, adds: 0, updates: 0, removes: 0 };
    /// work.add_tree(update, &bare);
    /// assert_eq!((work.tree_nodes, work.member_nodes), (3 * 15, 4 * 8));
    /// ```
    fn add_tree(&mut self, operation: TreeOperation, stats: &TreeStats);
}

impl TreeWork for Work {
    fn add_epoch(&mut self, leaves: u32) {
        self.epochs += 1;
        self.secret_slots += u64::from(leaves);
    }

    fn add_tree(&mut self, operation: TreeOperation, stats: &TreeStats) {
        let nodes = stats.nodes();
        let members = u64::from(stats.members);
        let parents = u64::from(stats.filled_parents);
        match operation {
            TreeOperation::Create => {
                self.tree_nodes += nodes;
                self.member_nodes += members;
            }
            TreeOperation::Commit {
                path,
                adds,
                updates,
                removes,
            } => {
                let passes = 2 + u64::from(path);
                self.tree_nodes += passes * nodes;
                self.member_nodes += (passes + 1) * members;
                self.leaf_checks += (adds + updates) * members;
                self.proposals += adds + updates + removes;
            }
            TreeOperation::Validate | TreeOperation::ExportPending => {
                let below = 2 * stats.filled_span.saturating_sub(parents);
                self.tree_nodes += nodes + below;
                // The product of two counts of nodes may pass 2^64 in the largest of trees.
                let share = u128::from(below) * u128::from(members) / u128::from(nodes.max(1));
                self.member_nodes += members + share as u64;
                if operation == TreeOperation::Validate {
                    self.leaf_checks += 2 * members * members + stats.unmerged;
                }
            }
            TreeOperation::Sign => {
                self.tree_bytes += 2 * stats.encoded_len;
                self.member_nodes += 2 * members;
            }
            TreeOperation::Export => {
                self.tree_bytes += stats.encoded_len;
                self.member_nodes += members;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_health::NodeState;

    fn work(operation: TreeOperation, stats: &TreeStats) -> Work {
        let mut work = Work::default();
        work.add_tree(operation, stats);
        work
    }

    #[test]
    fn a_full_tree_is_verified_twice_a_level() {
        let full = TreeStats::count(&[NodeState::FULL; 31], 5000);
        let found = work(TreeOperation::Validate, &full);
        // 15 parents over 16 leaves: at each of 4 levels both halves of all the tree, less its parents.
        let below = 2 * (4 * 16 - 15);
        assert_eq!(found.tree_nodes, 31 + below);
        assert_eq!(found.member_nodes, 16 + below * 16 / 31);
        assert_eq!((found.leaf_checks, found.tree_bytes), (512, 0));
        let exported = work(TreeOperation::ExportPending, &full);
        assert_eq!((exported.tree_nodes, exported.leaf_checks), (31 + below, 0));
        assert_eq!(work(TreeOperation::Sign, &full).tree_bytes, 10_000);
    }

    #[test]
    fn the_largest_tree_does_not_overflow() {
        let members = 1 << 24;
        let stats = TreeStats {
            leaves: members,
            members,
            filled_parents: members - 1,
            unmerged: 0,
            encoded_len: 1 << 30,
            filled_span: 24 * u64::from(members),
        };
        let found = work(TreeOperation::Validate, &stats);
        // Half of all nodes are leaves, and here all leaves are members.
        assert!(found.member_nodes.abs_diff(found.tree_nodes / 2) < 64);
    }
}
