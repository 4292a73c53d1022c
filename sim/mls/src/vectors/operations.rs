//! Tree operations: a proposal takes a tree to another.

use super::decode::{self, Proposal, hex, whole};
use super::error::FieldError;
use super::findings::{Findings, Outcome};
use super::format::{Operation, Vector};
use super::loaded::Loaded;

pub(super) fn check(vector: &Operation) -> Result<Outcome, FieldError> {
    let before = hex("tree_before", &vector.tree_before)?;
    let after = hex("tree_after", &vector.tree_after)?;
    let proposal = hex("proposal", &vector.proposal)?;
    let nodes_before = whole("tree_before", &before, decode::tree)?;
    let nodes_after = whole("tree_after", &after, decode::tree)?;
    let proposal = whole("proposal", &proposal, decode::proposal)?;
    let mut findings = Findings::default();

    let mut loaded = match Loaded::new(&nodes_before, vector.suite()) {
        Ok(loaded) => loaded,
        Err(invalid) => {
            findings.invalid("tree_before", &invalid);
            return Ok(Outcome::Checked(findings));
        }
    };
    loaded.compare(&nodes_before, "tree_before", &mut findings);
    loaded.compare_len(&nodes_before, "tree_before", &mut findings);
    compare_hash(
        &loaded,
        "tree_hash_before",
        vector.tree_hash_before.as_deref(),
        &mut findings,
    )?;

    let (leaf, done) = match proposal {
        Proposal::Other(kind) => {
            return Ok(Outcome::Skipped(format!(
                "its proposal is of type {kind}, which changes no tree"
            )));
        }
        Proposal::Add(leaf) => {
            loaded.add(leaf);
            (0, true)
        }
        Proposal::Update(leaf) => {
            let sender = vector.proposal_sender;
            (sender, loaded.update(sender, leaf))
        }
        Proposal::Remove(leaf) => (leaf, loaded.remove(leaf)),
    };
    if !done {
        let expected = format!("a member at leaf {leaf}");
        findings.differ("proposal".to_owned(), expected, "a blank leaf".to_owned());
        return Ok(Outcome::Checked(findings));
    }
    loaded.compare(&nodes_after, "tree_after", &mut findings);
    loaded.compare_len(&nodes_after, "tree_after", &mut findings);
    compare_hash(
        &loaded,
        "tree_hash_after",
        vector.tree_hash_after.as_deref(),
        &mut findings,
    )?;
    Ok(Outcome::Checked(findings))
}

/// Hold the root's hash against a field that may be absent.
pub(super) fn compare_hash(
    loaded: &Loaded<'_>,
    field: &str,
    expected: Option<&str>,
    findings: &mut Findings,
) -> Result<(), FieldError> {
    let Some(expected) = expected.map(|text| hex(field, text)).transpose()? else {
        return Ok(());
    };
    let found = loaded
        .root_hash()
        .map_err(|error| FieldError::new(field, error))?;
    if let Some(found) = found {
        findings.equal(
            || field.to_owned(),
            &expected,
            &found,
            |hash| data_encoding::HEXLOWER.encode(hash),
        );
    }
    Ok(())
}
