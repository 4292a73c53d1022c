//! The simulation kernel: virtual time, what happens next in it, and how that is run on many threads
//! with the result of one. It knows nothing of messaging.
//!
//! Start with [`windows`].
//!
//! | module | holds |
//! |---|---|
//! | [`windows`] | the executor: a simulation of many entities, run window by window, in parallel and the same |
//! | [`entity`] | what it runs: the [`Entity`](entity::Entity) trait, and the context in which events are handled |
//! | [`queue`] | the pending-event set, in the total order of (time, tie) |
//! | [`station`] | a queueing station with several cores: virtual CPU time |
//! | [`batches`] | a server that serves together all who wait |
//! | [`fingerprint`] | 128 bits that two runs share if, and only if, they did the same |
//! | [`host`] | cores that many entities share |
//! | [`error`] | what can go wrong |
//! | [`time`], [`stream`] | virtual time and named random streams, from the crate below |
//!
//! Inside, `lane` holds entities that are run together and runs them side by side, `region` one event after the other;
//! `lookahead` says how far they run by themselves, `rung` is the queue's storage, `tie` the order within an instant, `id` the numbers of entities.
#![forbid(unsafe_code)]

pub mod batches;
pub mod entity;
pub mod error;
pub mod fingerprint;
pub mod host;
pub mod queue;
pub mod station;
pub mod windows;

mod id;
mod lane;
mod lookahead;
mod region;
mod rung;
mod tie;

pub use throng_workloads::{stream, time};
