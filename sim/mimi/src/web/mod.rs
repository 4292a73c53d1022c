//! How MIMI travels over HTTP (draft-ietf-mimi-protocol-06, "REST API"), without any I/O.
//!
//! - `http`: [`MimiWeb`], what a driver asks. Start here.
//! - `paths`: which path is for what, between providers and for clients.
//! - `elsewhere`: where other providers serve what.
//! - [`headers`]: what travels beside a body, as Structured Fields; `items`: these (RFC 9651).
//! - `record`: what a provider's stream to a client consists of; `words`: what of it is about a room's events; `answers`: which frames
//!   answer which.
//! - `overhead`: how many bytes all that is beside bodies.

mod answers;
mod elsewhere;
pub mod headers;
mod http;
mod items;
pub(crate) mod overhead;
mod paths;
mod record;
#[cfg(test)]
mod tests;
pub(crate) mod tree_url;
mod words;

pub(crate) use answers::is_answer;
pub use elsewhere::{ask as ask_directory, creates_rooms, hub_of};
pub use http::MimiWeb;

/// A path that whoever serves our clients has, and answers by 401 where there is no token.
pub const OF_CLIENTS: &str = "/client/v1/ack";
