//! The figures of a run as one value: what `summary.json` holds, and what the page and the terminal show.
//!
//! - [`model`]: the shape, versioned by [`SCHEMA`]. Start here.
//! - [`spread`]: how a distribution is summed up.
//! - `calibration`: what of its times nobody measured.
//! - [`links`]: traffic added up by link and by kind.

mod build;
mod calibration;
pub mod links;
pub mod model;
pub mod spread;

pub(crate) use build::{client_cpu_ms, profiles};
pub(crate) use calibration::remarks;
pub use links::{KindTraffic, LinkTraffic};
pub use model::*;
pub use spread::{Spread, Stats};
