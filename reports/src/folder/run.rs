//! The files of a run's folder.

use super::atomic;
use crate::error::ReportError;
use crate::measures::threshold;
use crate::page;
use crate::plots::{PLOTS, Size};
use crate::run_info::RunInfo;
use crate::summary::Summary;
use crate::{hgrm, tables};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use throng_sim::record::Record;
use throng_workloads::scenario::Scenario;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The run's folder.
    pub dir: PathBuf,
    /// Its files, in the order in which they were written.
    pub files: Vec<PathBuf>,
}

/// Writes a run's folder, and makes it where it does not exist.
///
/// Each file is written whole or not at all. `summary.json` goes first where there is one from an earlier
/// run, and comes last: a folder that holds it holds a whole run.
///
/// # Errors
/// [`ReportError::CreateFolder`] and [`ReportError::Write`] where the disk refuses; [`ReportError::Plot`]
/// where a plot cannot be drawn.
pub fn write_run(
    dir: &Path,
    scenario: &Scenario,
    scenario_toml: &str,
    record: &Record,
    info: &RunInfo,
) -> Result<Written, ReportError> {
    let summary = Summary::new(scenario, record, info);
    let mut folder = Folder::open(dir)?;
    folder.remove("summary.json")?;
    folder.text("scenario.toml", scenario_toml)?;
    folder.table("commits.csv", |out| {
        tables::commits::write(&record.commits, out)
    })?;
    folder.table("rooms.csv", |out| tables::rooms::write(&record.rooms, out))?;
    folder.table("series.csv", |out| {
        tables::series::write(&record.series, out)
    })?;
    folder.table("traffic.csv", |out| {
        tables::traffic::write(&record.traffic, out)
    })?;
    folder.table("providers.csv", |out| {
        tables::providers::write(&record.providers, out)
    })?;
    folder.inside("latency")?;
    for (name, _, histogram) in record.latencies.named() {
        folder.file(&format!("latency/{name}.hgrm"), |out| {
            hgrm::write(histogram, out)
        })?;
    }
    folder.inside("plots")?;
    let mut plots = Vec::with_capacity(PLOTS.len());
    for plot in &PLOTS {
        let wide = plot.svg(record, Size::Wide)?;
        folder.text(&format!("plots/{}.svg", plot.name), &wide)?;
        let narrow = plot.svg(record, Size::Narrow)?;
        plots.push(page::Figure { plot, wide, narrow });
    }
    if summary.thresholds.is_empty() {
        folder.remove("thresholds.xml")?;
    } else {
        folder.text("thresholds.xml", &threshold::junit(&summary.thresholds))?;
    }
    folder.text("report.html", &page::html(&summary, record, &plots))?;
    folder.text("summary.json", &summary.to_json())?;
    Ok(folder.written)
}

/// A folder that is being filled.
struct Folder {
    written: Written,
}

impl Folder {
    fn open(dir: &Path) -> Result<Self, ReportError> {
        atomic::create_folder(dir)?;
        Ok(Self {
            written: Written {
                dir: dir.to_owned(),
                files: Vec::new(),
            },
        })
    }

    fn inside(&self, name: &str) -> Result<(), ReportError> {
        atomic::create_folder(&self.written.dir.join(name))
    }

    fn remove(&self, name: &str) -> Result<(), ReportError> {
        let path = self.written.dir.join(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ReportError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    fn file(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        let path = self.written.dir.join(name);
        atomic::write(&path, content)?;
        self.written.files.push(path);
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), ReportError> {
        self.file(name, |out| out.write_all(text.as_bytes()))
    }

    fn table(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> csv::Result<()>,
    ) -> Result<(), ReportError> {
        self.file(name, |out| content(out).map_err(io::Error::from))
    }
}
