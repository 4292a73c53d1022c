//! The files of a capacity's folder: `capacity.json` comes last.

use super::filling::{Folder, Written};
use crate::capacity::{Capacity, table};
use crate::error::ReportError;
use crate::page::capacity_html;
use crate::plots::Size;
use crate::plots::capacity::of_capacity;
use std::path::Path;

/// Writes what a search came to, each file whole or not at all.
///
/// # Errors
/// Where the folder or a file cannot be written, or a plot cannot be drawn.
pub fn write_capacity(dir: &Path, capacity: &Capacity) -> Result<Written, ReportError> {
    let mut folder = Folder::open(dir)?;
    folder.remove("capacity.json")?;
    folder.table("capacity.csv", |out| table::write(capacity, out))?;
    folder.inside("plots")?;
    for plot in of_capacity(capacity) {
        let svg = plot.draw(Size::Wide)?.svg;
        folder.text(&format!("plots/{}.svg", plot.name()), &svg)?;
    }
    folder.text("report.html", &capacity_html(capacity)?)?;
    folder.text("capacity.json", &capacity.to_json())?;
    Ok(folder.written())
}
