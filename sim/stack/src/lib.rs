//! What a protocol is to whoever drives it: a *stack*, behind one seam.
//!
//! A driver owns clocks, links, cores or sockets. It knows nothing of a protocol but what is here; whatever is
//! messaging at all fits behind it.
//!
//! - [`party`]: a client or a provider: a state machine without I/O, what it is told and what it wants done. Start here.
//! - [`packet`]: what goes over a link: a kind, a length, and something that only the stack can read.
//! - [`fact`]: what happened that any messenger has: wanted, sent, accepted, refused, handled, read, joined, excluded,
//!   online, caught up; and what only one protocol has, its [`Detail`].
//! - [`vocabulary`]: the tables of a stack: kinds of packets, units of work, subjects, counters, reasons.
//! - [`service`]: the parts of a provider's work, by which a driver says when what it sends leaves.
//! - [`stack`](mod@stack): how the parties of a run are made.
//! - [`listeners`]: those who do nothing but receive, and who stands for them before the machines; [`hearing`]: what they find
//!   in an event, all alike.
//! - [`keep`]: what outlives a party's process, row by row; [`rest`]: a client that is written down whole.
//! - [`spread`](fn@spread): a hash of numbers, for tables that are looked up all the time.
//! - [`web`]: how all that travels over HTTP, where a driver has real sockets.
//!
//! A new kind of message, unit, counter or reason is one entry in one table of its stack.
#![forbid(unsafe_code)]

pub mod fact;
pub mod hearing;
pub mod keep;
pub mod listeners;
pub mod packet;
pub mod party;
pub mod rest;
pub mod service;
mod spread;
pub mod stack;
pub mod vocabulary;
pub mod web;

pub use fact::{Accepted, Detail, Fact, MembershipWish, Waiting};
pub use hearing::{Heard, HeardWhat, Hearing};
pub use keep::{Change, Keep, KeepError, Row, Table};
pub use listeners::{Listeners, Receiver, Taken};
pub use packet::{Envelope, Kind, Packet, Peer, RequestId};
pub use party::{Input, Keeps, Link, OpenWish, Outputs, Party, Stored, Timer, WishKind};
pub use rest::{Membership, Rest, RestError};
pub use service::Service;
pub use spread::spread;
pub use stack::{Beginning, OpenRoom, Opened, Stack, StackError};
pub use vocabulary::{Counter, Failure, Reason, Subject, Vocabulary};
pub use web::{Head, Reply, Web};
