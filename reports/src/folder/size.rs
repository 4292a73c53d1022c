//! The files of a sizing's folder: `size.json` comes last.

use super::filling::{Folder, Written};
use crate::error::ReportError;
use crate::page::size_html;
use crate::plots::Size;
use crate::plots::size::of_size;
use crate::size::{Sizing, table};
use crate::text::size_markdown;
use std::path::Path;

/// Writes what a sizing came to, each file whole or not at all.
///
/// # Errors
/// Where the folder or a file cannot be written, or a plot cannot be drawn.
pub fn write_size(dir: &Path, sizing: &Sizing) -> Result<Written, ReportError> {
    let mut folder = Folder::open(dir)?;
    folder.remove("size.json")?;
    folder.table("size.csv", |out| table::write(sizing, out))?;
    folder.text("size.md", &size_markdown(sizing))?;
    folder.inside("plots")?;
    for plot in of_size(sizing) {
        let svg = plot.draw(Size::Wide)?.svg;
        folder.text(&format!("plots/{}.svg", plot.name()), &svg)?;
    }
    folder.text("report.html", &size_html(sizing)?)?;
    folder.text("size.json", &sizing.to_json())?;
    Ok(folder.written())
}
