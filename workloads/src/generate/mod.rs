//! What everybody wants, generated from a scenario.
//!
//! [`Workload`] is the list. Behind it: `queue` says which process is next, `generator` hands what falls due
//! to whoever turns it into intents (`rooms`, `members`, `administering`, `devices`, `messages`, `mass`, `look_ups`), `kinds` knows in which rooms how much is said and changes, `people` keeps the books of who is where, as far
//! as wishes go, with a `roster` a room.

mod administering;
mod devices;
mod generator;
mod kinds;
mod look_ups;
mod mass;
mod members;
mod messages;
mod mix;
mod offices;
mod people;
mod queue;
mod rooms;
mod roster;
mod workload;

pub use workload::Workload;
