//! What a terminal shows, within 100 columns.
//!
//! - [`summary`]: a run, section by section. Start here.
//! - `federation`: what it says of who pays for whom.
//! - [`sweep`]: a grid of runs, and how measures grow along it.
//! - [`capacity`]: the largest value that holds, and what binds there.
//! - [`size`]: what machines each provider needs, as Markdown.
//! - [`twin`]: how far a simulation is from the real run.
//! - [`verdict`]: what a comparison of both engines found.
//! - [`measures`]: what thresholds and comparisons can name.
//! - [`calibration`]: what MLS costs on a machine.
//! - [`vectors`]: what checking test vectors found.
//! - `spark`: distributions as small bars.
//! - `layout`: aligned columns, wrapped lines and colour.

pub mod calibration;
pub mod capacity;
mod federation;
pub(crate) mod layout;
pub mod measures;
pub mod size;
mod spark;
pub mod summary;
pub mod sweep;
pub mod twin;
pub mod vectors;
pub mod verdict;

pub use calibration::{calibration_text, provider_text};
pub use capacity::capacity_text;
pub use layout::listed_text;
pub use measures::measures_text;
pub use size::size_markdown;
pub use summary::summary_text;
pub use sweep::sweep_text;
pub use twin::twin_text;
pub use vectors::vectors_text;
pub use verdict::verdict_text;
