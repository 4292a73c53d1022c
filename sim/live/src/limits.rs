//! How much and how long a provider bears, of everybody together and of each. What is beyond is refused, said so where that can be
//! said, and counted; whoever keeps within is served as before.

use std::num::NonZeroU32;
use std::time::Duration;
use throng_stack::Keeps;

/// What a provider bears.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address (from one /64 of IPv6, which is what one host has).
    pub connections_per_address: usize,
    /// Requests at a time over one connection; a stream of events is one.
    pub streams: u32,
    /// TLS is set up by then.
    pub handshake: Duration,
    /// Whoever has connected has asked something by then.
    pub first: Duration,
    /// A connection over which nothing is asked and answered for so long ends.
    pub idle: Duration,
    /// All of a request's body has come by then.
    pub body: Duration,
    /// Whoever is answered takes a piece of the answer in each such span.
    pub stalled: Duration,
    /// What is under way has this long to end when the provider does.
    pub drain: Duration,
    /// Bytes that may be on the way to a client over its stream; one record may be longer.
    pub stream_bytes: u64,
    /// Requests that may wait for the provider's thread.
    pub posts: usize,
    /// Bytes of bodies that may be there and not taken by it.
    pub bodies: u64,
    /// The same of one client or provider.
    pub bodies_each: u64,
    /// Requests that may wait to be sent to one other provider.
    pub outbound: usize,
    /// How often a client may ask.
    pub account_rate: Rate,
    /// How often another provider may ask.
    pub peer_rate: Rate,
    /// How often an address may ask from which nobody shows who they are: for accounts, say.
    pub stranger_rate: Rate,
    /// What is kept for each client.
    pub keeps: Keeps,
}

/// How often something may happen: a bucket of so many tokens, which fills again by so many a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// On the average.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// So many a second, and so many times as many at once.
    pub const fn of(per_second: NonZeroU32, times: u32) -> Self {
        Self {
            per_second,
            burst: per_second.saturating_mul(at_least_one(times)),
        }
    }

    /// So many a second, and so many at once; at least one of each.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            connections_per_address: 4096,
            streams: 128,
            handshake: Duration::from_secs(5),
            first: Duration::from_secs(5),
            idle: Duration::from_secs(120),
            body: Duration::from_secs(20),
            stalled: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            stream_bytes: 8 << 20,
            posts: 16_384,
            bodies: 256 << 20,
            bodies_each: 64 << 20,
            outbound: 16_384,
            account_rate: Rate::new(500, 2000),
            peer_rate: Rate::new(20_000, 40_000),
            stranger_rate: Rate::new(200, 2000),
            keeps: Keeps {
                key_packages: 1024,
                key_package_bytes: 4 << 20,
                queued: 65_536,
                queued_bytes: 64 << 20,
            },
        }
    }
}
