//! The state of a ratchet tree, counted from its structure alone.

use serde::{Deserialize, Serialize};

/// Trees of so many leaves at most are shown node by node: larger ones would not fit into a picture.
pub const SMALL_TREE: u32 = 32;

/// One node of a ratchet tree, reduced to what decides lengths and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NodeState {
    /// Blank (RFC 9420, section 4.1.1).
    #[default]
    Blank,
    /// A member's leaf, or a parent with a key.
    Filled {
        /// Length of a parent's `unmerged_leaves`; 0 for a leaf.
        unmerged: u32,
    },
}

impl NodeState {
    /// A node that holds a key and has no unmerged leaves.
    pub const FULL: Self = Self::Filled { unmerged: 0 };
}

/// The state of a ratchet tree: it decides what the next commit costs, so every figure is reported
/// with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// Count a tree's state. `nodes` is the array representation of RFC 9420, appendix C: leaves at
/// even indices, parents at odd ones, of a tree whose number of leaves is a power of two. Nodes
/// that the slice lacks are blank.
///
/// A member's commit with a path carries a ciphertext for each node in the resolution of each node
/// of the committer's copath (RFC 9420, section 7.5). Summed over all members that is, at every
/// parent, the members left of it times the resolution right of it, and the other way round; so one
/// pass from the leaves up is enough.
///
/// ```
/// use throng_mls::tree_health::{NodeState, tree_health};
///
/// // Two members and a root; then a third, added without a path: its parent and the new root are blank.
/// let two = tree_health(&[NodeState::FULL; 3]);
/// assert_eq!((two.members, two.ciphertexts_sum), (2, 2));
///
/// let mut nodes = [NodeState::Blank; 7];
/// for index in [0, 1, 2, 4] {
///     nodes[index] = NodeState::FULL;
/// }
/// let three = tree_health(&nodes);
/// assert_eq!((three.leaves, three.blank_leaves, three.blank_parents), (4, 1, 2));
/// // Leaves 0 and 1 encrypt to each other and to leaf 2; leaf 2 encrypts to the parent of both.
/// assert_eq!(three.ciphertexts_sum, 2 + 2 + 1);
/// ```
pub fn tree_health(nodes: &[NodeState]) -> TreeHealth {
    let leaves = nodes.len().div_ceil(2).max(1).next_power_of_two();
    let state = |index: usize| nodes.get(index).copied().unwrap_or_default();
    // Of each subtree of the level below: members in it, and nodes in its root's resolution.
    let mut below: Vec<(u64, u64)> = Vec::with_capacity(leaves);
    let mut health = TreeHealth {
        leaves: leaves as u32,
        ..TreeHealth::default()
    };
    for leaf in 0..leaves {
        let filled = state(2 * leaf) != NodeState::Blank;
        health.members += u32::from(filled);
        health.blank_leaves += u32::from(!filled);
        below.push((u64::from(filled), u64::from(filled)));
    }
    let mut first = 1;
    while below.len() > 1 {
        // Parents of one level stand at first, first + 2·(first + 1), …, with first = 2^level − 1.
        let step = 2 * (first + 1);
        let level = below.chunks_exact(2).enumerate().map(|(i, children)| {
            let [(members_left, left), (members_right, right)] = [children[0], children[1]];
            health.ciphertexts_sum += members_left * right + members_right * left;
            let resolution = match state(first + i * step) {
                NodeState::Blank => {
                    health.blank_parents += 1;
                    left + right
                }
                NodeState::Filled { unmerged } => {
                    health.unmerged_leaves += unmerged;
                    1 + u64::from(unmerged)
                }
            };
            (members_left + members_right, resolution)
        });
        below = level.collect();
        first = 2 * first + 1;
    }
    health
}

/// Nodes in the resolutions of the copath of `leaf`, together, in a tree as [`tree_health`] has it.
///
/// ```
/// use throng_mls::tree_health::{NodeState, copath_resolution};
///
/// // Three members and no parent with a key but that of leaves 2 and 3, at which leaf 3 is unmerged.
/// let mut nodes = [NodeState::FULL, NodeState::Blank, NodeState::FULL].to_vec();
/// nodes.extend([NodeState::Blank, NodeState::FULL, NodeState::Filled { unmerged: 1 }, NodeState::FULL]);
/// assert_eq!(copath_resolution(&nodes, 0), 1 + 2);
/// assert_eq!(copath_resolution(&nodes, 3), 1 + 2);
/// ```
pub fn copath_resolution(nodes: &[NodeState], leaf: u32) -> u64 {
    let leaves = nodes.len().div_ceil(2).max(1).next_power_of_two();
    (0..leaves.ilog2())
        .map(|level| resolution(nodes, ((leaf as usize) >> level) ^ 1, level))
        .sum()
}

/// The parents to which a member's commit gives new keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PathGaps {
    /// How many there are: the filtered direct path (RFC 9420, section 4.1.2).
    pub parents: u32,
    /// How many of them make other members' commits longer now: those that are blank or have unmerged leaves.
    pub gaps: u32,
}

/// The path of `leaf`, in a tree as [`tree_health`] has it.
///
/// ```
/// use throng_mls::tree_health::{NodeState, PathGaps, path_gaps};
///
/// // Five members; the parent of leaves 2 and 3 is blank, and at the left child of the root leaf 3 is unmerged.
/// let mut nodes = vec![NodeState::FULL; 15];
/// nodes[5] = NodeState::Blank;
/// nodes[3] = NodeState::Filled { unmerged: 1 };
/// for index in 9..15 {
///     nodes[index] = NodeState::Blank;
/// }
/// assert_eq!(path_gaps(&nodes, 0), PathGaps { parents: 3, gaps: 1 });
/// assert_eq!(path_gaps(&nodes, 3), PathGaps { parents: 3, gaps: 2 });
/// // Beside the fifth there is nobody, so no parent below the root is of any use to it.
/// assert_eq!(path_gaps(&nodes, 4), PathGaps { parents: 1, gaps: 0 });
/// ```
pub fn path_gaps(nodes: &[NodeState], leaf: u32) -> PathGaps {
    let leaves = nodes.len().div_ceil(2).max(1).next_power_of_two();
    let mut path = PathGaps::default();
    for level in 0..leaves.ilog2() {
        let below = leaf as usize >> level;
        if resolution(nodes, below ^ 1, level) == 0 {
            continue;
        }
        path.parents += 1;
        path.gaps += u32::from(state_at(nodes, below >> 1, level + 1) != NodeState::FULL);
    }
    path
}

/// The `index`-th node `level` levels above the leaves.
fn state_at(nodes: &[NodeState], index: usize, level: u32) -> NodeState {
    // Nodes of a level stand at 2^level − 1, and from there on every 2^(level + 1).
    let at = (index << (level + 1)) + (1 << level) - 1;
    nodes.get(at).copied().unwrap_or_default()
}

/// Nodes in the resolution of the `index`-th node `level` levels above the leaves.
fn resolution(nodes: &[NodeState], index: usize, level: u32) -> u64 {
    match state_at(nodes, index, level) {
        NodeState::Filled { unmerged } => 1 + u64::from(unmerged),
        NodeState::Blank if level == 0 => 0,
        NodeState::Blank => {
            resolution(nodes, 2 * index, level - 1) + resolution(nodes, 2 * index + 1, level - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A node as RFC 9420 has it: the list itself, not its length.
    type Node = Option<Vec<usize>>;

    /// Children of the node at `index`, `level` levels above the leaves.
    fn children(index: usize, level: u32) -> (usize, usize) {
        let half = 1 << (level - 1);
        (index - half, index + half)
    }

    /// Section 4.1.1: the resolution of a node.
    fn resolution(nodes: &[Node], index: usize, level: u32) -> Vec<usize> {
        match (&nodes[index], level) {
            (Some(unmerged), _) => {
                let mut list = vec![index];
                list.extend(unmerged.iter().map(|leaf| 2 * leaf));
                list
            }
            (None, 0) => vec![],
            (None, _) => {
                let (left, right) = children(index, level);
                let mut list = resolution(nodes, left, level - 1);
                list.extend(resolution(nodes, right, level - 1));
                list
            }
        }
    }

    /// Section 7.5, by walking down from the root to the committer's leaf.
    fn ciphertexts(nodes: &[Node], committer: usize) -> u64 {
        let leaves = nodes.len().div_ceil(2);
        let (mut index, mut level) = (leaves - 1, leaves.ilog2());
        let mut count = 0;
        while level > 0 {
            let (left, right) = children(index, level);
            level -= 1;
            let (path, copath) = match 2 * committer < index {
                true => (left, right),
                false => (right, left),
            };
            count += resolution(nodes, copath, level).len() as u64;
            index = path;
        }
        count
    }

    fn naive(nodes: &[Node]) -> TreeHealth {
        let leaves = nodes.len().div_ceil(2);
        let members: Vec<usize> = (0..leaves).filter(|i| nodes[2 * i].is_some()).collect();
        let parents = || nodes.iter().skip(1).step_by(2);
        TreeHealth {
            members: members.len() as u32,
            leaves: leaves as u32,
            blank_leaves: (leaves - members.len()) as u32,
            blank_parents: parents().filter(|node| node.is_none()).count() as u32,
            unmerged_leaves: parents().flatten().map(|list| list.len() as u32).sum(),
            ciphertexts_sum: members.iter().map(|leaf| ciphertexts(nodes, *leaf)).sum(),
        }
    }

    /// Trees of up to 32 leaves: any leaves, any parents, and below each parent some of its members
    /// unmerged.
    fn trees() -> impl Strategy<Value = Vec<Node>> {
        let node = (any::<bool>(), any::<u32>());
        (0..=5u32)
            .prop_flat_map(move |height| proptest::collection::vec(node, (2 << height) - 1))
            .prop_map(|choices| {
                let leaf = |i: usize| choices[2 * i].0;
                (0..choices.len())
                    .map(|index| {
                        let (filled, unmerged) = choices[index];
                        let level = index.trailing_ones();
                        let span = 1usize << level;
                        let from = (index + 1 - span) / 2;
                        filled.then(|| match level {
                            0 => vec![],
                            _ => (from..from + span)
                                .filter(|i| leaf(*i) && unmerged >> (i % 32) & 1 == 1)
                                .collect(),
                        })
                    })
                    .collect()
            })
    }

    proptest! {
        #[test]
        fn counting_agrees_with_the_definition(nodes in trees()) {
            let states: Vec<NodeState> = nodes
                .iter()
                .map(|node| match node {
                    None => NodeState::Blank,
                    Some(unmerged) => NodeState::Filled { unmerged: unmerged.len() as u32 },
                })
                .collect();
            prop_assert_eq!(tree_health(&states), naive(&nodes));
        }
    }

    #[test]
    fn an_empty_slice_is_one_blank_leaf() {
        let health = tree_health(&[]);
        assert_eq!(
            (health.members, health.leaves, health.blank_leaves),
            (0, 1, 1)
        );
    }
}
