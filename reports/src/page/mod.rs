//! `report.html`: one file without scripts that asks nothing of the network.
//!
//! - [`document`]: the page and the order of its sections. Start here.
//! - `figures`: plots, inlined in two sizes of which a reader sees one.
//! - `sections`: what each section says.
//! - `style`: the style sheet, light and dark.

pub mod document;
mod figures;
mod sections;
mod style;

pub use document::html;
pub use figures::Figure;
