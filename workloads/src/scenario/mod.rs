//! The scenario file and what it means.
//!
//! [`Scenario::parse`] reads a file ([`ScenarioSource`]) and overrides into a [`Scenario`]: text → tree of
//! values with their places (`tree`) → overrides laid on (`overrides`) → typed values (`reader`,
//! `dist_reader`, `sections`, `head`, `talk`, `links`) → what must fit together (`check`). [`Scenario::to_toml`] goes the
//! other way. [`DEFAULTS`] documents every key.

mod check;
mod dist_reader;
mod head;
mod links;
mod model;
mod overrides;
mod parse;
mod presets;
mod reader;
mod sections;
mod talk;
mod tree;
mod write;

pub use model::*;
pub use parse::{DEFAULTS, ScenarioSource};
pub use presets::{PRESETS, preset};
