//! Certificates, and who is trusted.
//!
//! - `identity`: [`Identity`] and [`Trust`], as files hold them.
//! - `authority`: [`Authority`], for demonstrations and tests.
//! - `config`: what both ends of a connection use; `peer_name`: whether a certificate bears a name.

mod authority;
mod config;
mod identity;
mod peer_name;

pub use authority::{Authority, Issued};
pub use config::Resumption;
pub(crate) use config::{client_config, server_config};
pub use identity::{Identity, Trust};
pub(crate) use peer_name::bears;
