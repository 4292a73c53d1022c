//! A ratchet tree of OpenMLS, reduced to its structure.

use crate::mimi::wire::OpaqueBytes;
use crate::mls::engine::MlsError;
use crate::mls::openmls::error::malformed;
use crate::mls::openmls::framing;
use crate::mls::tree_health::{NodeState, tree_health};
use crate::mls::work::TreeHealth;
use openmls::prelude::{LeafNode, RatchetTreeIn, StagedCommit};
use openmls::treesync::{RatchetTree, TreeSync};
use tls_codec::{Deserialize as _, Serialize as _};

/// The content of the `ratchet_tree` extension (RFC 9420, section 12.4.3.3).
pub(crate) fn encode(tree: &RatchetTree) -> Result<OpaqueBytes, MlsError> {
    OpaqueBytes::encode(tree).map_err(malformed)
}

/// A tree as a peer sent it; nothing in it is verified yet.
pub(crate) fn decode(tree: &OpaqueBytes) -> Result<RatchetTreeIn, MlsError> {
    let encoded = tree.tls_serialize_detached().map_err(malformed)?;
    RatchetTreeIn::tls_deserialize_exact(encoded).map_err(malformed)
}

/// Nodes of the whole tree, leaves and parents: what an operation that hashes it touches.
pub(crate) fn nodes(tree: &TreeSync) -> u64 {
    nodes_of_leaves(tree.leaves().len())
}

fn nodes_of_leaves(leaves: usize) -> u64 {
    2 * leaves as u64 - u64::from(leaves > 0)
}

/// Which leaves hold a member.
pub(crate) fn occupied(tree: &TreeSync) -> Vec<bool> {
    tree.leaves().iter().map(Option::is_some).collect()
}

/// Leaf and identity of all members, ascending by leaf.
pub(crate) fn members(tree: &TreeSync) -> Vec<(u32, Vec<u8>)> {
    tree.full_leaves()
        .map(|(leaf, node)| (leaf.u32(), identity(node)))
        .collect()
}

/// The identity in a leaf's basic credential (RFC 9420, section 5.3).
pub(crate) fn identity(leaf: &LeafNode) -> Vec<u8> {
    leaf.credential().serialized_content().to_vec()
}

/// Count the tree's state. OpenMLS tells of a parent's unmerged leaves only in its encoding, so
/// each filled parent is encoded once (some 70 bytes).
pub(crate) fn health(tree: &TreeSync) -> Result<TreeHealth, MlsError> {
    let occupied = occupied(tree);
    let mut nodes = vec![NodeState::Blank; (2 * occupied.len()).saturating_sub(1)];
    for (state, filled) in nodes.iter_mut().step_by(2).zip(occupied) {
        if filled {
            *state = NodeState::FULL;
        }
    }
    let mut encoded = Vec::new();
    for (index, parent) in tree.full_parents() {
        encoded.clear();
        parent.tls_serialize(&mut encoded).map_err(malformed)?;
        let unmerged = framing::unmerged_leaves(&encoded)?.len() as u32;
        if let Some(state) = nodes.get_mut(2 * index.u32() as usize + 1) {
            *state = NodeState::Filled { unmerged };
        }
    }
    Ok(tree_health(&nodes))
}

/// What a commit's proposals do to the leaves (RFC 9420, section 12.4.2): removes first, then each
/// add in the order of the commit takes the leftmost blank leaf; at the end the tree is cut to the
/// smallest power of two that holds all members.
#[derive(Debug, Default)]
pub(crate) struct LeafChanges {
    pub(crate) removed: Vec<u32>,
    /// In the order of the commit.
    pub(crate) added: Vec<u32>,
    leaves: usize,
}

impl LeafChanges {
    /// The changes of a commit to `tree`, which is the tree before it. `joiner` is the leaf that an
    /// external committer takes.
    pub(crate) fn new(tree: &TreeSync, commit: &StagedCommit, joiner: Option<u32>) -> Self {
        let mut occupied = occupied(tree);
        let mut changes = Self::default();
        for proposal in commit.remove_proposals() {
            let leaf = proposal.remove_proposal().removed().u32();
            if let Some(slot) = occupied.get_mut(leaf as usize) {
                *slot = false;
            }
            changes.removed.push(leaf);
        }
        let adds = commit.add_proposals().count();
        let mut free = 0;
        for _ in 0..adds {
            while occupied.get(free) == Some(&true) {
                free += 1;
            }
            if free == occupied.len() {
                occupied.push(false);
            }
            occupied[free] = true;
            changes.added.push(free as u32);
        }
        if let Some(joiner) = joiner {
            let joiner = joiner as usize;
            if joiner >= occupied.len() {
                occupied.resize(joiner + 1, false);
            }
            occupied[joiner] = true;
        }
        let last = occupied.iter().rposition(|filled| *filled);
        changes.leaves = last.map_or(1, |last| (last + 1).next_power_of_two());
        changes
    }

    /// Nodes of the tree afterwards.
    pub(crate) fn nodes(&self) -> u64 {
        nodes_of_leaves(self.leaves)
    }
}
