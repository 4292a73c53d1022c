//! What every store can do.

use super::error::StoreError;
use std::collections::BTreeMap;
use throng_stack::{Change, Row, Table};

/// A store, open, and this process's alone.
pub(crate) trait Store: Send {
    /// Whether anything outlives the process.
    fn lasts(&self) -> bool {
        true
    }

    /// All rows, in any order.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    fn load(&mut self) -> Result<Vec<Row>, StoreError>;

    /// Stores all of a batch, or nothing. When this returns it outlives the process and the machine.
    ///
    /// # Errors
    /// [`StoreError`]; where that [passes](StoreError::passes), the same batch can be tried again, whether it was stored or not.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// Stores these rows, of another store.
    ///
    /// # Errors
    /// [`StoreError`] where not all of them may be there.
    fn fill(&mut self, rows: &[Row]) -> Result<(), StoreError>;

    /// Deletes all rows.
    ///
    /// # Errors
    /// [`StoreError`] where they may still be there.
    fn clear(&mut self) -> Result<(), StoreError>;
}

/// Changes that are stored together: of each row only what it is in the end.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    rows: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
    bytes: usize,
}

impl Batch {
    pub(crate) fn add(&mut self, changes: impl IntoIterator<Item = Change>) {
        for Change { table, key, value } in changes {
            self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            self.rows.insert((table, key), value);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How much it was, at least.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Table, key, and what is to be there, by tables and then keys.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Table, &[u8], Option<&[u8]>)> {
        let rows = self.rows.iter();
        rows.map(|((table, key), value)| (*table, key.as_slice(), value.as_deref()))
    }
}
