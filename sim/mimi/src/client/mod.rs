//! One client: one device of one user, in all its rooms.
//!
//! - [`device`]: the state machine's outside: inputs, connection, requests. Start here.
//! - [`membership`]: what a client knows of one room, and what it still wants there.
//! - `wishes`: from a wish to a commit, a proposal or a message, and the retry after a lost commit.
//! - `joining`: becoming a member, by Welcome or from outside.
//! - `responses`: what the hub answered; `fanout`: what it sent on.

pub mod device;
mod fanout;
mod joining;
pub mod membership;
mod responses;
mod wishes;

pub(crate) use device::ACKNOWLEDGE_EVERY;
pub use device::{Client, ClientSetup};
