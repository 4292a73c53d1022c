//! One client: one device of one user, in all its rooms.
//!
//! - [`machine`]: the state machine's outside: inputs, and who sees to them. Start here.
//! - `room`: a room's life in the client: joining, wishes, commits, back-off, what others do.
//! - `context`: what a room may use of the client; `requests`: what it signs.
//! - `uplink`: the way to the provider, and requests that wait for answers.
//! - `line`: what its connections take on the wire; `connection`: online or not, and how far behind; `key_packages`: those that are published.
//! - `keeping`: a client that is written down, and one that goes on from that.
//! - `saying`: a message that somebody wants to send.
//! - `receiver`: no more of a client than what it takes to receive.

mod connection;
mod context;
mod keeping;
mod key_packages;
mod line;
pub mod machine;
mod receiver;
mod requests;
mod room;
mod saying;
mod uplink;

pub use keeping::Resumes;
pub use machine::{Client, ClientSetup};
pub(crate) use receiver::OnlyReceives;
