//! What operations do to a whole ratchet tree, as OpenMLS 0.9.2 does it.
//!
//! Both engines count by [`Work::add_tree`], from [`TreeStats`] alone, so what they count is the
//! same wherever their trees are. The formulas follow OpenMLS's source: it keeps no tree hashes from
//! one operation to the next, so whatever changes a tree hashes all of it, several times over.

use crate::tree_stats::TreeStats;
use crate::work::Work;

/// A commit, as far as a tree as a whole notices it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeCommit {
    /// Whether it carries a path.
    pub path: bool,
    /// Whether its committer joins by it, without an Add proposal.
    pub external: bool,
    /// Its Add proposals.
    pub adds: u64,
    /// The leaves that they fill, their indices added up.
    pub added_leaves: u64,
    /// Its Update proposals.
    pub updates: u64,
    /// Its Remove and SelfRemove proposals, and the one by which an external committer removes its old leaf.
    pub removes: u64,
}

impl TreeCommit {
    /// The members of the tree before it, from those of the tree after it.
    fn members_before(&self, after: u64) -> u64 {
        (after + self.removes).saturating_sub(self.adds + u64::from(self.external))
    }
}

/// An operation on a whole ratchet tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeOperation {
    /// A group begins: its only leaf is hashed.
    Create,
    /// A commit is made; the tree is that *after* it. OpenMLS hashes the tree for the new GroupContext
    /// (`update_group_context`) and for the new state (`into_staged_diff`); with a path, first the copath's
    /// subtrees for the parent hashes (`set_parent_hashes`), which is all of the tree but the path itself.
    ///
    /// The leaf of every Add and Update is checked against those of all members of the tree before, and they against
    /// it: whether all support its type of credential, and it theirs (`validate_leaf_node_capabilities`, from
    /// `validate_add_proposals` or `validate_update_proposals`, and once more from `validate_capabilities`). Each
    /// Add looks for the leftmost blank leaf from the first one on (`free_leaf_index`).
    Make(TreeCommit),
    /// The same is processed by a member or accepted by a hub, who check the leaf in its path too
    /// (`validate_commit`).
    Read(TreeCommit),
    /// A Welcome is sealed. For each joiner OpenMLS asks anew where its path meets that of the committer, and finds that
    /// out by the resolutions of the committer's whole copath (`subtree_root_position`).
    Welcome {
        /// To whom.
        joiners: u64,
        /// Nodes in the resolutions of the committer's copath, in the tree after the commit; joiners count.
        resolution: u64,
    },
    /// A tree from a peer is taken over, by one who joins or by a hub. For every filled parent, all
    /// that is below it is hashed (`verify_parent_hashes`), then the tree; every leaf is checked
    /// against every member, and every member against it (`validate_leaf_node_inner`). The signatures in it are
    /// counted where they are checked.
    Validate,
    /// A GroupInfo that contains the tree is signed, or its signature checked: the tree is copied and encoded for the
    /// GroupInfo and again for what is signed.
    Sign,
    /// The tree is exported: copied and encoded.
    Export,
}

impl Work {
    /// The leaves of so many members, a megabyte or two with OpenMLS, stay in the caches next to a core. Whoever goes round and
    /// round in a larger tree finds each leaf gone from there when it comes by again, and waits for it each time.
    pub const NEAR_MEMBERS: u64 = 4096;

    /// Add that so many nodes of a tree of `members` were gone through, and so many members' leaves.
    fn add_nodes(&mut self, nodes: u64, leaves: u64, members: u64) {
        self.tree_nodes += nodes;
        self.member_nodes += leaves;
        if members > Self::NEAR_MEMBERS {
            self.far_tree_nodes += nodes;
            self.far_member_nodes += leaves;
        }
    }

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

    /// Add what `operation` does to the tree that `stats` describes.
    ///
    /// | operation | `tree_nodes` | `member_nodes` | `leaf_checks` | `tree_bytes` |
    /// |---|---|---|---|---|
    /// | `Create` | n | m | | |
    /// | `Make`, with a path | 3n | 4m | 4 · (adds + updates) · b | |
    /// | `Make`, without | 2n | 3m | 4 · (adds + updates) · b | |
    /// | `Read` | as `Make` | as `Make` | as `Make`; with a path + 2b | |
    /// | `Validate` | n + v | m + ⌊v·m/n⌋ | 2m² + unmerged | |
    /// | `Sign` | | 2m | | 2 · encoded_len |
    /// | `Export` | | m | | encoded_len |
    ///
    /// `Make` and `Read` also add adds + updates + removes to `proposals`, and `added_leaves` to `leaf_steps`: as many leaves
    /// were passed before the blank ones were found. `Welcome` adds joiners · resolution to `resolved_nodes`, and nothing else.
    /// In trees of more than [`Work::NEAR_MEMBERS`] members, `tree_nodes`, `member_nodes`, `leaf_checks` and `resolved_nodes` are
    /// counted once more, as `far_tree_nodes` and so on: what they wait for is memory, and how long depends on where that is.
    ///
    /// Here n = 2·leaves − 1 are the nodes, m the members, b the members before the commit, and
    /// v = 2·(filled_span − filled_parents) the nodes below filled parents, each counted once for each such parent; how
    /// many of those are members' leaves is taken to be as in the tree as a whole. A commit gathers the keys of all members once
    /// besides hashing (`validate_key_uniqueness`). Whether a parent is filled makes no difference that can be measured.
    ///
    /// # What grows with the square of a group
    /// `leaf_checks` of whoever joins; `leaf_steps` and `resolved_nodes` where a large part of a group is added at once, and
    /// then `context_bytes` too, which are no matter of OpenMLS: RFC 9420, section 12.4.3.1, seals the secrets of each joiner
    /// with the encrypted GroupInfo, tree included, as context. All else that OpenMLS 0.9.2 does to a tree grows with its
    /// size: keys are compared in hash tables (`validate_key_uniqueness`, `from_ratchet_tree`), and capabilities for types of
    /// proposals are intersected once a commit (`validate_proposal_type_support`).
    ///
    /// ```
    /// use throng_mls::tree_stats::TreeStats;
    /// use throng_mls::tree_work::{TreeCommit, TreeOperation};
    /// use throng_mls::work::Work;
    ///
    /// let bare = TreeStats { leaves: 8, members: 8, ..TreeStats::default() };
    /// let mut work = Work::default();
    /// let update = TreeCommit { path: true, ..TreeCommit::default() };
    /// work.add_tree(TreeOperation::Make(update), &bare);
    /// assert_eq!((work.tree_nodes, work.member_nodes), (3 * 15, 4 * 8));
    ///
    /// let mut work = Work::default();
    /// work.add_tree(TreeOperation::Validate, &bare);
    /// assert_eq!(work.leaf_checks, 2 * 8 * 8);
    /// ```
    pub fn add_tree(&mut self, operation: TreeOperation, stats: &TreeStats) {
        let nodes = stats.nodes();
        let members = u64::from(stats.members);
        let parents = u64::from(stats.filled_parents);
        match operation {
            TreeOperation::Create => self.add_nodes(nodes, members, members),
            TreeOperation::Make(commit) | TreeOperation::Read(commit) => {
                let TreeCommit { adds, updates, .. } = commit;
                let before = commit.members_before(members);
                let passes = 2 + u64::from(commit.path);
                self.add_nodes(passes * nodes, (passes + 1) * members, members);
                let mut checks = 4 * (adds + updates) * before;
                if commit.path && matches!(operation, TreeOperation::Read(_)) {
                    checks += 2 * before;
                }
                self.add_leaf_checks(checks, before);
                self.leaf_steps += commit.added_leaves;
                self.proposals += adds + updates + commit.removes;
            }
            TreeOperation::Welcome {
                joiners,
                resolution,
            } => self.add_resolved_nodes(joiners * resolution, members),
            TreeOperation::Validate => {
                let below = 2 * stats.filled_span.saturating_sub(parents);
                // The product of two counts of nodes may pass 2^64 in the largest of trees.
                let share = u128::from(below) * u128::from(members) / u128::from(nodes.max(1));
                self.add_nodes(nodes + below, members + share as u64, members);
                self.add_leaf_checks(2 * members * members + stats.unmerged, members);
            }
            TreeOperation::Sign => {
                self.tree_bytes += 2 * stats.encoded_len;
                self.add_nodes(0, 2 * members, members);
            }
            TreeOperation::Export => {
                self.tree_bytes += stats.encoded_len;
                self.add_nodes(0, members, members);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_health::NodeState;
    use crate::work::UNITS;
    use throng_cost::profile::CostProfile;
    use throng_workloads::scenario::{LeafChecks, MachineCosts, ProfileSpec};

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
        assert_eq!(work(TreeOperation::Sign, &full).tree_bytes, 10_000);
    }

    #[test]
    fn where_leaf_checks_are_indexed_nothing_grows_with_the_square_of_a_group() {
        let nanos = |leaf_checks, leaves: u32| {
            let stats = TreeStats {
                leaves,
                members: leaves,
                ..TreeStats::default()
            };
            let all = u64::from(leaves) - 1;
            let add_all = TreeCommit {
                adds: all,
                added_leaves: all * u64::from(leaves) / 2,
                ..TreeCommit::default()
            };
            let mut work = Work::default();
            work.add_tree(TreeOperation::Validate, &stats);
            work.add_tree(TreeOperation::Make(add_all), &stats);
            let sealed = TreeOperation::Welcome {
                joiners: all,
                resolution: all,
            };
            work.add_tree(sealed, &stats);
            let spec = ProfileSpec {
                measured: Some(MachineCosts {
                    source: String::new(),
                    nanos: UNITS
                        .all()
                        .map(|unit| (unit.name.to_owned(), 1.0))
                        .collect(),
                    calibrated_to: None,
                }),
                leaf_checks,
                ..ProfileSpec::built_in(1.0)
            };
            let profile = CostProfile::of_scenario("mine", &spec, UNITS);
            (profile.time(&work.into()).as_nanos(), profile.projection)
        };
        let (small, said) = nanos(LeafChecks::Indexed, 1 << 13);
        assert_eq!(said, ["leaf checks indexed"]);
        let (large, _) = nanos(LeafChecks::Indexed, 1 << 16);
        assert!(large < 9 * small, "{small}, {large}");
        let (small, said) = nanos(LeafChecks::Pairwise, 1 << 13);
        assert!(said.is_empty());
        let (large, _) = nanos(LeafChecks::Pairwise, 1 << 16);
        assert!(large > 60 * small, "{small}, {large}");
    }

    #[test]
    fn what_is_far_counts_as_such() {
        let stats = |members| TreeStats {
            leaves: 8192,
            members,
            ..TreeStats::default()
        };
        let near = Work::NEAR_MEMBERS as u32;
        let found = work(TreeOperation::Validate, &stats(near));
        assert_eq!((found.leaf_checks, found.far_leaf_checks), (1 << 25, 0));
        let found = work(TreeOperation::Validate, &stats(near + 1));
        assert_eq!(found.far_leaf_checks, found.leaf_checks);
        assert_eq!(
            (found.far_tree_nodes, found.far_member_nodes),
            (found.tree_nodes, found.member_nodes)
        );
        let welcome = TreeOperation::Welcome {
            joiners: 3,
            resolution: 5_000,
        };
        let found = work(welcome, &stats(5_001));
        let resolved = (found.resolved_nodes, found.far_resolved_nodes);
        assert_eq!(resolved, (15_000, 15_000));
        assert_eq!(work(welcome, &stats(near)).far_resolved_nodes, 0);
    }

    #[test]
    fn checks_are_against_the_members_before_a_commit() {
        let commit = TreeCommit {
            path: true,
            adds: 3,
            added_leaves: 4 + 9 + 10,
            updates: 1,
            removes: 2,
            ..TreeCommit::default()
        };
        let after = TreeStats {
            leaves: 16,
            members: 11,
            ..TreeStats::default()
        };
        let made = work(TreeOperation::Make(commit), &after);
        assert_eq!((made.leaf_checks, made.leaf_steps), (4 * 4 * 10, 23));
        assert_eq!(made.proposals, 6);
        let read = work(TreeOperation::Read(commit), &after);
        assert_eq!(read.leaf_checks, 4 * 4 * 10 + 2 * 10);
        // One who joins from outside, instead of its old leaf.
        let resync = TreeCommit {
            path: true,
            external: true,
            removes: 1,
            ..TreeCommit::default()
        };
        let read = work(TreeOperation::Read(resync), &after);
        assert_eq!(read.leaf_checks, 2 * 11);
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
