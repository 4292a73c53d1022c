//! The figures of a run as one value: what `summary.json` holds, and what the page and the terminal show.
//!
//! - [`model`]: the shape, versioned by [`SCHEMA`]. Start here.
//! - [`spread`]: how a distribution is summed up.
//! - [`links`]: traffic added up by link and by kind.

mod build;
pub mod links;
pub mod model;
pub mod spread;

pub(crate) use build::{client_cpu_ms, profiles};
pub use links::{KindTraffic, LinkTraffic};
pub use model::*;
pub use spread::{Spread, Stats, is_beyond_count};
pub(crate) use spread::{MARK, MARK_SAYS, marked};
