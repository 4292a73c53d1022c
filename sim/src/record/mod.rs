//! What a run measured: plain data for reports, and how it comes about.
//!
//! - [`data`]: the record itself. Start here.
//! - [`recorder`]: turns what happened, in its total order, into the record.
//! - [`invariants`]: what must hold all along, checked on the same stream.
//! - [`trace`]: what of it goes into the fingerprint.

pub mod data;
pub mod invariants;
pub(crate) mod outstanding;
pub mod recorder;
pub mod trace;

pub use data::*;
