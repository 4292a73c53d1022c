//! Turns what happened, in its total order, into the record.
//!
//! - [`books`]: what the recorder keeps, and how it takes what one input came to. Start here.
//! - `observations`: what each observation adds to counts, latencies and rows.
//! - `broadcasts`: what passive clients add to them.
//! - `finish`: samples in the course of the run, the last checks, and the record.

pub mod books;
mod broadcasts;
mod finish;
mod observations;

pub use books::{Plan, Recorder};
