//! A run: a world built from a scenario, driven in virtual time.
//!
//! - [`run`]: [`World`], what the command drives. Start here. `course`: what happens in it; `tape` and `scribe`: how that comes into the
//!   record.
//! - [`build`]: from a scenario to entities, links and what exists before time zero.
//! - [`node`]: a participant with its links and its cores, as an entity of the kernel; [`line`](mod@line): how a client's connections are
//!   set up; `links`, which is whose; `leaving`: when what a provider sends leaves; `node::sending`: how;
//!   [`access`]: what all its connections share.
//! - [`stacks`]: the protocols that scenarios can ask for, a crate of its own.
//! - `people`: who exists, and which of them act.
//! - `passive`, `stand_ins`, `crowds`, `backlog`: who does nothing all along but receive; one of them for all before their
//!   provider; what they hear and when; and that this is worked out beside the simulation.
//! - `waking`: devices that sleep, and are woken by push.
//! - `breaks`: connections that break while a provider is down.
//! - [`price`]: how long what a participant did occupies a core.
//! - [`verify`](mod@verify): the same run on both engines, held against each other.
//! - [`error`]: why a run could not start or go on.
#![forbid(unsafe_code)]

pub mod access;
mod backlog;
mod breaks;
pub mod build;
mod course;
mod crowds;
pub mod error;
mod leaving;
pub mod line;
mod links;
pub mod node;
mod passive;
mod people;
pub mod price;
pub mod run;
mod scribe;
mod stand_ins;
mod tape;
pub mod verify;
mod waking;

pub use error::SimError;
pub use run::{Progress, World};
pub use throng_stacks as stacks;
