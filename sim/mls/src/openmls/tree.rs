//! A ratchet tree of OpenMLS, reduced to its structure.

use crate::engine::MlsError;
use crate::openmls::credentials;
use crate::openmls::error::malformed;
use crate::openmls::framing;
use crate::tree_health::TreeHealth;
use crate::tree_health::{NodeState, tree_health};
use crate::tree_stats::TreeStats;
use crate::wire::OpaqueBytes;
use openmls::framing::Sender;
use openmls::prelude::{
    LeafNode, Proposal, ProposalType, QueuedProposal, RatchetTreeIn, StagedCommit,
};
use openmls::treesync::{RatchetTree, TreeSync};
use tls_codec::{Deserialize as _, Serialize as _, Size as _};

/// The content of the `ratchet_tree` extension (RFC 9420, section 12.4.3.3).
pub(crate) fn encode(tree: &RatchetTree) -> Result<OpaqueBytes, MlsError> {
    OpaqueBytes::encode(tree).map_err(malformed)
}

/// A tree as a peer sent it; nothing in it is verified yet.
pub(crate) fn decode(tree: &OpaqueBytes) -> Result<RatchetTreeIn, MlsError> {
    let encoded = tree.tls_serialize_detached().map_err(malformed)?;
    RatchetTreeIn::tls_deserialize_exact(encoded).map_err(malformed)
}

/// Which leaves hold a member.
pub(crate) fn occupied(tree: &TreeSync) -> Vec<bool> {
    tree.leaves().iter().map(Option::is_some).collect()
}

/// How many leaves there are, blank ones included: the power of two that the last member's needs (RFC 9420, section
/// 7.7).
pub(crate) fn leaves(tree: &TreeSync) -> u32 {
    let last = tree.full_leaves().last();
    last.map_or(1, |(leaf, _)| (leaf.u32() + 1).next_power_of_two())
}

/// The same of a tree as a peer sent it: as it came, and decoded.
pub(crate) fn leaves_sent(content: &OpaqueBytes, tree: &RatchetTreeIn) -> u32 {
    // OpenMLS shows filled nodes only. Beside those the content has a byte for every node up to the last leaf.
    let filled: usize = tree.nodes().map(|node| node.tls_serialized_len()).sum();
    let nodes = content.as_slice().len().saturating_sub(filled) as u32;
    nodes.div_ceil(2).next_power_of_two()
}

/// How many members there are.
pub(crate) fn members_count(tree: &TreeSync) -> u32 {
    tree.full_leaves().count() as u32
}

/// Leaf and identity of all members, ascending by leaf.
pub(crate) fn members(tree: &TreeSync) -> Vec<(u32, Vec<u8>)> {
    tree.full_leaves()
        .map(|(leaf, node)| (leaf.u32(), identity(node)))
        .collect()
}

/// The client URI in a leaf's credential (RFC 9420, section 5.3).
pub(crate) fn identity(leaf: &LeafNode) -> Vec<u8> {
    credentials::uri(leaf.credential())
}

/// The leaf with this signature key in a tree as a peer sent it: as it came, and decoded.
pub(crate) fn leaf_of_key(content: &OpaqueBytes, tree: &RatchetTreeIn, key: &[u8]) -> Option<u32> {
    // OpenMLS shows filled nodes only; in the content a byte before each node says whether it is filled.
    let mut leaves = tree.leaves();
    let (mut at, mut index) = (0, 0);
    for node in tree.nodes() {
        while content.as_slice().get(at) == Some(&0) {
            (at, index) = (at + 1, index + 1);
        }
        // Leaves have even indices (RFC 9420, appendix C).
        if index % 2 == 0 && leaves.next()?.signature_key().as_slice() == key {
            return Some(index / 2);
        }
        (at, index) = (at + 1 + node.tls_serialized_len(), index + 1);
    }
    None
}

/// Whether all members know SelfRemove.
pub(crate) fn knows_self_remove(tree: &TreeSync) -> bool {
    let knows = |leaf: &LeafNode| {
        let proposals = leaf.capabilities().proposals();
        proposals.contains(&ProposalType::SelfRemove)
    };
    tree.full_leaves().all(|(_, leaf)| knows(leaf))
}

/// Leaves that leave by the SelfRemoves among these.
pub(crate) fn leavers<'a>(
    proposals: impl Iterator<Item = &'a QueuedProposal>,
) -> impl Iterator<Item = u32> {
    proposals.filter_map(|queued| match (queued.proposal(), queued.sender()) {
        (Proposal::SelfRemove, Sender::Member(leaf)) => Some(leaf.u32()),
        _ => None,
    })
}

/// Leaves that a commit removes, by SelfRemoves of their own or otherwise.
pub(crate) fn removed(commit: &StagedCommit) -> impl Iterator<Item = u32> {
    let others = commit.remove_proposals();
    others
        .map(|queued| queued.remove_proposal().removed().u32())
        .chain(leavers(commit.queued_proposals()))
}

/// What there is to know of a tree without its keys.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    /// In the array representation of RFC 9420, appendix C.
    pub(crate) nodes: Vec<NodeState>,
    pub(crate) stats: TreeStats,
}

impl Survey {
    pub(crate) fn health(&self) -> TreeHealth {
        tree_health(&self.nodes)
    }
}

/// Look at every node once. OpenMLS tells of a parent's unmerged leaves only in its encoding, so
/// each filled parent is encoded (some 70 bytes); of leaves only the length is asked.
pub(crate) fn survey(tree: &TreeSync) -> Result<Survey, MlsError> {
    // An optional node has a byte that says whether it is there, and one for its kind.
    const PRESENT: u64 = 2;
    let mut nodes = outline(tree);
    let mut content = 0;
    let mut exported = 0;
    for (index, leaf) in tree.full_leaves() {
        content += PRESENT - 1 + leaf.tls_serialized_len() as u64;
        exported = 2 * u64::from(index.u32()) + 1;
    }
    let mut encoded = Vec::new();
    for (index, parent) in tree.full_parents() {
        encoded.clear();
        parent.tls_serialize(&mut encoded).map_err(malformed)?;
        let unmerged = framing::unmerged_leaves(&encoded)?.len() as u32;
        content += PRESENT - 1 + encoded.len() as u64;
        if let Some(state) = nodes.get_mut(2 * index.u32() as usize + 1) {
            *state = NodeState::Filled { unmerged };
        }
    }
    // Every node up to the last filled leaf has the first of those bytes, blank or not.
    content += exported;
    let encoded_len = framing::vector_len(content);
    Ok(Survey {
        stats: TreeStats::count(&nodes, encoded_len),
        nodes,
    })
}

/// Which nodes are filled, without a look into any of them: no leaf is told to be unmerged.
pub(crate) fn outline(tree: &TreeSync) -> Vec<NodeState> {
    let leaves = tree.leaves();
    let mut nodes = vec![NodeState::Blank; (2 * leaves.len()).saturating_sub(1)];
    for (index, _) in leaves.iter().enumerate().filter(|(_, leaf)| leaf.is_some()) {
        nodes[2 * index] = NodeState::FULL;
    }
    for (index, _) in tree.full_parents() {
        if let Some(state) = nodes.get_mut(2 * index.u32() as usize + 1) {
            *state = NodeState::FULL;
        }
    }
    nodes
}

/// What a commit's proposals do to the leaves (RFC 9420, section 12.4.2): removes first, then each
/// add in the order of the commit takes the leftmost blank leaf.
#[derive(Debug, Default)]
pub(crate) struct LeafChanges {
    pub(crate) removed: Vec<u32>,
    /// In the order of the commit.
    pub(crate) added: Vec<u32>,
}

impl LeafChanges {
    /// The changes of a commit to `tree`, which is the tree before it.
    pub(crate) fn new(tree: &TreeSync, commit: &StagedCommit) -> Self {
        let mut occupied = occupied(tree);
        let mut changes = Self::default();
        for leaf in removed(commit) {
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
        changes
    }
}
