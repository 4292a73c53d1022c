//! What a ratchet tree's size and filling say about the time that operations on it take.

use crate::tree_health::NodeState;

/// Counts of a ratchet tree from which the [`Work`](throng_cost::Work) of operations on the
/// whole of it follows.
///
/// An engine may count them in one pass ([`TreeStats::count`]) or keep them while the tree changes;
/// all of them are sums over nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeStats {
    /// Leaves, blank ones too: a power of two (RFC 9420, section 7.7).
    pub leaves: u32,
    /// Leaves that hold a member.
    pub members: u32,
    /// Parents that are not blank.
    pub filled_parents: u32,
    /// Entries in the `unmerged_leaves` lists of all parents together.
    pub unmerged: u64,
    /// Length of the `ratchet_tree` extension's content (RFC 9420, section 12.4.3.3) in bytes, with
    /// the length of its vector, up to the last leaf that is filled.
    pub encoded_len: u64,
    /// Sum over the filled parents of the leaves below each: 2^level, blank ones too. One who joins
    /// verifies a parent's hash by hashing all that is below it.
    pub filled_span: u64,
}

impl TreeStats {
    /// Count the nodes of a tree whose encoding has `encoded_len` bytes. `nodes` is the array
    /// representation of RFC 9420, appendix C, of a tree whose number of leaves is a power of two;
    /// nodes that the slice lacks are blank.
    ///
    /// ```
    /// use throng_mls::tree_health::NodeState;
    /// use throng_mls::tree_stats::TreeStats;
    ///
    /// // Four leaves, the last of them unmerged at the root; only the root and its left child are filled.
    /// let (full, blank) = (NodeState::FULL, NodeState::Blank);
    /// let root = NodeState::Filled { unmerged: 1 };
    /// let stats = TreeStats::count(&[full, full, full, root, full, blank, full], 1234);
    /// assert_eq!((stats.leaves, stats.members, stats.filled_parents), (4, 4, 2));
    /// assert_eq!((stats.unmerged, stats.filled_span, stats.encoded_len), (1, 4 + 2, 1234));
    /// ```
    pub fn count(nodes: &[NodeState], encoded_len: u64) -> Self {
        let mut stats = Self {
            leaves: nodes.len().div_ceil(2).max(1).next_power_of_two() as u32,
            encoded_len,
            ..Self::default()
        };
        for (index, node) in nodes.iter().enumerate() {
            let NodeState::Filled { unmerged } = node else {
                continue;
            };
            // The level of a node is the number of ones at the end of its index.
            match index.trailing_ones() {
                0 => stats.members += 1,
                level => {
                    stats.filled_parents += 1;
                    stats.unmerged += u64::from(*unmerged);
                    stats.filled_span += 1 << level;
                }
            }
        }
        stats
    }

    /// Nodes, leaves and parents, blank or not.
    pub fn nodes(&self) -> u64 {
        (2 * u64::from(self.leaves)).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tree_spans_every_leaf_once_a_level() {
        for height in 0..8u32 {
            let leaves = 1u32 << height;
            let nodes = vec![NodeState::FULL; 2 * leaves as usize - 1];
            let stats = TreeStats::count(&nodes, 0);
            assert_eq!((stats.leaves, stats.members), (leaves, leaves));
            assert_eq!(stats.filled_parents, leaves - 1);
            assert_eq!(stats.filled_span, u64::from(leaves * height));
            assert_eq!(stats.nodes(), nodes.len() as u64);
        }
    }

    #[test]
    fn an_empty_slice_is_one_blank_leaf() {
        let stats = TreeStats::count(&[], 0);
        assert_eq!((stats.leaves, stats.members, stats.nodes()), (1, 0, 1));
    }
}
