//! The files of a sweep's folder.

use super::filling::{Folder, Written};
use crate::error::ReportError;
use crate::page::sweep::About;
use crate::page::sweep_html;
use crate::plots::Size;
use crate::plots::sweep::of_sweep;
use crate::sweep::{Sweep, parquet, table};
use std::io;
use std::path::Path;

/// Writes what a finished sweep came to: `sweep.csv`, `sweep.parquet`, `fits.csv`, plots and a page, each whole or not at all.
///
/// # Errors
/// [`ReportError::CreateFolder`] and [`ReportError::Write`] where the disk refuses; [`ReportError::Plot`]
/// where a plot cannot be drawn.
pub fn write_sweep(dir: &Path, sweep: &Sweep, about: &About) -> Result<Written, ReportError> {
    let mut folder = Folder::open(dir)?;
    folder.table("sweep.csv", |out| table::write(sweep, out))?;
    folder.table("fits.csv", |out| table::write_fits(sweep, out))?;
    folder.file("sweep.parquet", |out| {
        let mut bytes = Vec::new();
        parquet::write(sweep, &mut bytes).map_err(io::Error::other)?;
        out.write_all(&bytes)
    })?;
    folder.inside("plots")?;
    for plot in of_sweep(sweep) {
        folder.text(
            &format!("plots/{}.svg", plot.name()),
            &plot.draw(Size::Wide)?.svg,
        )?;
    }
    folder.text("report.html", &sweep_html(sweep, about)?)?;
    Ok(folder.written())
}
