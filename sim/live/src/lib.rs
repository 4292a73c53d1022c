//! The second driver: the same parties as in virtual time, over real HTTPS.
//!
//! Clients and providers are the state machines of `throng-stack`; nothing here knows what they say. This crate owns sockets,
//! threads and clocks.
//!
//! - [`serve`]: a provider: what it asks and is asked over HTTP/2, with mutual TLS towards others. Start at [`serve::Server`].
//! - [`store`]: where a provider keeps what it must not forget. Start at [`store::StoreAt`].
//! - [`load`]: the clients of a scenario, in real time, against providers. Start at [`load::run`].
//! - [`meeting`]: how several processes that share a load go in step. Start at [`meeting::Meeting`].
//! - [`measure`]: what a provider takes, of each thing that it does. Start at [`measure::measure`].
//! - [`tls`]: certificates, and who is trusted. `http`: connections and bodies. `timers`: when something is due; `monotonic`: what time it is.
//! - [`limits`]: what a provider bears. [`watch`]: what it says of itself, and what processes take.
//! - [`secret()`]: bytes that nobody can guess. `real_time`: what a scenario becomes. [`error`]: why something could not begin.
#![forbid(unsafe_code)]

pub mod error;
mod http;
pub mod limits;
pub mod load;
pub mod measure;
pub mod meeting;
mod monotonic;
mod real_time;
mod secret;
pub mod serve;
pub mod store;
mod timers;
pub mod tls;
pub mod watch;
#[cfg(test)]
mod wire_test;

pub use error::LiveError;
pub use limits::Limits;
pub use secret::secret;
