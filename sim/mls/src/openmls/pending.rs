//! The tree of a commit that waits for the hub.
//!
//! OpenMLS keeps it to itself until the commit is merged. Its structure follows from the tree before
//! and from what the commit does.

use crate::engine::MlsError;
use crate::openmls::tree::{self, LeafChanges};
use crate::tree_health::{NodeState, copath_resolution};
use crate::tree_stats::TreeStats;
use crate::tree_work::TreeCommit;
use openmls::framing::Sender;
use openmls::prelude::StagedCommit;
use openmls::treesync::TreeSync;

/// What a commit does to a tree as a whole. `changes` are its own; `external`: its committer joins by it.
pub(crate) fn on_tree(changes: &LeafChanges, commit: &StagedCommit, external: bool) -> TreeCommit {
    let added = &changes.added;
    TreeCommit {
        path: commit.update_path_leaf_node().is_some(),
        external,
        adds: added.len() as u64,
        added_leaves: added.iter().copied().map(u64::from).sum(),
        updates: commit.update_proposals().count() as u64,
        removes: tree::removed(commit).count() as u64,
    }
}

/// The tree that a pending commit makes.
#[derive(Debug)]
pub(crate) struct After {
    /// Its counts. The length of its encoding is left at 0, and its unmerged leaves where nobody is added: making a commit
    /// does not ask for them.
    pub(crate) stats: TreeStats,
    /// Nodes in the resolutions of the committer's copath; 0 where nobody is added.
    pub(crate) resolution: u64,
}

/// The tree that the member at leaf `committer` makes of `tree` by `commit`.
pub(crate) fn after(
    tree: &TreeSync,
    commit: &StagedCommit,
    committer: u32,
) -> Result<After, MlsError> {
    let adds = commit.add_proposals().count();
    // Resolutions need unmerged leaves, which OpenMLS shows only to those who encode all parents.
    let mut shape = Shape(match adds {
        0 => tree::outline(tree),
        _ => tree::survey(tree)?.nodes,
    });
    for queued in commit.update_proposals() {
        if let Sender::Member(leaf) = queued.sender() {
            shape.blank_path(leaf.u32());
        }
    }
    for leaf in tree::removed(commit) {
        shape.set(2 * leaf as usize, NodeState::Blank);
        shape.blank_path(leaf);
    }
    shape.add(adds);
    shape.truncate();
    if commit.update_path_leaf_node().is_some() {
        shape.fill_path(committer);
    }
    Ok(After {
        stats: TreeStats::count(&shape.0, 0),
        resolution: match adds {
            0 => 0,
            _ => copath_resolution(&shape.0, committer),
        },
    })
}

/// A tree's nodes in the array representation of RFC 9420, appendix C.
#[derive(Debug)]
struct Shape(Vec<NodeState>);

impl Shape {
    fn leaves(&self) -> usize {
        self.0.len().div_ceil(2)
    }

    fn set(&mut self, index: usize, state: NodeState) {
        if let Some(node) = self.0.get_mut(index) {
            *node = state;
        }
    }

    /// The root of the subtree of 2^`level` leaves around `leaf`.
    fn ancestor(leaf: usize, level: u32) -> usize {
        let span = 1 << level;
        (leaf & !(span - 1)) * 2 + span - 1
    }

    /// The levels above the leaves, upwards.
    fn levels(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.leaves().max(1).ilog2()
    }

    fn blank_path(&mut self, leaf: u32) {
        for level in self.levels() {
            self.set(Self::ancestor(leaf as usize, level), NodeState::Blank);
        }
    }

    /// Each takes the leftmost blank leaf (RFC 9420, section 7.7) and is unmerged at every filled node above it.
    fn add(&mut self, members: usize) {
        let mut leaf = 0;
        for _ in 0..members {
            while self
                .0
                .get(2 * leaf)
                .is_some_and(|node| *node != NodeState::Blank)
            {
                leaf += 1;
            }
            while leaf >= self.leaves() {
                self.0.resize(2 * self.0.len() + 1, NodeState::Blank);
            }
            self.set(2 * leaf, NodeState::FULL);
            for level in self.levels() {
                let above = self.0.get_mut(Self::ancestor(leaf, level));
                if let Some(NodeState::Filled { unmerged }) = above {
                    *unmerged += 1;
                }
            }
        }
    }

    /// Drop the right half while no leaf of it is filled.
    fn truncate(&mut self) {
        let filled = |node: &NodeState| *node != NodeState::Blank;
        let last = self.0.iter().step_by(2).rposition(filled).unwrap_or(0);
        self.0.truncate(2 * (last + 1).next_power_of_two() - 1);
    }

    /// The filtered direct path (section 4.1.2) gets new keys, the rest of the direct path none.
    fn fill_path(&mut self, committer: u32) {
        let committer = committer as usize;
        for level in self.levels() {
            let half = 1 << (level - 1);
            let from = (committer & !(half - 1)) ^ half;
            let copath = (from..from + half).map(|leaf| self.0.get(2 * leaf));
            let empty = copath.flatten().all(|leaf| *leaf == NodeState::Blank);
            let state = match empty {
                true => NodeState::Blank,
                false => NodeState::FULL,
            };
            self.set(Self::ancestor(committer, level), state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: NodeState = NodeState::FULL;
    const BLANK: NodeState = NodeState::Blank;

    #[test]
    fn trees_grow_and_shrink_by_powers_of_two() {
        let mut shape = Shape(vec![FULL]);
        shape.add(2);
        assert_eq!(shape.0, [FULL, BLANK, FULL, BLANK, FULL, BLANK, BLANK]);
        shape.fill_path(0);
        assert_eq!(shape.0, [FULL, FULL, FULL, FULL, FULL, BLANK, BLANK]);
        shape.add(1);
        assert_eq!(shape.0[3], NodeState::Filled { unmerged: 1 });
        assert_eq!((shape.0[5], shape.0[6]), (BLANK, FULL));
        // Leaf 0 meets leaf 1, then 2 and 3 below a blank parent.
        assert_eq!(copath_resolution(&shape.0, 0), 1 + 2);
        for leaf in [2, 3] {
            shape.set(2 * leaf as usize, BLANK);
            shape.blank_path(leaf);
        }
        shape.truncate();
        assert_eq!(shape.0, [FULL, FULL, FULL]);
    }

    #[test]
    fn a_path_leaves_out_parents_with_an_empty_half() {
        // Leaves 0 and 4 of five; the path of 0 skips both parents over leaves 0 to 3.
        let mut shape = Shape(vec![BLANK; 15]);
        shape.set(0, FULL);
        shape.set(8, FULL);
        shape.fill_path(0);
        assert_eq!((shape.0[1], shape.0[3], shape.0[7]), (BLANK, BLANK, FULL));
    }
}
