//! What people read of a run: tables, histograms, series, plots, a page and a terminal summary.
//!
//! Everything here is made from plain data, a resolved [`Scenario`] and its [`Record`]; nothing is
//! simulated or measured here.
//!
//! - [`folder`]: writes a run's folder, each file whole or not at all. Start here.
//! - [`stored`]: a run that is read back from its folder.
//! - [`shards`]: shards of a load in their folders, to be put together.
//! - [`details`]: what plots and tables of a page are made from.
//! - [`run_info`]: what only the program that ran the simulation knows, such as its wall-clock time.
//! - [`compare`]: two runs side by side.
//! - `families`: what a measure is.
//! - [`measures`]: the figures by name, and rules about them.
//! - [`capacity`]: the largest value of a key at which a scenario holds, with what binds there.
//! - [`sweep`]: many runs, with intervals and scaling laws.
//! - [`twin`]: a scenario simulated and run for real, held against each other.
//! - [`exports`]: figures in the forms that other tools read.
//! - [`size`]: from people and habits to machines.
//! - [`summary`]: the figures of a run, as one value and as `summary.json`.
//! - [`text`]: what a terminal shows: a run's summary, a comparison's verdict.
//! - [`tables`]: the CSV files.
//! - [`hgrm`]: HdrHistogram percentile files; [`hlog`]: the HdrHistogram interval log.
//! - `junit`: verdicts as CI systems read them; `json`: JSON as programs do.
//! - `reasons`: why things failed, for rules and for people.
//! - `stuck`: rooms in which nobody can commit any more; `left_out`: what latencies leave out.
//! - [`plots`]: SVG plots.
//! - [`page`]: `report.html`, one file that needs no network.
//! - [`units`]: numbers as people write them.
//!
//! ```no_run
//! # fn example(
//! #     scenario: &throng_workloads::scenario::Scenario,
//! #     toml: &str,
//! #     record: &throng_record::Record,
//! #     info: &throng_reports::RunInfo,
//! # ) -> Result<(), throng_reports::ReportError> {
//! let written = throng_reports::write_run("runs/company-1".as_ref(), scenario, toml, record, info)?;
//! println!("{} files in {}", written.files.len(), written.dir.display());
//! # Ok(())
//! # }
//! ```
//!
//! [`Scenario`]: throng_workloads::scenario::Scenario
//! [`Record`]: throng_record::Record
#![forbid(unsafe_code)]

pub mod capacity;
pub mod compare;
pub mod details;
pub mod error;
pub mod exports;
mod families;
pub mod folder;
pub mod hgrm;
pub mod hlog;
mod json;
mod junit;
mod left_out;
pub mod measures;
mod names;
pub mod page;
pub mod plots;
mod reasons;
pub mod run_info;
pub mod shards;
pub mod size;
pub mod stored;
mod stuck;
pub mod summary;
pub mod sweep;
pub mod tables;
pub mod text;
pub mod twin;
pub mod units;

pub use details::Details;
pub use error::ReportError;
pub use folder::{
    Written, rewrite_page, rewrite_sweep_page, write_capacity, write_run, write_size, write_sweep,
    write_twin,
};
pub use run_info::RunInfo;
pub use size::table::size_csv;
pub use stored::{Stored, StoredError};
pub use summary::Summary;
pub use text::{
    capacity_text, measures_text, size_markdown, summary_text, sweep_text, twin_text, vectors_text,
    verdict_text,
};
