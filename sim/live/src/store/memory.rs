//! No store at all.

use super::error::StoreError;
use super::interface::{Batch, Store};
use throng_stack::Row;

/// Nothing outlives the process.
pub(super) struct Memory;

impl Store for Memory {
    fn lasts(&self) -> bool {
        false
    }

    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        Ok(Vec::new())
    }

    fn commit(&mut self, _: &Batch) -> Result<(), StoreError> {
        Ok(())
    }

    fn fill(&mut self, _: &[Row]) -> Result<(), StoreError> {
        Ok(())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
