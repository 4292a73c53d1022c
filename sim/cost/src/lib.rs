//! What work costs: units of work, and the way from them to virtual CPU time.
//!
//! - [`work`]: so much of each unit of a table. Start here.
//! - [`profile`]: what one of each unit takes on a device.
//! - [`fit`](mod@fit): a profile from measurements.
//! - [`stopwatch`]: the one place that asks what time it is, for those who measure.
#![forbid(unsafe_code)]

pub mod fit;
pub mod profile;
pub mod stopwatch;
pub mod work;

pub use profile::CostProfile;
pub use work::{Grows, Unit, Units, Work};
