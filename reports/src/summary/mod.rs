//! The figures of a run as one value: what `summary.json` holds, and what the page and the terminal show.
//!
//! - [`model`]: the shape, versioned by [`SCHEMA`]. Start here.
//! - [`parts`]: what it is made of, each figure once; `part` says how they are written down.
//! - [`work`]: what MLS did.
//! - [`spread`]: how a distribution is summed up.
//! - [`open`]: what people still wanted at the end.
//! - `real`: what is different about a run over real connections; `generator`: what made it; `servers`: what servers took meanwhile;
//!   `shards`: where several processes shared it; `findings`: what providers under test did otherwise.
//! - `federation`: who paid for whom, who saw what, and what stops with whom.
//! - `outcome`: what became of thresholds.
//! - `calibration`: what of its times nobody measured.
//! - [`links`]: traffic added up by link and by kind; [`contents`]: application messages by what is in them.

mod build;
mod calibration;
pub mod contents;
mod federation;
mod findings;
mod generator;
pub mod links;
pub mod model;
pub mod open;
mod outcome;
mod part;
pub mod parts;
mod real;
mod servers;
mod shards;
pub mod spread;
pub mod work;

pub(crate) use build::{client_cpu_ms, profiles};
pub(crate) use calibration::remarks;
pub use contents::ContentSummary;
pub use federation::{
    CostSummary, DependenceSummary, ExposureSummary, FederationSummary, OutageSummary, Paid,
};
pub use findings::FindingSummary;
pub use generator::{GeneratorSummary, PreparationSummary, RateSummary};
pub use links::{KindTraffic, LinkTraffic};
pub use model::*;
pub use open::OpenSummary;
pub use outcome::{Found, Outcome};
pub use parts::*;
pub use real::RealSummary;
pub use servers::ServerSummary;
pub use shards::{ShardOfSummary, ShardSummary};
pub use spread::{Spread, Stats, is_beyond_count};
pub use work::{WorkByParty, WorkSummary};

pub(crate) use spread::{MARK, MARK_SAYS, marked};
