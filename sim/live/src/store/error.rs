//! Why a store is of no use.

use super::schema::SCHEMA;
use std::io;
use std::path::PathBuf;
use thiserror::Error;
use throng_stack::KeepError;

/// Why something cannot be stored, or nothing read that was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It was made by another version.
    #[error(
        "{store} is of schema version {found}; expected {SCHEMA}, which this version of throng has"
    )]
    OtherSchema {
        /// The store.
        store: String,
        /// Its version.
        found: u32,
    },
    /// It is another provider's.
    #[error("{store} is the store of {found}; expected that of {domain}, or an empty one")]
    OtherDomain {
        /// The store.
        store: String,
        /// Whose it is.
        found: String,
        /// Whose it has to be.
        domain: String,
    },
    /// It is something else.
    #[error("{store} is no store of throng: {why}")]
    NoStore {
        /// The file or database.
        store: String,
        /// What is wrong.
        why: String,
    },
    /// There is something in it.
    #[error("{store} has {rows} rows in it; expected an empty store")]
    NotEmpty {
        /// The store.
        store: String,
        /// How many rows.
        rows: usize,
    },
    /// Somebody else has it.
    #[error("{store} is in use by another process")]
    InUse {
        /// The store.
        store: String,
    },
    /// The database cannot be reached, now.
    #[error("cannot reach the database {store}: {why}")]
    Unreachable {
        /// The database.
        store: String,
        /// Why.
        why: String,
    },
    /// A file cannot be opened or written.
    #[error("cannot use the store {store}")]
    File {
        /// The file.
        store: String,
        /// Why.
        source: io::Error,
    },
    /// It does not do what it is told.
    #[error("the store {store} failed: {why}")]
    Failed {
        /// The store.
        store: String,
        /// Why.
        why: String,
    },
    /// What happened cannot be noted beside it.
    #[error("cannot write {}", path.display())]
    Facts {
        /// The file of facts.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There are no keys for a new provider.
    #[error("the system gives no random numbers")]
    Entropy,
    /// What is in it is nothing that a provider kept.
    #[error("cannot go on from what is in {store}")]
    Contents {
        /// The store.
        store: String,
        /// What is wrong.
        source: KeepError,
    },
}

impl StoreError {
    /// Whether it may be over in a while.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether another store has to be named, or this one be left by somebody else.
    pub fn is_mistaken(&self) -> bool {
        match self {
            Self::OtherSchema { .. }
            | Self::OtherDomain { .. }
            | Self::NoStore { .. }
            | Self::NotEmpty { .. }
            | Self::InUse { .. }
            | Self::Contents { .. } => true,
            Self::Unreachable { .. }
            | Self::File { .. }
            | Self::Failed { .. }
            | Self::Facts { .. }
            | Self::Entropy => false,
        }
    }
}
