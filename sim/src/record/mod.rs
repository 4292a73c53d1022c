//! What a run measured: plain data for reports.
//!
//! - [`data`]: the record itself. Start here.

pub mod data;

pub use data::*;
