//! The files of a run's folder.

use super::atomic;
use super::filling::{Folder, Written};
use crate::details::servers;
use crate::error::ReportError;
use crate::measures::threshold;
use crate::page::{self, Figure};
use crate::plots::{PLOTS, Plot};
use crate::run_info::RunInfo;
use crate::stored::Stored;
use crate::summary::Summary;
use crate::{Details, hgrm, hlog, tables};
use std::path::Path;
use throng_record::{Ledgers, Record};
use throng_workloads::scenario::Scenario;

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
    // Of an earlier load that was one of several shards.
    folder.remove("shard.json")?;
    folder.text("scenario.toml", scenario_toml)?;
    let groups = record.groups.as_ref();
    match groups {
        Some(groups) => {
            folder.table("commits.csv", |out| tables::write(&groups.commits, out))?;
        }
        None => folder.remove("commits.csv")?,
    }
    folder.table("rooms.csv", |out| {
        tables::health::rooms(&record.rooms, groups, out)
    })?;
    folder.table("series.csv", |out| {
        tables::health::series(&record.series, groups, servers(record), out)
    })?;
    match servers(record) {
        [] => folder.remove("servers.csv")?,
        samples => folder.table("servers.csv", |out| tables::write(samples, out))?,
    }
    folder.table("events.csv", |out| tables::write(&record.marks, out))?;
    match groups {
        Some(groups) => {
            let small = groups.small_room.as_ref();
            folder.table("trees.csv", |out| tables::trees::write(small, out))?;
        }
        None => folder.remove("trees.csv")?,
    }
    folder.table("traffic.csv", |out| tables::write(&record.traffic, out))?;
    folder.table("providers.csv", |out| tables::write(&record.providers, out))?;
    ledgers(&mut folder, record.ledgers.as_ref())?;
    folder.inside("latency")?;
    for (name, _, histogram) in record.latencies.named() {
        folder.file(&format!("latency/{name}.hgrm"), |out| {
            hgrm::write(histogram, out)
        })?;
    }
    folder.file("latency.hlog", |out| {
        hlog::write(&record.latency_intervals, out)
    })?;
    let details = Details::of_run(record, info);
    match &info.real {
        Some(real) => folder.table("generator.csv", |out| {
            tables::write(&real.generator.series, out)
        })?,
        None => folder.remove("generator.csv")?,
    }
    let figures = Figure::all(&details)?;
    plots(&mut folder, &figures)?;
    if summary.thresholds.is_empty() {
        folder.remove("thresholds.xml")?;
    } else {
        folder.text("thresholds.xml", &threshold::junit_xml(&summary.thresholds))?;
    }
    folder.text("report.html", &page::html(&summary, &details, &figures))?;
    folder.text("summary.json", &summary.to_json())?;
    Ok(folder.written())
}

/// Who paid for whom, who saw what, and what stops with whom; of a run that does not know, nothing from an earlier one.
fn ledgers(folder: &mut Folder, ledgers: Option<&Ledgers>) -> Result<(), ReportError> {
    let Some(ledgers) = ledgers else {
        let files = ["costs", "pairs", "exposure", "dependence", "outages"];
        return files
            .iter()
            .try_for_each(|file| folder.remove(&format!("{file}.csv")));
    };
    folder.table("costs.csv", |out| tables::write(&ledgers.costs, out))?;
    folder.table("pairs.csv", |out| tables::write(&ledgers.pairs, out))?;
    folder.table("exposure.csv", |out| tables::write(&ledgers.exposures, out))?;
    folder.table("dependence.csv", |out| {
        tables::write(&ledgers.dependence, out)
    })?;
    folder.table("outages.csv", |out| tables::write(&ledgers.outages, out))
}

/// Makes `report.html` and `plots/` of a run's folder again, from what else it holds; or only the page, where it is to be
/// `elsewhere`.
///
/// # Errors
/// As [`write_run`].
pub fn rewrite_page(
    dir: &Path,
    stored: &Stored,
    elsewhere: Option<&Path>,
) -> Result<(), ReportError> {
    let figures = Figure::all(&stored.details)?;
    let page = page::html(&stored.side.summary, &stored.details, &figures);
    if let Some(file) = elsewhere {
        return atomic::write(file, |out| out.write_all(page.as_bytes()));
    }
    let mut folder = Folder::open(dir)?;
    plots(&mut folder, &figures)?;
    folder.text("report.html", &page)
}

fn plots(folder: &mut Folder, figures: &[Figure<'_>]) -> Result<(), ReportError> {
    folder.inside("plots")?;
    // Of an earlier run whose protocol had more.
    let drawn = |plot: &Plot| figures.iter().any(|figure| figure.plot.name == plot.name);
    for plot in PLOTS.iter().filter(|plot| !drawn(plot)) {
        folder.remove(&format!("plots/{}.svg", plot.name))?;
    }
    for figure in figures {
        folder.text(&format!("plots/{}.svg", figure.plot.name), &figure.wide)?;
    }
    Ok(())
}
