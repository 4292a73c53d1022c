//! The model's tree, and the bytes that belong into its nodes.

use super::decode::{Node, RatchetTree};
use super::findings::Findings;
use crate::ciphersuite::Suite;
use crate::engine::MlsError;
use crate::model::lengths::Lengths;
use crate::model::tree::{InvalidTree, Listed, Tree, node_index, place};
use crate::tls::{LeafNode, push_vector};
use data_encoding::HEXLOWER;
use std::collections::BTreeMap;
use throng_workloads::scenario::Ciphersuite;

/// The stamp of what a vector does to its tree; one operation is all that it does.
pub(super) const STAMP: u32 = Tree::LISTED_STAMP + 1;

/// A tree of the model's, with what it does not keep. The model alone says which nodes are blank and who is
/// unmerged; a key that is held here for a node that the model blanked is never looked at.
#[derive(Debug, Clone)]
pub(super) struct Loaded<'a> {
    pub(super) tree: Tree,
    /// Encoded LeafNodes by occupant.
    pub(super) leaves: Vec<&'a [u8]>,
    /// By node index.
    pub(super) parents: BTreeMap<u32, ParentBytes>,
    pub(super) suite: Option<Suite>,
}

/// The bytes of a ParentNode that are not its structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParentBytes {
    pub(super) key: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// A node as it is compared and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape<'a> {
    Blank,
    Leaf(&'a [u8]),
    Parent(Vec<u32>),
}

impl Shape<'_> {
    fn show(&self) -> String {
        match self {
            Self::Blank => "blank".to_owned(),
            Self::Leaf(bytes) => {
                // Behind the length of the encryption key, whose bytes tell leaves apart.
                let begin = bytes.get(1..7).unwrap_or(bytes);
                format!("leaf of {} B, {}…", bytes.len(), HEXLOWER.encode(begin))
            }
            Self::Parent(unmerged) if unmerged.is_empty() => "parent, nobody unmerged".to_owned(),
            Self::Parent(unmerged) => format!("parent, unmerged {unmerged:?}"),
        }
    }
}

impl<'a> Loaded<'a> {
    /// Load a vector's tree. Every leaf is an occupant of its own.
    pub(super) fn new(encoded: &RatchetTree<'a>, suite: u16) -> Result<Self, InvalidTree> {
        let mut leaves = Vec::new();
        let mut parents = BTreeMap::new();
        let mut listed = Vec::with_capacity(encoded.nodes.len());
        for (index, node) in (0..).zip(&encoded.nodes) {
            listed.push(node.as_ref().map(|node| match node {
                Node::Leaf(leaf) => {
                    leaves.push(leaf.bytes);
                    Listed::Leaf {
                        occupant: leaves.len() as u32 - 1,
                        len: leaf.bytes.len() as u32,
                    }
                }
                Node::Parent {
                    key,
                    hash,
                    unmerged,
                } => {
                    let bytes = ParentBytes {
                        key: key.to_vec(),
                        hash: hash.to_vec(),
                    };
                    parents.insert(index, bytes);
                    Listed::Parent {
                        unmerged: unmerged.clone(),
                        top: hash.is_empty(),
                    }
                }
            }));
        }
        // Where the model has no lengths for the suite, none is compared: any will do.
        let suite = Suite::by_code(suite);
        let lengths = suite.as_ref().and_then(Lengths::of);
        let any = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);
        Ok(Self {
            tree: Tree::from_nodes(&lengths.unwrap_or(any), &listed)?,
            leaves,
            parents,
            suite,
        })
    }

    /// Lengths, for suites that the model simulates.
    pub(super) fn lengths(&self) -> Option<Lengths> {
        self.suite.as_ref().and_then(Lengths::of)
    }

    /// How many nodes the array has, with trailing blank ones.
    pub(super) fn nodes(&self) -> u32 {
        2 * self.tree.width() - 1
    }

    /// Take the Add of a leaf.
    pub(super) fn add(&mut self, leaf: LeafNode<'a>) {
        let occupant = self.leaves.len() as u32;
        self.leaves.push(leaf.bytes);
        self.tree
            .add(occupant, leaf.bytes.len() as u32, STAMP, &mut ());
    }

    /// Take an Update of the member at `index`; false where there is none.
    pub(super) fn update(&mut self, index: u32, leaf: LeafNode<'a>) -> bool {
        if !self.replace(index, leaf) {
            return false;
        }
        self.tree.update(index, leaf.bytes.len() as u32, &mut ());
        true
    }

    /// A member's new leaf, for the tree's operations; false where there is no such member.
    pub(super) fn replace(&mut self, index: u32, leaf: LeafNode<'a>) -> bool {
        let occupant = self.tree.leaf(index).occupant as usize;
        let Some(bytes) = self.leaves.get_mut(occupant) else {
            return false;
        };
        *bytes = leaf.bytes;
        true
    }

    /// Take the Remove of the member at `index`; false where there is none.
    pub(super) fn remove(&mut self, index: u32) -> bool {
        let member = !self.tree.leaf(index).is_blank();
        self.tree.remove(index, &mut ());
        member
    }

    fn shape(&self, node: u32) -> Shape<'a> {
        let (height, index) = place(node);
        if height == 0 {
            let occupant = self.tree.leaf(index).occupant as usize;
            return self
                .leaves
                .get(occupant)
                .map_or(Shape::Blank, |bytes| Shape::Leaf(bytes));
        }
        match self.tree.parent(height, index) {
            Some(parent) if !parent.is_blank() => {
                Shape::Parent(self.tree.unmerged_leaves(height, index))
            }
            _ => Shape::Blank,
        }
    }

    /// Hold it against the nodes that a vector has, of which all after the last are blank.
    pub(super) fn compare(&self, encoded: &RatchetTree<'_>, field: &str, findings: &mut Findings) {
        let nodes = encoded.nodes.len() + encoded.tail;
        let all = (nodes / 2 + 1).next_power_of_two() as u32;
        findings.equal(
            || format!("{field}: leaves"),
            &all,
            &self.tree.width(),
            u32::to_string,
        );
        for index in 0..self.nodes().max(2 * all - 1) {
            let expected = match encoded.nodes.get(index as usize) {
                None | Some(None) => Shape::Blank,
                Some(Some(Node::Leaf(leaf))) => Shape::Leaf(leaf.bytes),
                Some(Some(Node::Parent { unmerged, .. })) => Shape::Parent(unmerged.clone()),
            };
            findings.equal(
                || format!("{field}: node {index}"),
                &expected,
                &self.shape(index),
                Shape::show,
            );
        }
    }

    /// Hold the length that the model computes against that of a `ratchet_tree`.
    pub(super) fn compare_len(
        &self,
        encoded: &RatchetTree<'_>,
        field: &str,
        findings: &mut Findings,
    ) {
        findings.blank_tail |= encoded.tail > 0;
        if self.lengths().is_none() {
            return;
        }
        findings.equal(
            || format!("{field}: encoded length"),
            &encoded.len,
            &self.tree.encoded_len(),
            |len| format!("{len} B"),
        );
    }

    /// The tree hash of each node (RFC 9420, section 7.8), by node index; `None` where the suite has no known hash.
    pub(super) fn hashes(&self) -> Result<Option<Vec<Vec<u8>>>, MlsError> {
        let mut hashes = vec![Vec::new(); self.nodes() as usize];
        for height in 0..=self.tree.height() {
            for index in 0..1 << (self.tree.height() - height) {
                let node = node_index(height, index);
                let input = match height.checked_sub(1) {
                    None => self.leaf_hash_input(index),
                    Some(below) => {
                        let child = |side| &hashes[node_index(below, 2 * index + side) as usize];
                        self.parent_hash_input(node, child(0), child(1))?
                    }
                };
                match self.suite {
                    None => return Ok(None),
                    Some(suite) => hashes[node as usize] = suite.digest(&input),
                }
            }
        }
        Ok(Some(hashes))
    }

    /// The tree hash of the root.
    pub(super) fn root_hash(&self) -> Result<Option<Vec<u8>>, MlsError> {
        let root = node_index(self.tree.height(), 0) as usize;
        Ok(self.hashes()?.map(|mut hashes| hashes.swap_remove(root)))
    }

    /// A TreeHashInput with a LeafNodeHashInput.
    fn leaf_hash_input(&self, index: u32) -> Vec<u8> {
        let mut input = vec![1];
        input.extend(index.to_be_bytes());
        match self.shape(node_index(0, index)) {
            Shape::Leaf(bytes) => {
                input.push(1);
                input.extend_from_slice(bytes);
            }
            _ => input.push(0),
        }
        input
    }

    /// A TreeHashInput with a ParentNodeHashInput.
    fn parent_hash_input(&self, node: u32, left: &[u8], right: &[u8]) -> Result<Vec<u8>, MlsError> {
        let mut input = vec![2];
        match (self.shape(node), self.parents.get(&node)) {
            (Shape::Parent(unmerged), Some(bytes)) => {
                input.push(1);
                push_vector(&mut input, &bytes.key)?;
                push_vector(&mut input, &bytes.hash)?;
                let list: Vec<u8> = unmerged
                    .iter()
                    .flat_map(|leaf| leaf.to_be_bytes())
                    .collect();
                push_vector(&mut input, &list)?;
            }
            _ => input.push(0),
        }
        push_vector(&mut input, left)?;
        push_vector(&mut input, right)?;
        Ok(input)
    }
}

/// Hash a ParentHashInput (RFC 9420, section 7.9).
pub(super) fn parent_hash(
    suite: Suite,
    parent: &ParentBytes,
    sibling: &[u8],
) -> Result<Vec<u8>, MlsError> {
    let mut input = Vec::new();
    push_vector(&mut input, &parent.key)?;
    push_vector(&mut input, &parent.hash)?;
    push_vector(&mut input, sibling)?;
    Ok(suite.digest(&input))
}
