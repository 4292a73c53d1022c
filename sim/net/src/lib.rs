//! The network: links between parties, what they do to messages, and the accounts of what they carried.
//!
//! - [`link`]: start here. A [`Link`] is one direction between two parties; its one verb,
//!   [`Link::send`], answers when a message arrives and what it took.
//! - [`losses`]: which packets are lost, and when what is missing is there; [`bursts`]: losses that come together; `recovery`: what shows that
//!   something is missing before a timeout; `departures`: when each packet leaves, with windows that open slowly.
//! - [`access`]: bandwidth that all connections of a provider share.
//! - [`map`]: which [`LinkSpec`](throng_workloads::scenario::LinkSpec) holds between which
//!   parties, and the smallest latencies, which bound how far ahead parallel work may run; `neighbourhoods`: which providers
//!   are close to each other.
//! - [`outage`]: when a party is down.
//! - [`traffic`]: counters of messages and bytes, and the check that they add up.
//!
//! Nothing here knows what a message is: it has a length in bytes, and for the accounts a number that
//! says its kind.
//!
//! # The model
//! A link is what a message sees of a reliable, ordered transport (a TLS connection) over one bottleneck:
//!
//! 1. messages leave one after another, each holding the transmitter for its length over the bandwidth;
//! 2. the message's packets are lost, independently or in bursts; after a timeout, or when later ones show it, the lost ones are
//!    sent again, until all are there;
//! 3. the whole takes one draw of the latency, not less than the floor, and one of the jitter;
//! 4. a message arrives no earlier than those sent before it, unless it was drawn to overtake them;
//! 5. rarely, a second copy follows.
//!
//! Where a link has a slow start, no more leaves in a round trip than its window. Windows grow and do not shrink by losses: it does not model the
//! rest of congestion control, or queues of finite length.
#![forbid(unsafe_code)]

pub mod access;
pub mod bursts;
mod departures;
pub mod link;
pub mod losses;
pub mod map;
mod neighbourhoods;
pub mod outage;
mod recovery;
pub mod traffic;

#[cfg(test)]
mod access_test;
#[cfg(test)]
mod bursts_test;
#[cfg(test)]
mod oracles;
#[cfg(test)]
mod tcp_test;

pub use access::{Access, Carried};
pub use link::{Direction, Link, Transmission};
pub use map::NetworkMap;
pub use neighbourhoods::Neighbourhoods;
pub use outage::Outages;
pub use traffic::{Bulk, Counters, Flow, Imbalance, Tally, Traffic, Unit};
