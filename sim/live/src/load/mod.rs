//! The clients of a scenario, in real time, against providers.
//!
//! - `generator`: [`run`]: prepares, drives and ends a load. Start here.
//! - `cell`: one client: its state machine and what waits for it; `device`: its connection; `wakes`: its timers.
//! - `orders`: what a client's machine wants of these.
//! - `clock`: time since the start of the measured part.
//! - [`own`]: providers of our own, as processes beside this one.
//! - `tally`: what happened to clients; `check`: whether all that was accepted arrived; [`outcome`]: what people read.

mod cell;
mod check;
mod clock;
mod device;
mod generator;
mod orders;
pub mod outcome;
pub mod own;
mod tally;
mod wakes;

pub use generator::{Far, Loaded, Plan, Target, run};
pub use outcome::Outcome;
