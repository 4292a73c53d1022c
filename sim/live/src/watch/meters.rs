//! What a provider counts of itself.

use super::quiet::Quiet;
use super::refused::Refused;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::registry::{Registry, Unit};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use throng_stack::Stored;

/// Bounds of the classic buckets of durations, in seconds: 100 µs to 30 s.
const SECONDS: [f64; 12] = [
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];

/// A native histogram grows no further than that, but gets coarser.
const MOST_BUCKETS: usize = 160;

/// A request: who asks, what, and the answer's status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Asked {
    /// `client`, `provider`, `newcomer` or `anybody`.
    pub(crate) from: &'static str,
    /// The path without what it names.
    pub(crate) route: &'static str,
    /// The status.
    pub(crate) status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    from: &'static str,
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Peer {
    peer: String,
}

/// What a provider counts. Everything can be counted from any thread.
#[derive(Debug)]
pub(crate) struct Meters {
    requests: Family<Asked, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    refused: Family<Reason, Counter>,
    /// Connections, from when they are taken to their end.
    pub(crate) connections: Gauge,
    /// Clients' streams of events.
    pub(crate) streams: Gauge,
    /// What waits for the provider's thread.
    pub(crate) posts: Gauge,
    outbound: Family<Peer, Gauge>,
    outbound_dropped: Family<Peer, Counter>,
    findings: Family<Peer, Counter>,
    machine: Histogram,
    waited: Histogram,
    stored: Histogram,
    queued: Gauge,
    queued_bytes: Gauge,
    key_packages: Gauge,
    key_package_bytes: Gauge,
    group_bytes: Gauge,
    /// Whose they are.
    domain: String,
    quiet: Quiet,
}

fn seconds() -> Histogram {
    let native = NativeHistogramConfig::default().max_buckets(MOST_BUCKETS);
    Histogram::new_classic_and_native(SECONDS, native)
}

impl Meters {
    /// Those of the provider of a domain.
    pub(crate) fn of(domain: &str) -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(seconds),
            refused: Family::default(),
            connections: Gauge::default(),
            streams: Gauge::default(),
            posts: Gauge::default(),
            outbound: Family::default(),
            outbound_dropped: Family::default(),
            findings: Family::default(),
            machine: seconds(),
            waited: seconds(),
            stored: seconds(),
            queued: Gauge::default(),
            queued_bytes: Gauge::default(),
            key_packages: Gauge::default(),
            key_package_bytes: Gauge::default(),
            group_bytes: Gauge::default(),
            domain: domain.to_owned(),
            quiet: Quiet::default(),
        }
    }

    /// Has a registry show all of them.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let to = registry.sub_registry_with_prefix("throng");
        to.register("requests", "Requests answered", self.requests.clone());
        to.register_with_unit(
            "request",
            "Time from a request's head to the head of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        to.register(
            "connections_refused",
            "Connections that were not taken, or ended before whoever asked wished it",
            self.refused.clone(),
        );
        to.register("connections", "Connections open", self.connections.clone());
        to.register("streams", "Streams of events open", self.streams.clone());
        to.register(
            "posts",
            "What waits for the provider's thread",
            self.posts.clone(),
        );
        to.register(
            "outbound",
            "Requests to another provider that wait to be made",
            self.outbound.clone(),
        );
        to.register(
            "outbound_dropped",
            "Requests to another provider that were not made, since too many waited; they are repeated",
            self.outbound_dropped.clone(),
        );
        to.register(
            "findings",
            "What another provider did otherwise than the documents of the protocol say",
            self.findings.clone(),
        );
        to.register_with_unit(
            "machine",
            "Time on a core of the provider's thread for one input",
            Unit::Seconds,
            self.machine.clone(),
        );
        to.register_with_unit(
            "waited",
            "Time for which an input waited for the provider's thread",
            Unit::Seconds,
            self.waited.clone(),
        );
        to.register_with_unit(
            "stored",
            "Time from when a batch of rows began to be stored until it was safe",
            Unit::Seconds,
            self.stored.clone(),
        );
        self.register_stored(to);
    }

    fn register_stored(&self, to: &mut Registry) {
        to.register(
            "stored_events",
            "Events that wait until clients say that they have them",
            self.queued.clone(),
        );
        to.register_with_unit(
            "stored_events",
            "Bytes of events that wait until clients say that they have them",
            Unit::Bytes,
            self.queued_bytes.clone(),
        );
        to.register(
            "stored_key_packages",
            "KeyPackages in the store",
            self.key_packages.clone(),
        );
        to.register_with_unit(
            "stored_key_packages",
            "Bytes of KeyPackages in the store",
            Unit::Bytes,
            self.key_package_bytes.clone(),
        );
        to.register_with_unit(
            "stored_groups",
            "Bytes of GroupInfos and ratchet trees of rooms that this is hub of",
            Unit::Bytes,
            self.group_bytes.clone(),
        );
    }

    /// A request has its answer.
    pub(crate) fn answered(&self, asked: Asked, after: Duration) {
        let route = Route {
            from: asked.from,
            route: asked.route,
        };
        self.durations
            .get_or_create(&route)
            .observe(after.as_secs_f64());
        self.requests.get_or_create(&asked).inc();
        let Asked {
            from,
            route,
            status,
        } = asked;
        let domain = &self.domain;
        tracing::debug!(domain, from, route, status, ?after, "answered");
    }

    /// A connection was refused. That is counted each time, and said now and then.
    pub(crate) fn refuse(&self, why: Refused, address: SocketAddr) {
        let reason = why.name();
        self.refused.get_or_create(&Reason { reason }).inc();
        if let Some(times) = self.quiet.says(reason, Instant::now()) {
            let domain = &self.domain;
            tracing::warn!(domain, reason, %address, times, "refused a connection");
        }
    }

    /// The gauge of what waits to be sent to a provider.
    pub(crate) fn outbound(&self, peer: &str) -> Gauge {
        let peer = peer.to_owned();
        self.outbound.get_or_create(&Peer { peer }).clone()
    }

    /// The counter of what was not sent to a provider.
    pub(crate) fn outbound_dropped(&self, peer: &str) -> Counter {
        let peer = peer.to_owned();
        self.outbound_dropped.get_or_create(&Peer { peer }).clone()
    }

    /// Another provider did otherwise than the documents say.
    pub(crate) fn found(&self, peer: &str) {
        let peer = peer.to_owned();
        self.findings.get_or_create(&Peer { peer }).inc();
    }

    /// The provider's thread took an input: nanoseconds for which that waited, and for which it was on a core for it.
    pub(crate) fn handled(&self, waited: u64, took: u64) {
        self.waited.observe(waited as f64 / 1e9);
        self.machine.observe(took as f64 / 1e9);
    }

    /// A batch of rows is safe.
    pub(crate) fn stored(&self, after: Duration) {
        self.stored.observe(after.as_secs_f64());
    }

    /// What the provider stores now.
    pub(crate) fn stores(&self, stored: Stored) {
        let set = |gauge: &Gauge, value: u64| {
            gauge.set(value.try_into().unwrap_or(i64::MAX));
        };
        set(&self.queued, stored.queued);
        set(&self.queued_bytes, stored.queued_bytes);
        set(&self.key_packages, stored.key_packages);
        set(&self.key_package_bytes, stored.key_package_bytes);
        set(&self.group_bytes, stored.group_bytes);
    }
}
