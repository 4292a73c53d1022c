//! What a terminal shows, within 100 columns.
//!
//! - [`summary`]: a run, section by section. Start here.
//! - [`verdict`]: what a comparison of both engines found.
//! - `layout`: aligned columns, wrapped lines and colour.

mod layout;
pub mod summary;
pub mod verdict;

pub use summary::summary_text;
pub use verdict::verdict_text;
