//! The files of a sweep's folder.

use super::atomic;
use super::filling::{Folder, Written};
use crate::compare::SweepSide;
use crate::error::ReportError;
use crate::page::sweep_html;
use crate::plots::Size;
use crate::plots::sweep::of_sweep;
use crate::sweep::{About, Sweep, parquet, table, thresholds};
use std::io;
use std::path::Path;

/// Writes what a finished sweep came to: `sweep.csv`, `sweep.parquet`, `fits.csv`, plots and a page, each whole or not at all;
/// and `thresholds.xml`, where there are thresholds.
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
    match sweep.thresholds.as_slice() {
        [] => folder.remove("thresholds.xml")?,
        verdicts => folder.text("thresholds.xml", &thresholds::junit_xml(verdicts))?,
    }
    plots(&mut folder, sweep)?;
    folder.text("report.html", &sweep_html(sweep, about)?)?;
    Ok(folder.written())
}

/// Makes `report.html` and `plots/` of a sweep's folder again, from the runs that are done; or only the page, where it is to be
/// `elsewhere`.
///
/// # Errors
/// As [`write_sweep`].
pub fn rewrite_sweep_page(
    dir: &Path,
    side: &SweepSide,
    elsewhere: Option<&Path>,
) -> Result<(), ReportError> {
    let sweep = side.sweep();
    let page = sweep_html(&sweep, &side.about())?;
    if let Some(file) = elsewhere {
        return atomic::write(file, |out| out.write_all(page.as_bytes()));
    }
    let mut folder = Folder::open(dir)?;
    plots(&mut folder, &sweep)?;
    folder.text("report.html", &page)
}

fn plots(folder: &mut Folder, sweep: &Sweep) -> Result<(), ReportError> {
    folder.inside("plots")?;
    for plot in of_sweep(sweep) {
        let svg = plot.draw(Size::Wide)?.svg;
        folder.text(&format!("plots/{}.svg", plot.name()), &svg)?;
    }
    Ok(())
}
