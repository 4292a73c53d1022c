//! What a provider says of itself, and what processes take.
//!
//! - `meters`: what a provider counts; `refused`: why a connection is not taken; `quiet`: saying what happens often only now and then.
//! - `exposition`: all of that as Prometheus reads it; `listener`: where it may be asked for.
//! - [`process`]: what a process takes of its machine.

mod exposition;
mod listener;
mod meters;
pub mod process;
mod quiet;
mod refused;

pub(crate) use exposition::Exposition;
pub(crate) use listener::Listener;
pub(crate) use meters::{Asked, Meters};
pub(crate) use quiet::Quiet;
pub(crate) use refused::Refused;
