//! Opening a store of any kind.

use super::at::StoreAt;
use super::embedded::Embedded;
use super::error::StoreError;
use super::interface::Store;
use super::memory::Memory;
use super::postgres::Postgres;

/// Opens a store, or makes a new one where there is none.
///
/// # Errors
/// [`StoreError`] where it is of no use.
pub(crate) fn open(at: &StoreAt) -> Result<Box<dyn Store>, StoreError> {
    Ok(match at {
        StoreAt::Memory => Box::new(Memory),
        StoreAt::File(path) => Box::new(Embedded::open(path)?),
        StoreAt::Postgres(url) => Box::new(Postgres::open(url, at.to_string())?),
    })
}
