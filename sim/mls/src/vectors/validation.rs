//! Tree validation: the resolution and the hash of each node.

use super::decode::{self, hex, whole};
use super::error::FieldError;
use super::findings::{Findings, Outcome};
use super::format::{Validation, Vector};
use super::loaded::Loaded;
use crate::model::tree::place;
use data_encoding::HEXLOWER;

pub(super) fn check(vector: &Validation) -> Result<Outcome, FieldError> {
    let bytes = hex("tree", &vector.tree)?;
    let nodes = whole("tree", &bytes, decode::tree)?;
    let mut findings = Findings::default();
    let loaded = match Loaded::new(&nodes, vector.suite()) {
        Ok(loaded) => loaded,
        Err(invalid) => {
            findings.invalid("tree", &invalid);
            return Ok(Outcome::Checked(findings));
        }
    };
    loaded.compare(&nodes, "tree", &mut findings);
    loaded.compare_len(&nodes, "tree", &mut findings);
    resolutions(&loaded, &vector.resolutions, &mut findings);
    if let Some(expected) = &vector.tree_hashes {
        hashes(&loaded, expected, &mut findings)?;
    }
    Ok(Outcome::Checked(findings))
}

fn resolutions(loaded: &Loaded<'_>, expected: &[Vec<u32>], findings: &mut Findings) {
    findings.equal(
        || "resolutions: number of nodes".to_owned(),
        &expected.len(),
        &(loaded.nodes() as usize),
        usize::to_string,
    );
    for (node, expected) in (0..loaded.nodes()).zip(expected) {
        let (height, index) = place(node);
        let found = loaded.tree.resolution(height, index);
        let what = || format!("resolutions[{node}]");
        findings.equal(what, expected, &found, |list| format!("{list:?}"));
        // Operations work with its length alone.
        let counted = match loaded.tree.parent(height, index) {
            Some(parent) => parent.resolution as usize,
            None => usize::from(!loaded.tree.leaf(index).is_blank()),
        };
        let what = || format!("resolutions[{node}]: nodes");
        findings.equal(what, &expected.len(), &counted, usize::to_string);
    }
}

fn hashes(
    loaded: &Loaded<'_>,
    expected: &[String],
    findings: &mut Findings,
) -> Result<(), FieldError> {
    let field = |node: usize| format!("tree_hashes[{node}]");
    let expected: Vec<Vec<u8>> = expected
        .iter()
        .enumerate()
        .map(|(node, text)| hex(&field(node), text))
        .collect::<Result<_, _>>()?;
    let found = loaded
        .hashes()
        .map_err(|error| FieldError::new("tree", error))?;
    let Some(found) = found else {
        return Ok(());
    };
    findings.equal(
        || "tree_hashes: number of nodes".to_owned(),
        &expected.len(),
        &found.len(),
        usize::to_string,
    );
    for (node, (expected, found)) in expected.iter().zip(&found).enumerate() {
        findings.equal(
            || field(node),
            expected,
            found,
            |hash| HEXLOWER.encode(hash),
        );
    }
    Ok(())
}
