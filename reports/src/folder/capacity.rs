//! The files of a capacity's folder: `capacity.json` comes last.

use super::filling::{Folder, Written};
use crate::capacity::{Capacity, table};
use crate::error::ReportError;
use std::path::Path;

/// Writes what a search came to, each file whole or not at all.
///
/// # Errors
/// Where the folder or a file cannot be written, or a plot cannot be drawn.
pub fn write_capacity(dir: &Path, capacity: &Capacity) -> Result<Written, ReportError> {
    let mut folder = Folder::open(dir)?;
    folder.remove("capacity.json")?;
    folder.table("capacity.csv", |out| table::write(capacity, out))?;
    folder.text("capacity.json", &capacity.to_json())?;
    Ok(folder.written())
}
