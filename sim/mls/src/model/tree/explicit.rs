//! Whole trees node by node, as the `ratchet_tree` extension has them: read in, written out as states, and resolutions
//! as lists.
//!
//! Nodes are numbered as in RFC 9420, appendix C: leaf i is node 2i, and parents stand between their children.

use super::{Key, Leaf, MAX_HEIGHT, Tree};
use crate::model::lengths::Lengths;
use crate::tree_health::NodeState;
use thiserror::Error;

/// A node that is not blank, with its `unmerged_leaves` as a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A leaf.
    Leaf {
        /// The member, as a number of the caller's; not [`Leaf::NOBODY`].
        occupant: u32,
        /// Length of its LeafNode, in bytes.
        len: u32,
    },
    /// A parent.
    Parent {
        /// Its `unmerged_leaves`, as leaf indices.
        unmerged: Vec<u32>,
        /// Whether its `parent_hash` is empty.
        top: bool,
    },
}

/// Why nodes are not a ratchet tree (RFC 9420, sections 7.1, 12.4.3.1 and 12.4.3.3). Nodes are array indices,
/// leaves leaf indices.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidTree {
    /// There is no node, or the last one is blank.
    #[error("the last node is blank")]
    LastBlank,
    /// More leaves than the model counts.
    #[error("it has {nodes} nodes, more than a tree of {MAX_HEIGHT} levels")]
    TooLarge {
        /// How many nodes.
        nodes: usize,
    },
    /// A leaf at an odd index, or a parent at an even one.
    #[error("node {node} is of the wrong type for its place")]
    WrongType {
        /// The node.
        node: u32,
    },
    /// A key that nobody can have set: the filtered direct path leaves such parents out (section 4.1.2).
    #[error("node {node} has a key, but no member below one of its children")]
    OneSided {
        /// The parent.
        node: u32,
    },
    /// `unmerged_leaves` has to be in order (section 7.1).
    #[error("the unmerged leaves of node {node} are not in ascending order")]
    Unordered {
        /// The parent.
        node: u32,
    },
    /// An unmerged leaf is elsewhere, or blank.
    #[error("node {node} lists leaf {leaf} as unmerged, which is no member below it")]
    NoMember {
        /// The parent.
        node: u32,
        /// The leaf.
        leaf: u32,
    },
    /// Whoever does not know a key knows none that is set above and was set no later.
    #[error("leaf {leaf} is unmerged at node {above}, but not at node {node} between them")]
    MergedBelow {
        /// The parent nearer to the leaf.
        node: u32,
        /// The leaf.
        leaf: u32,
        /// The parent that lists it.
        above: u32,
    },
}

/// The array index of the `index`-th node at `height`; leaves are at height 0.
pub(crate) const fn node_index(height: u32, index: u32) -> u32 {
    (index << (height + 1)) + (1 << height) - 1
}

/// Height, and place among the nodes of that height, of a node of the array.
pub(crate) const fn place(node: u32) -> (u32, u32) {
    let height = node.trailing_ones();
    // Numbers that no tree reaches come from files, and may be all ones.
    let index = match node.checked_shr(height + 1) {
        Some(index) => index,
        None => 0,
    };
    (height, index)
}

impl Tree {
    /// Operations on a tree of [`Tree::from_nodes`] need greater stamps than this.
    pub const LISTED_STAMP: u32 = MAX_HEIGHT + 1;

    /// The tree with these nodes: all up to the last one that is not blank (RFC 9420, section 12.4.3.3).
    ///
    /// The stamps that the model keeps instead of `unmerged_leaves` are made up: a key counts as set at its
    /// height, and a member as added just after the highest key that it lacks. That says all lists of a valid
    /// tree, where whoever lacks a key lacks the keys between it and the leaf as well.
    ///
    /// # Errors
    /// What makes the nodes no valid tree.
    ///
    /// ```
    /// use throng_mls::model::lengths::Lengths;
    /// use throng_mls::model::tree::{Listed, Tree};
    /// use throng_workloads::scenario::Ciphersuite;
    ///
    /// let leaf = |occupant| Some(Listed::Leaf { occupant, len: 200 });
    /// let root = Some(Listed::Parent { unmerged: vec![1], top: true });
    /// // Members 0, 1 and 2; the root's key is not known to 1, and the parent of 0 and 1 is blank.
    /// let nodes = [leaf(0), None, leaf(1), root, leaf(2)];
    /// let lengths = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);
    /// let tree = Tree::from_nodes(&lengths, &nodes)?;
    /// assert_eq!(tree.width(), 4);
    /// assert_eq!(tree.unmerged_leaves(2, 0), [1]);
    /// assert_eq!(tree.resolution(2, 0), [3, 2]);
    /// assert_eq!(tree.resolution(1, 0), [0, 2]);
    /// # Ok::<(), throng_mls::model::tree::InvalidTree>(())
    /// ```
    pub fn from_nodes(lengths: &Lengths, nodes: &[Option<Listed>]) -> Result<Self, InvalidTree> {
        if !matches!(nodes.last(), Some(Some(_))) {
            return Err(InvalidTree::LastBlank);
        }
        if nodes.len() >= 1 << (MAX_HEIGHT + 1) {
            return Err(InvalidTree::TooLarge { nodes: nodes.len() });
        }
        let mut tree = Self::new(lengths);
        tree.totals.height = (nodes.len() / 2 + 1).next_power_of_two().ilog2();
        tree.make_room(tree.totals.height);
        tree.seat(nodes)?;
        for (node, listed) in (0..).zip(nodes) {
            if let Some(Listed::Parent { unmerged, .. }) = listed {
                tree.check_unmerged(nodes, node, unmerged)?;
            }
        }
        tree.fill(
            |height, index| match nodes.get(node_index(height, index) as usize) {
                Some(Some(Listed::Parent { unmerged, top })) => Some(Key {
                    set: height,
                    unmerged: unmerged.len() as u32,
                    top: *top,
                }),
                _ => None,
            },
        );
        // `fill` passes over keys that nobody can have set.
        for (node, listed) in (0..).zip(nodes) {
            let (height, index) = place(node);
            let blank = |tree: &Self| tree.parent(height, index).is_none_or(|p| p.is_blank());
            if matches!(listed, Some(Listed::Parent { .. })) && blank(&tree) {
                return Err(InvalidTree::OneSided { node });
            }
        }
        Ok(tree)
    }

    /// Put members where `nodes` has leaves, each with the stamp that its unmerged parents ask for.
    fn seat(&mut self, nodes: &[Option<Listed>]) -> Result<(), InvalidTree> {
        // Heights of the highest parents that list the leaves; 0 where none does.
        let mut lacking = vec![0; self.leaves.len()];
        for (node, listed) in (0..).zip(nodes) {
            let (height, index) = place(node);
            match (height, listed) {
                (_, None) => {}
                (0, Some(Listed::Leaf { occupant, len })) => {
                    self.totals.members += 1;
                    let new = Leaf {
                        occupant: *occupant,
                        added: 0,
                        len: *len,
                    };
                    self.write_leaf(index, new, &mut ());
                }
                (0, Some(Listed::Parent { .. })) | (_, Some(Listed::Leaf { .. })) => {
                    return Err(InvalidTree::WrongType { node });
                }
                (_, Some(Listed::Parent { unmerged, .. })) => {
                    for leaf in unmerged {
                        if let Some(highest) = lacking.get_mut(*leaf as usize) {
                            *highest = height.max(*highest);
                        }
                    }
                }
            }
        }
        for (leaf, highest) in self.leaves.iter_mut().zip(lacking) {
            if highest > 0 && !leaf.is_blank() {
                leaf.added = highest + 1;
            }
        }
        Ok(())
    }

    /// Whether those in the list are members below, in order, and listed by all parents between.
    fn check_unmerged(
        &self,
        nodes: &[Option<Listed>],
        above: u32,
        unmerged: &[u32],
    ) -> Result<(), InvalidTree> {
        if !unmerged.is_sorted_by(|a, b| a < b) {
            return Err(InvalidTree::Unordered { node: above });
        }
        let (height, index) = place(above);
        for leaf in unmerged.iter().copied() {
            if leaf >> height != index || self.leaf(leaf).is_blank() {
                return Err(InvalidTree::NoMember { node: above, leaf });
            }
            for between in 1..height {
                let node = node_index(between, leaf >> between);
                if let Some(Some(Listed::Parent { unmerged, .. })) = nodes.get(node as usize)
                    && unmerged.binary_search(&leaf).is_err()
                {
                    return Err(InvalidTree::MergedBelow { node, leaf, above });
                }
            }
        }
        Ok(())
    }

    /// The state of every node, blank or not, in the order of their array indices.
    pub fn nodes(&self) -> Vec<NodeState> {
        let state = |node| {
            let (height, index) = place(node);
            match self.parent(height, index) {
                None if self.leaf(index).is_blank() => NodeState::Blank,
                None => NodeState::FULL,
                Some(parent) if parent.is_blank() => NodeState::Blank,
                Some(parent) => NodeState::Filled {
                    unmerged: parent.unmerged(),
                },
            }
        };
        (0..2 * self.width() - 1).map(state).collect()
    }

    /// The resolution of the `index`-th node at `height`, leaves being at height 0, as array indices in the order
    /// that RFC 9420, section 4.1.1, gives them; empty beyond the tree. Walks over what is below.
    pub fn resolution(&self, height: u32, index: u32) -> Vec<u32> {
        let mut list = Vec::new();
        self.resolve(height, index, &mut list);
        list
    }

    fn resolve(&self, height: u32, index: u32, list: &mut Vec<u32>) {
        if height == 0 {
            if !self.leaf(index).is_blank() {
                list.push(node_index(0, index));
            }
            return;
        }
        match self.parent(height, index) {
            None => {}
            Some(parent) if parent.is_blank() => {
                self.resolve(height - 1, 2 * index, list);
                self.resolve(height - 1, 2 * index + 1, list);
            }
            Some(_) => {
                list.push(node_index(height, index));
                let unmerged = self.unmerged_leaves(height, index);
                list.extend(unmerged.into_iter().map(|leaf| node_index(0, leaf)));
            }
        }
    }
}
