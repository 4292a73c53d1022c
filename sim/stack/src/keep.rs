//! What outlives a party's process: rows in tables, and which of them an input has changed.
//!
//! A machine does not store anything itself. Whoever drives it and keeps its state asks it after each input what has changed
//! ([`Keep::changes`]), and lets nobody hear of what came of that input before these changes are stored. A driver that keeps nothing
//! never says [`Keep::keep`], and then nothing is noted.
//!
//! Rows call users, rooms and providers by their names: the numbers that a process has for them mean nothing to the next one.

use crate::party::{Outputs, Party};

/// A table, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(&'static str);

impl Table {
    /// The table of this name: small letters and `_`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// A row that is to be stored from now on, or none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it is.
    pub table: Table,
    /// Which one.
    pub key: Vec<u8>,
    /// What is in it; nothing where it is gone.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// A row that holds this.
    pub fn put(table: Table, key: Vec<u8>, value: Vec<u8>) -> Self {
        Self {
            table,
            key,
            value: Some(value),
        }
    }

    /// A row that is gone.
    pub fn remove(table: Table, key: Vec<u8>) -> Self {
        Self {
            table,
            key,
            value: None,
        }
    }
}

/// A row that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name of its table.
    pub table: String,
    /// Which one.
    pub key: Vec<u8>,
    /// What is in it.
    pub value: Vec<u8>,
}

/// Why stored rows are of no use to a machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// There is no such table.
    #[error("there is a table {0:?} that nobody knows")]
    NoTable(String),
    /// A row cannot be read.
    #[error("a row of {table} cannot be read: {why}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A name means nothing here: that of a provider that is not known any more, say.
    #[error("something is stored about {0:?}, which is not known here")]
    Unknown(String),
}

/// A party whose state can be kept.
pub trait Keep: Party {
    /// From now on it notes what changes. All that there is already counts as changed.
    fn keep(&mut self);

    /// What has changed since this was asked last, each row once. Nothing where it was never told to [`Self::keep`].
    fn changes(&mut self) -> Vec<Change>;

    /// A party that was made anew goes on from what one like it kept: its process ended. What it wants done at once is in `out`; that
    /// comes again which may have been lost. From now on it notes what changes.
    ///
    /// # Errors
    /// [`KeepError`] where the rows are not such a party's. It is of no use then.
    fn restore(&mut self, rows: Vec<Row>, out: &mut Outputs) -> Result<(), KeepError>;
}
