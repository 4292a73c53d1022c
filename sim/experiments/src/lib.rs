//! Many runs: which there are, and how they are made.
//!
//! An experiment asks one question of many runs: how a figure grows with a setting (a sweep), which value of it still holds (a
//! search), or all of it in parts that several machines share. What a run came to is for others to read; here are runs alone.
//!
//! - [`grid`]: which runs a sweep has. Start here.
//! - [`mod@deal`]: which of several processes makes which of them.
//! - [`keeper`]: a run to be made, and whoever keeps it.
//! - [`jobs`]: runs made several at a time.
//! - [`one`]: one of them, in this process.
//! - [`apart`]: one of them, in a process of its own.
//! - [`mod@capacity`]: the largest value of a key at which a scenario still is as it has to be, and what hinders a larger one.
//! - [`progress`]: how far they are.
//! - [`size`]: the runs from which machines are sized.
//! - [`twin`]: the scenario of a simulation that is to be as a real run; [`quiet`]: what it is told of ways on the machine, [`cold`]: and of
//!   clients.
#![forbid(unsafe_code)]

pub mod apart;
pub mod capacity;
pub mod cold;
pub mod deal;
pub mod grid;
pub mod jobs;
pub mod keeper;
pub mod one;
pub mod progress;
pub mod quiet;
pub mod size;
pub mod twin;

pub use deal::deal;
pub use grid::{Axis, Grid, GridError};
pub use jobs::make;
pub use keeper::{Job, Keeper};
pub use one::{Made, RunError, run, run_on};
pub use progress::{Far, Progress};
