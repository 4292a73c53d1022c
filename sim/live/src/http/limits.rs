//! How long and how large anything may be.

use std::time::Duration;

/// A connection is there, TLS included, by then.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// An answer's body has come by then.
pub(crate) const BODY: Duration = Duration::from_secs(20);

/// A provider has answered by then; it may have to ask another one first.
pub(crate) const ANSWER: Duration = Duration::from_secs(30);

/// Somebody who asks a provider hears of it by then: a little later than that gives up.
pub(crate) const HEARD: Duration = Duration::from_secs(40);

/// Whoever says nothing is asked whether they are there, and has to answer.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(20);
pub(crate) const PING_WITHIN: Duration = Duration::from_secs(10);

/// Requests at a time over one connection between providers.
pub(crate) const MOST_REQUESTS: usize = 64;

/// All header fields of a request: an event's receivers are one of them, about 35,000 at most.
pub(crate) const HEADERS: u32 = 256 << 10;

/// What a peer may send before it is read: over one stream, and over the connection.
pub(crate) const STREAM_WINDOW: u32 = 256 << 10;
pub(crate) const CONNECTION_WINDOW: u32 = 8 << 20;

/// The longest answer, and the longest record of a stream.
pub(crate) const LONGEST_ANSWER: usize = 32 << 20;
