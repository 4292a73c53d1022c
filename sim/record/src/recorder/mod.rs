//! Turns what happened, in its total order, into the record.
//!
//! - [`books`]: what the recorder keeps, and how it takes what one input came to. Start here.
//! - `facts`: what each fact adds to counts, latencies and rows.
//! - `broadcasts`: what passive clients add to them.
//! - `intervals`: latencies on their way into the intervals of the run.
//! - `plan`: what it is told before the run. `real`: what is different over real connections, and `real_books`: what is
//!   kept of that.
//! - `finish`: samples in the course of the run, the last checks, and the record.

pub mod books;
mod broadcasts;
mod facts;
mod finish;
mod intervals;
mod plan;
mod real;
mod real_books;

pub use books::Recorder;
pub use plan::Plan;
