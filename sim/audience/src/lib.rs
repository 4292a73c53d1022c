//! The passive clients of one provider in one room, and the loop that delivers an event to all of them.
//!
//! Most receivers of a commit do nothing but fall due. For them a delivery is arithmetic, not an event:
//! the same as a [`Link`](throng_net::Link) and a [`Station`](throng_kernel::station::Station) of one
//! core would have it, over flat arrays.
//!
//! - [`crowd`]: start here. An [`Audience`], who is in it, and its verb, [`Audience::deliver_all`].
//! - [`event`]: what is delivered ([`Event`]), and what came of it ([`Delivered`]).
//! - [`class`]: clients with the same link and device ([`AudienceClass`]).
//! - [`delays`]: how long deliveries took, in the buckets of HdrHistogram ([`Delays`]).
//! - `draws`: the counter-based draws; `heights`: who derives how many keys; `rows`: the arrays;
//!   `fanout`: the loop.
//!
//! # What happens to one client
//! An event of `bytes` bytes leaves the provider at `departure`; handling it takes the client `cost`:
//!
//! 1. start = max(departure, link free); link free = start + serialisation;
//! 2. arrival = link free + max(latency, floor) + jitter;
//! 3. with the probability 1 − (1 − loss)^packets something is lost: the rounds of retransmission are
//!    drawn as [`Link`](throng_net::Link) does, and add to link free and to the arrival;
//! 4. done = max(arrival, busy) + cost; busy = done.
//!
//! A client handles events in their order, so one that overtakes another waits for it: step 4 says that
//! already, overtaking on the link (`reorder`) has no effect here and is not drawn. A second copy is
//! dropped on arrival: it counts in bytes and takes no time.
//!
//! # Draws
//! A draw has no state. An event has a key from the named stream (provider, "audience of the room,
//! event number"); 64 bits are mixed from the key and the client's id (wyrand, Wang Yi 2019, with the client
//! as its counter). Half of them pick the latency, half the
//! jitter. So who else is in the audience, how it is cut into chunks and on how many threads it runs
//! moves no draw.
//!
//! Latency and jitter are read from tables of 4,096 quantiles with linear interpolation between them. The two
//! outermost cells, and cells within which the quantile function is not straight (it jumps, or meets
//! the floor), are not interpolated: there [`Dist::quantile`](throng_workloads::dist::Dist::quantile) is
//! taken of 53 bits. What is drawn therefore has the distribution function asked for to within
//! 1/16,384 everywhere, and exactly in the tails.
//!
//! # What it takes
//! A row is 16 bytes in the loop (link free, busy) and 4 for the client's id; beside it 4 bytes for the leaf
//! and 8 for the CPU time used: 32, and 37 with the eighth that arrays keep free for those who come. CPU time
//! is booked by chunk where all of a chunk pay the same, which is the rule: costs differ near the
//! sender's leaf only.
//!
//! `cargo bench -p throng-benches --bench audience` delivers to a million clients in three classes, with
//! latency and jitter lognormal. On one core of a two-core virtual machine (Intel Xeon): 120 million deliveries a second
//! event by event and 149 million eight events at a time ([`Audience::deliver_all`]); 104 and 122 million where one packet in
//! a thousand is lost. The bench prints the same beside a rough loop without jitter, links, losses, digest and
//! interpolation.
//!
//! What was tried:
//! - passes over blocks of 256 rows (draw, look up, receive, count) in place of one loop that does all to each row: the
//!   processor overlaps more of it, and blocks stay in the first cache; this is the loop now;
//! - several events at once, chunk by chunk: a fifth faster, so [`Audience::deliver_all`] is the way in;
//! - wyrand in place of SplitMix64's three rounds, and one point for both tables so that their sum is
//!   shifted once: together 8 %;
//! - buckets read off a floating-point exponent in place of a count of leading zeros: 3 %;
//! - tables of 1,024 or 2,048 cells, or of 4,096 with their bounds shared, all of which fit the first
//!   cache together: no difference beyond the machine's noise, so the finest was kept.
#![forbid(unsafe_code)]

pub mod class;
pub mod crowd;
pub mod delays;
pub mod event;

mod draws;
mod fanout;
mod heights;
mod rows;

#[cfg(test)]
mod oracles;

pub use class::AudienceClass;
pub use crowd::{Audience, AudienceError};
pub use delays::Delays;
pub use event::{Delivered, Event, HEIGHTS, NO_SENDER};
pub use rows::Seat;
