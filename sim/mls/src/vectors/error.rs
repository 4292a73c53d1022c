//! Why a file of test vectors cannot be checked.

use crate::engine::MlsError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What is wrong with a file. Vectors are counted from 1.
#[derive(Debug, Error)]
pub enum VectorsError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no JSON, or a vector of it lacks a field or has one of another type.
    #[error("{}: not a file of test vectors", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// It is an empty array.
    #[error("{}: there is no test vector in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Vectors, perhaps, but not of trees.
    #[error(
        "{}: none of tree operations, tree validation and TreeKEM has vectors with the fields {fields}",
        path.display()
    )]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What the first vector has.
        fields: String,
    },
    /// A field of a vector cannot be decoded.
    #[error("{}: vector {vector}: {field}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Which vector.
        vector: usize,
        /// Which field, such as `update_paths[2].update_path`.
        field: String,
        /// What is wrong with it.
        source: FieldFault,
    },
}

/// What is wrong with a field.
#[derive(Debug, Error)]
pub enum FieldFault {
    /// It is no hexadecimal number of whole bytes.
    #[error("bad hexadecimal")]
    Hex(#[from] data_encoding::DecodeError),
    /// Its bytes are not the struct that they should be.
    #[error(transparent)]
    Tls(#[from] MlsError),
}

/// A fault, and in which field.
#[derive(Debug)]
pub(super) struct FieldError {
    field: String,
    fault: FieldFault,
}

impl FieldError {
    pub(super) fn new(field: &str, fault: impl Into<FieldFault>) -> Self {
        Self {
            field: field.to_owned(),
            fault: fault.into(),
        }
    }

    pub(super) fn at(self, path: &Path, vector: usize) -> VectorsError {
        VectorsError::Field {
            path: path.to_owned(),
            vector,
            field: self.field,
            source: self.fault,
        }
    }
}
