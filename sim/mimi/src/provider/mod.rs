//! One provider: hub of some rooms, follower in others, home of its users' clients.
//!
//! A request of a client goes to its own provider, from there to the room's hub where that is another,
//! and for KeyPackages on to the target user's provider; the answer comes back the same way. The request
//! id in the header names the client and its provider, so nobody keeps a table of requests.
//!
//! - [`service`]: the state machine's outside, and the way of requests and answers. Start here.
//! - `fanout`: events and Welcomes on their way to clients.
//! - `key_packages`: handing them out, and remembering whose they were.
//! - `group_info`: sealed GroupInfos for those who join from outside.

mod fanout;
mod group_info;
mod key_packages;
pub mod service;

pub use service::Provider;
