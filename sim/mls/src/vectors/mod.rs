//! The MLS working group's test vectors of ratchet trees, against the structure that the model gives.
//!
//! Start with [`check_file`]. Vectors are JSON files as the working group's
//! [test-vectors.md](https://github.com/mlswg/mls-implementations/blob/main/test-vectors.md) describes them; of its
//! kinds, three are about trees:
//!
//! - `operations`: a tree, a proposal, and the tree after it.
//! - `validation`: a tree, and the resolution and hash of each node.
//! - `treekem`: a tree, who knows which keys of it, and UpdatePaths of its members.
//!
//! Everything structural in them is compared with [`Tree`](crate::model::tree::Tree): which nodes are blank, who
//! is unmerged where, resolutions, filtered direct paths, ciphertexts, lengths. `loaded` puts the vector's bytes
//! into the places that the model says, so that tree hashes and parent hashes can be compared too: they agree only if
//! the structure does, node by node.
//!
//! `format` tells the kinds apart, `decode` reads their TLS structs, `findings` collects what differs. What needs private keys (signatures, decrypting path secrets) is left out: the
//! model has none of it.

mod decode;
mod error;
mod findings;
mod format;
mod loaded;
mod operations;
mod treekem;
mod validation;

pub use error::{FieldFault, VectorsError};
pub use findings::{Difference, Failure, FileReport, Skipped};
pub use format::Kind;

use error::FieldError;
use findings::Outcome;
use format::Vectors;
use std::path::Path;

/// Reads a file of test vectors and checks the model against each of them.
///
/// # Errors
/// The file cannot be read, is no JSON, or holds no vectors of the three kinds; a field cannot be decoded. A vector
/// that the model disagrees with is no error: [`FileReport::failed`] tells of it.
pub fn check_file(path: &Path) -> Result<FileReport, VectorsError> {
    let bytes = std::fs::read(path).map_err(|source| VectorsError::Read {
        path: path.to_owned(),
        source,
    })?;
    check(path, &bytes)
}

/// The same for a file that is in memory; `path` is for messages.
///
/// # Errors
/// As for [`check_file`], less reading.
pub fn check(path: &Path, bytes: &[u8]) -> Result<FileReport, VectorsError> {
    match Vectors::parse(path, bytes)? {
        Vectors::Operations(list) => all(path, Kind::Operations, &list, operations::check),
        Vectors::Validation(list) => all(path, Kind::Validation, &list, validation::check),
        Vectors::TreeKem(list) => all(path, Kind::TreeKem, &list, treekem::check),
    }
}

fn all<V: format::Vector>(
    path: &Path,
    kind: Kind,
    vectors: &[V],
    check: impl Fn(&V) -> Result<Outcome, FieldError>,
) -> Result<FileReport, VectorsError> {
    let mut report = FileReport::new(path, kind);
    for (number, vector) in (1..).zip(vectors) {
        let outcome = check(vector).map_err(|error| error.at(path, number))?;
        report.note(number, vector.suite(), outcome);
    }
    Ok(report)
}
