//! The TLS structs in vectors.

use super::error::FieldError;
use crate::engine::MlsError;
use crate::tls::{LeafNode, Malformed, Reader, leaf_node};
use data_encoding::HEXLOWER_PERMISSIVE;

type Result<T> = std::result::Result<T, MlsError>;

/// A node of a tree that is not blank (RFC 9420, section 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Leaf(LeafNode<'a>),
    Parent {
        key: &'a [u8],
        hash: &'a [u8],
        unmerged: Vec<u32>,
    },
}

/// A tree as encoded.
///
/// RFC 9420 has it end with a node that is not blank. Some files of test vectors were made by a program that wrote
/// the whole array, so blank nodes at the end are taken off, and counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RatchetTree<'a> {
    /// By node index, up to the last one that is not blank.
    pub(super) nodes: Vec<Option<Node<'a>>>,
    /// How many blank ones came after it.
    pub(super) tail: usize,
    /// Length of `nodes`, in bytes.
    pub(super) len: u64,
}

/// The proposals that change a tree (section 12.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proposal<'a> {
    Add(LeafNode<'a>),
    Update(LeafNode<'a>),
    Remove(u32),
    /// Any other, by its type.
    Other(u16),
}

/// An UpdatePath (section 7.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UpdatePath<'a> {
    pub(super) leaf: LeafNode<'a>,
    pub(super) nodes: Vec<PathNode<'a>>,
    /// Length of all of it.
    pub(super) len: u64,
}

/// One of its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PathNode<'a> {
    pub(super) key: &'a [u8],
    pub(super) ciphertexts: u32,
}

/// The bytes that a field says.
pub(super) fn hex(field: &str, text: &str) -> std::result::Result<Vec<u8>, FieldError> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|error| FieldError::new(field, error))
}

/// Decode all of a field's bytes.
pub(super) fn whole<'a, T>(
    field: &str,
    bytes: &'a [u8],
    decode: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> std::result::Result<T, FieldError> {
    let mut reader = Reader::new(bytes);
    decode(&mut reader)
        .and_then(|value| match reader.rest().len() {
            0 => Ok(value),
            more => Err(MlsError::Malformed(format!("{more} bytes too many"))),
        })
        .map_err(|error| FieldError::new(field, error))
}

/// `optional<Node> ratchet_tree<V>` (section 12.4.3.3).
pub(super) fn tree<'a>(reader: &mut Reader<'a>) -> Result<RatchetTree<'a>> {
    let mut list = Reader::new(reader.vector()?);
    let len = list.rest().len() as u64;
    let mut nodes = Vec::new();
    while !list.is_empty() {
        nodes.push(match list.u8()? {
            0 => None,
            1 => Some(node(&mut list)?),
            _ => return Err(Malformed("neither present nor absent").into()),
        });
    }
    let filled = nodes.iter().rposition(Option::is_some);
    let tail = nodes.len() - filled.map_or(0, |last| last + 1);
    nodes.truncate(nodes.len() - tail);
    Ok(RatchetTree {
        nodes,
        tail,
        len: len - tail as u64,
    })
}

fn node<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>> {
    Ok(match reader.u8()? {
        1 => Node::Leaf(leaf_node(reader)?),
        2 => {
            let (key, hash) = (reader.vector()?, reader.vector()?);
            let mut list = Reader::new(reader.vector()?);
            let mut unmerged = Vec::new();
            while !list.is_empty() {
                unmerged.push(list.u32()?);
            }
            Node::Parent {
                key,
                hash,
                unmerged,
            }
        }
        _ => return Err(Malformed("unknown node type").into()),
    })
}

/// Proposal. What other proposals hold is not decoded.
pub(super) fn proposal<'a>(reader: &mut Reader<'a>) -> Result<Proposal<'a>> {
    Ok(match reader.u16()? {
        1 => {
            reader.u16()?; // version
            reader.u16()?; // cipher_suite
            reader.vector()?; // init_key
            let leaf = leaf_node(reader)?;
            reader.vector()?; // extensions
            reader.vector()?; // signature
            Proposal::Add(leaf)
        }
        2 => Proposal::Update(leaf_node(reader)?),
        3 => Proposal::Remove(reader.u32()?),
        other => {
            reader.bytes(reader.rest().len())?;
            Proposal::Other(other)
        }
    })
}

/// UpdatePath.
pub(super) fn update_path<'a>(reader: &mut Reader<'a>) -> Result<UpdatePath<'a>> {
    let before = reader.rest().len();
    let leaf = leaf_node(reader)?;
    let mut list = Reader::new(reader.vector()?);
    let mut nodes = Vec::new();
    while !list.is_empty() {
        let key = list.vector()?;
        let mut secrets = Reader::new(list.vector()?);
        let mut ciphertexts = 0;
        while !secrets.is_empty() {
            secrets.vector()?; // kem_output
            secrets.vector()?; // ciphertext
            ciphertexts += 1;
        }
        nodes.push(PathNode { key, ciphertexts });
    }
    Ok(UpdatePath {
        leaf,
        nodes,
        len: (before - reader.rest().len()) as u64,
    })
}
