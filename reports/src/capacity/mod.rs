//! The largest value of a key at which a scenario still is as it has to be: what a search for it came to.
//!
//! - [`sample`]: what one of its runs came to.
//! - [`answer`]: the ends of the replicas, their mean, and how many there have to be. Start here.
//! - [`model`]: all of it, as `capacity.json` has it.
//! - [`table`] makes `capacity.csv` of it.

pub mod answer;
pub mod model;
pub mod sample;
pub mod table;

pub use answer::{Answer, Change, needed, slope};
pub use model::{Capacity, Hindrances, Sensitivity, Shown, Tried};
pub use sample::{Sample, Use};
