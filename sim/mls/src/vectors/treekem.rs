//! TreeKEM: who knows which keys, and what a path of each member changes and carries.

use super::decode::{self, UpdatePath, hex, whole};
use super::error::FieldError;
use super::findings::{Findings, Outcome};
use super::format::{LeafPrivate, SentPath, TreeKem, Vector};
use super::loaded::{Loaded, ParentBytes, STAMP, parent_hash};
use super::operations::compare_hash;
use crate::model::tree::{Path, node_index};
use data_encoding::HEXLOWER;
use std::collections::BTreeMap;

pub(super) fn check(vector: &TreeKem) -> Result<Outcome, FieldError> {
    let bytes = hex("ratchet_tree", &vector.ratchet_tree)?;
    let nodes = whole("ratchet_tree", &bytes, decode::tree)?;
    let mut findings = Findings::default();
    let loaded = match Loaded::new(&nodes, vector.suite()) {
        Ok(loaded) => loaded,
        Err(invalid) => {
            findings.invalid("ratchet_tree", &invalid);
            return Ok(Outcome::Checked(findings));
        }
    };
    loaded.compare(&nodes, "ratchet_tree", &mut findings);
    loaded.compare_len(&nodes, "ratchet_tree", &mut findings);
    for (at, private) in vector.leaves_private.iter().enumerate() {
        knowledge(&loaded, at, private, &mut findings)?;
    }
    for (at, sent) in vector.update_paths.iter().enumerate() {
        path(&loaded, &format!("update_paths[{at}]"), sent, &mut findings)?;
    }
    Ok(Outcome::Checked(findings))
}

fn list(nodes: &[u32]) -> String {
    format!("{nodes:?}")
}

/// A member knows the keys of those parents above it that do not list it as unmerged, and no other.
fn knowledge(
    loaded: &Loaded<'_>,
    at: usize,
    private: &LeafPrivate,
    findings: &mut Findings,
) -> Result<(), FieldError> {
    let field = format!("leaves_private[{at}]");
    let leaf = private.index;
    if loaded.tree.leaf(leaf).is_blank() {
        let expected = format!("a member at leaf {leaf}");
        findings.differ(field, expected, "a blank leaf".to_owned());
        return Ok(());
    }
    let mut listed = Vec::new();
    for (number, secret) in private.path_secrets.iter().enumerate() {
        let secret_field = format!("{field}.path_secrets[{number}].path_secret");
        hex(&secret_field, &secret.path_secret)?;
        listed.push(secret.node);
    }
    listed.sort_unstable();
    let mut known = Vec::new();
    for height in 1..=loaded.tree.height() {
        let index = leaf >> height;
        let filled = loaded.tree.parent(height, index).filter(|p| !p.is_blank());
        if filled.is_some() && !loaded.tree.unmerged_leaves(height, index).contains(&leaf) {
            known.push(node_index(height, index));
        }
    }
    known.sort_unstable();
    let what = || format!("{field}: nodes whose keys leaf {leaf} knows");
    findings.equal(what, &listed, &known, |nodes| list(nodes));
    Ok(())
}

/// A node that the model says a path sets.
struct Set {
    height: u32,
    /// Nodes in the resolution of its copath child.
    copath: u32,
}

/// One member's UpdatePath.
fn path(
    loaded: &Loaded<'_>,
    field: &str,
    sent: &SentPath,
    findings: &mut Findings,
) -> Result<(), FieldError> {
    let bytes = hex(&format!("{field}.update_path"), &sent.update_path)?;
    let update = whole(&format!("{field}.update_path"), &bytes, decode::update_path)?;
    let secrets = secrets(field, sent)?;
    let sender = sent.sender;
    let mut after = loaded.clone();
    if !after.replace(sender, update.leaf) {
        let expected = format!("a member at leaf {sender}");
        findings.differ(field.to_owned(), expected, "a blank leaf".to_owned());
        return Ok(());
    }
    let mut set = Vec::new();
    let len = update.leaf.bytes.len() as u32;
    let path = after
        .tree
        .set_path(sender, len, STAMP, &mut (), |height, copath| {
            set.push(Set { height, copath });
        });
    ciphertexts(loaded, field, sender, &update, &set, findings);
    lengths(loaded, field, &update, &path, &set, findings);
    receivers(loaded, field, sender, &secrets, findings);
    if set.len() == update.nodes.len() {
        parent_hashes(&mut after, loaded, field, sender, &update, &set, findings)?;
        let name = format!("{field}.tree_hash_after");
        compare_hash(&after, &name, sent.tree_hash_after.as_deref(), findings)?;
    }
    Ok(())
}

fn secrets(field: &str, sent: &SentPath) -> Result<Vec<Option<Vec<u8>>>, FieldError> {
    let decode = |(leaf, secret): (usize, &Option<String>)| match secret {
        None => Ok(None),
        Some(text) => hex(&format!("{field}.path_secrets[{leaf}]"), text).map(Some),
    };
    sent.path_secrets.iter().enumerate().map(decode).collect()
}

/// The filtered direct path, and ciphertexts in each of its nodes: no leaf is new, so every node of a resolution
/// gets one (RFC 9420, section 7.6).
fn ciphertexts(
    loaded: &Loaded<'_>,
    field: &str,
    sender: u32,
    update: &UpdatePath<'_>,
    set: &[Set],
    findings: &mut Findings,
) {
    findings.equal(
        || format!("{field}: nodes in the path of leaf {sender}"),
        &update.nodes.len(),
        &set.len(),
        usize::to_string,
    );
    for (number, (node, set)) in update.nodes.iter().zip(set).enumerate() {
        let copath = (sender >> (set.height - 1)) ^ 1;
        let resolution = loaded.tree.resolution(set.height - 1, copath);
        let what = || format!("{field}: ciphertexts in node {number} of the path of leaf {sender}");
        findings.equal(what, &node.ciphertexts, &set.copath, u32::to_string);
        findings.equal(
            what,
            &(node.ciphertexts as usize),
            &resolution.len(),
            usize::to_string,
        );
    }
}

/// How long the path is on the wire, for suites that the model has lengths for.
fn lengths(
    loaded: &Loaded<'_>,
    field: &str,
    update: &UpdatePath<'_>,
    path: &Path,
    set: &[Set],
    findings: &mut Findings,
) {
    let Some(lengths) = loaded.lengths() else {
        return;
    };
    let nodes: u64 = set
        .iter()
        .map(|set| lengths.update_path_node(u64::from(set.copath)))
        .sum();
    let found = lengths.update_path(update.leaf.bytes.len() as u64, nodes);
    let show = |len: &u64| format!("{len} B");
    let what = || format!("{field}.update_path: encoded length");
    findings.equal(what, &update.len, &found, show);
    let all = update.nodes.iter().map(|n| u64::from(n.ciphertexts)).sum();
    let what = || format!("{field}: ciphertexts");
    findings.equal(what, &all, &path.ciphertexts, u64::to_string);
}

/// Every other member gets a path secret, and two get the same one exactly where the path's node above them is the
/// same: the lowest common ancestor with the sender, which the filtered direct path always has.
fn receivers(
    loaded: &Loaded<'_>,
    field: &str,
    sender: u32,
    secrets: &[Option<Vec<u8>>],
    findings: &mut Findings,
) {
    let width = loaded.tree.width();
    findings.equal(
        || format!("{field}.path_secrets: leaves"),
        &secrets.len(),
        &(width as usize),
        usize::to_string,
    );
    let receives = |leaf: &u32| *leaf != sender && !loaded.tree.leaf(*leaf).is_blank();
    let expected: Vec<u32> = (0..)
        .zip(secrets)
        .filter(|(_, secret)| secret.is_some())
        .map(|(leaf, _)| leaf)
        .collect();
    let found: Vec<u32> = (0..width).filter(receives).collect();
    let what = || format!("{field}: leaves that get a path secret from leaf {sender}");
    findings.equal(what, &expected, &found, |leaves| list(leaves));

    // By secret: heights at which its receivers meet the sender. By height: secrets.
    let mut heights: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
    for (leaf, secret) in (0..width).zip(secrets) {
        if let Some(secret) = secret
            && receives(&leaf)
        {
            let height = u32::BITS - (leaf ^ sender).leading_zeros();
            heights.entry(secret).or_default().push(height);
        }
    }
    let mut told: Vec<u32> = heights.values().flat_map(|list| distinct(list)).collect();
    told.sort_unstable();
    let what = || format!("{field}: heights at which path secrets begin");
    findings.equal(what, &told, &distinct(&told), |heights| list(heights));
    for (secret, heights) in heights {
        let what = || format!("{field}: receivers of {}", HEXLOWER.encode(secret));
        let show = |meet: &usize| format!("meet leaf {sender} at {meet} heights");
        findings.equal(what, &1, &distinct(&heights).len(), show);
    }
}

fn distinct(numbers: &[u32]) -> Vec<u32> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Put the path's keys and their parent hashes into the tree, from the highest node down, and compare the one that
/// the sender's leaf has (RFC 9420, sections 7.5 and 7.9). The copath is as it was: its hashes come from `before`.
fn parent_hashes<'a>(
    after: &mut Loaded<'a>,
    before: &Loaded<'a>,
    field: &str,
    sender: u32,
    update: &UpdatePath<'a>,
    set: &[Set],
    findings: &mut Findings,
) -> Result<(), FieldError> {
    let name = format!("{field}.update_path");
    let fault = |error| FieldError::new(&name, error);
    let (Some(suite), Some(hashes)) = (before.suite, before.hashes().map_err(fault)?) else {
        return Ok(());
    };
    let mut above = Vec::new();
    for (set, node) in set.iter().zip(&update.nodes).rev() {
        let bytes = ParentBytes {
            key: node.key.to_vec(),
            hash: above,
        };
        let sibling = node_index(set.height - 1, (sender >> (set.height - 1)) ^ 1);
        above = parent_hash(suite, &bytes, &hashes[sibling as usize]).map_err(fault)?;
        let index = node_index(set.height, sender >> set.height);
        after.parents.insert(index, bytes);
    }
    findings.equal(
        || format!("{name}: parent_hash of the leaf"),
        &update.leaf.parent_hash,
        &Some(above.as_slice()),
        |hash| hash.map_or_else(|| "none".to_owned(), |hash| HEXLOWER.encode(hash)),
    );
    Ok(())
}
