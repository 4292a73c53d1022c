//! The summary that a terminal shows, within 100 columns.
//!
//! - [`summary`]: its sections. Start here.
//! - `layout`: aligned columns, wrapped lines and colour.

mod layout;
pub mod summary;

pub use summary::summary_text;
