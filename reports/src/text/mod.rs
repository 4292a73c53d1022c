//! What a terminal shows, within 100 columns.
//!
//! - [`summary`]: a run. Start here.
//! - [`calibration`]: what MLS costs on a machine.
//! - `layout`: aligned columns, wrapped lines and colour.

pub mod calibration;
mod layout;
pub mod summary;

pub use calibration::calibration_text;
pub use summary::summary_text;
