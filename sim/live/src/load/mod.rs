//! The clients of a scenario, in real time, against providers.
//!
//! - `generator`: [`run`]: drives a load and ends it. Start here; `plan`: what is to be done; `prepare`: what has to be there before.
//! - `everybody`: all clients, and what they share.
//! - `cell`: one client: its state machine and what waits for it; `device`: its connection; `wakes`: its timers.
//! - `orders`: what a client's machine wants of these.
//! - `clock`: time since the start of the measured part.
//! - [`own`]: providers of our own, as processes beside this one; `crash`: those that are killed in the middle.
//! - [`samples`]: what servers take of their machines meanwhile.
//! - `tally`: what is to be known while it runs; `journal`: what happens, in order, and `feed`: that and what happens at providers into
//!   the record; [`outcome`]: what a load came to.

mod cell;
mod clock;
mod crash;
mod device;
mod everybody;
mod feed;
mod generator;
mod journal;
mod orders;
pub mod outcome;
pub mod own;
mod plan;
mod prepare;
pub mod samples;
mod tally;
mod wakes;

pub use crash::{Crash, Crashes};
pub use everybody::Far;
pub use generator::{Loaded, run};
pub use outcome::Outcome;
pub use plan::{Plan, Target};
