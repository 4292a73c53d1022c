//! How often somebody may ask.

use crate::http::host;
use crate::limits::{Limits, Rate};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use throng_stack::Peer;

/// After so many requests those are forgotten who have been quiet for long enough to have a full bucket again.
const SWEEP_EVERY: u64 = 1 << 16;

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Instant>>;

/// A bucket for each client, each provider, and each address of strangers.
pub(super) struct Rates {
    accounts: Buckets<u32>,
    peers: Buckets<u16>,
    strangers: Buckets<IpAddr>,
    asked: AtomicU64,
}

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            accounts: buckets(limits.account_rate),
            peers: buckets(limits.peer_rate),
            strangers: buckets(limits.stranger_rate),
            asked: AtomicU64::new(0),
        }
    }

    /// Whether somebody may ask who has shown who they are; otherwise after how long.
    pub(super) fn known(&self, who: Peer) -> Result<(), Duration> {
        self.sweep();
        match who {
            Peer::Client(client) => check(&self.accounts, &client.0),
            Peer::Provider(provider) => check(&self.peers, &provider.0),
        }
    }

    /// The same for somebody who has not.
    pub(super) fn stranger(&self, address: IpAddr) -> Result<(), Duration> {
        self.sweep();
        check(&self.strangers, &host(address))
    }

    fn sweep(&self) {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if asked.is_multiple_of(SWEEP_EVERY) {
            self.accounts.retain_recent();
            self.peers.retain_recent();
            self.strangers.retain_recent();
        }
    }
}

fn buckets<K: Hash + Eq + Clone>(rate: Rate) -> Buckets<K> {
    let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
    RateLimiter::hashmap_with_clock(quota, MonotonicClock)
}

fn check<K: Hash + Eq + Clone>(buckets: &Buckets<K>, key: &K) -> Result<(), Duration> {
    let not_until = buckets.check_key(key);
    not_until.map_err(|not_until| not_until.wait_time_from(MonotonicClock.now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::intent::{ClientId, ProviderId};

    #[test]
    fn each_has_a_bucket_of_their_own() {
        let limits = Limits {
            account_rate: Rate::new(1, 3),
            stranger_rate: Rate::new(1, 1),
            ..Limits::default()
        };
        let rates = Rates::new(&limits);
        let client = |number| rates.known(Peer::Client(ClientId(number)));
        let taken = (0..5).filter(|_| client(1).is_ok()).count();
        assert_eq!(taken, 3);
        let wait = client(1).unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        assert!(client(2).is_ok());
        assert!(rates.known(Peer::Provider(ProviderId(1))).is_ok());
        let stranger = |address: &str| rates.stranger(address.parse().unwrap());
        assert!(stranger("2001:db8::1").is_ok());
        assert!(stranger("2001:db8::2").is_err(), "of the same host");
        assert!(stranger("2001:db8:0:1::1").is_ok());
    }
}
