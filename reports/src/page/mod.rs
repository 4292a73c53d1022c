//! `report.html`: one file that asks nothing of the network.
//!
//! - [`document`]: the page of one run and the order of its sections. Start here.
//! - [`side_by_side`]: the page of several runs.
//! - [`sweep`]: the page of a sweep.
//! - [`twin`]: the page of a simulation and a real run, overlaid.
//! - `skeleton`: what stands around the sections.
//! - `figures`: plots, inlined in two sizes of which a reader sees one.
//! - `sections`: what each section says.
//! - `federation`: who pays for whom, who sees what, and what stops with whom.
//! - `groups`: what they say of MLS groups.
//! - `parts`: facts and distributions that they are made of.
//! - [`capacity`]: the page of a search for a capacity.
//! - [`size`]: the page of a sizing.
//! - `rooms`: the table of rooms, with a `sparkline` of what changed in each.
//! - `table`: tables that a script can sort and search.
//! - `style`: the style sheet, light and dark, for screens and for paper.
//! - `script.js`: sorting, searching and the values of plots; everything can be read without it.

pub mod capacity;
pub mod document;
mod federation;
mod figures;
mod groups;
mod parts;
mod rooms;
mod sections;
pub mod side_by_side;
pub mod size;
mod skeleton;
mod sparkline;
mod style;
pub mod sweep;
mod table;
pub mod twin;

pub use capacity::capacity_html;
pub use document::html;
pub use figures::Figure;
pub use side_by_side::side_by_side_html;
pub use size::size_html;
pub use sweep::sweep_html;
pub use twin::twin_html;
