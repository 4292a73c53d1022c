//! What everybody wants, generated from a scenario.
//!
//! [`Workload`] is the list. Behind it: `queue` says which process is next, `generator` turns what falls due
//! into intents (`messages` and `mass` hold those parts), `people` keeps the books of who is where, as far
//! as wishes go, with a `roster` a room.

mod generator;
mod mass;
mod messages;
mod people;
mod queue;
mod roster;
mod workload;

pub use workload::Workload;
