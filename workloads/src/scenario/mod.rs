//! The scenario file and what it means.

mod model;

pub use model::*;
