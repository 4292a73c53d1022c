//! A run's or a sweep's figures in the forms that other tools read.
//!
//! - [`figures`]: what is exported. Start here.
//! - [`github`]: github-action-benchmark, which draws a figure over commits.
//! - [`bencher`]: Bencher, which does so with intervals.
//! - [`openmetrics`]: OpenMetrics text, for Prometheus and what reads the same.
//! - `series`: what a run's samples are.
//! - [`moment`]: moments of real time, which virtual time is put at.

pub mod bencher;
pub mod figures;
pub mod github;
pub mod moment;
pub mod openmetrics;
mod series;

pub use figures::{ExportError, Figure, Figures};
pub use moment::Moment;
