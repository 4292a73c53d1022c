//! A provider over HTTPS.
//!
//! - `server`: [`Server`]: a provider that listens. Start here.
//! - `actor`: the thread on which the provider's state machine runs, one input after another; what comes of them is stored
//!   ([`store`](crate::store)), and then goes out by the `outlet`; `waiting`: requests that have no answer yet.
//! - `routes`: what is asked, and by whom; `declined`: what is not taken; `accounts`: which clients have one; `rates`: how often somebody may ask; `budget`: how much
//!   memory bodies may take.
//! - `outbound`: what it asks other providers; `way`: what waits for that; `under_way`: what has no answer yet; [`Peers`]: where these are.
//! - [`facts`]: what happens at it, written down for whoever makes a record of it.
//! - [`demo`]: a federation for trying things out.

mod accounts;
mod actor;
mod budget;
mod declined;
pub mod demo;
pub mod facts;
mod outbound;
mod outlet;
mod peers;
mod probe;
mod rates;
mod routes;
mod server;
mod under_way;
mod waiting;
mod way;

pub(crate) use accounts::token;
pub use peers::Peers;
pub use server::{Server, Setup};
