//! A provider's access to the network, both ways, with what waits for it.
//!
//! What is shared is worked out as it comes: when something is carried depends on what is handed over meanwhile. So a node has an event for when
//! something may be carried, and looks again then.

use throng_net::{Access, Carried};
use throng_record::AccessRow;
use throng_stack::{Envelope, Peer};
use throng_workloads::scenario::Provider;
use throng_workloads::time::{SimSpan, SimTime};

/// Both ways of a provider's access, where they are shared.
#[derive(Debug, Default)]
pub struct Accesses {
    pub(super) up: Option<Way<(Peer, Envelope)>>,
    pub(super) down: Option<Way<Box<Envelope>>>,
}

/// One way.
#[derive(Debug)]
pub(super) struct Way<T> {
    access: Access<T>,
    bandwidth: f64,
    /// When the next event looks whether something is carried.
    looks: Option<SimTime>,
    wait_max: SimSpan,
}

impl Accesses {
    /// Those of a provider; none where nothing is shared.
    pub(super) fn of(provider: &Provider) -> Option<Self> {
        let (up, down) = (provider.up, provider.down);
        (up.is_some() || down.is_some()).then(|| Self {
            up: up.map(Way::new),
            down: down.map(Way::new),
        })
    }

    /// What became of them: up and down.
    pub(super) fn rows(&self) -> [Option<AccessRow>; 2] {
        [
            self.up.as_ref().map(Way::row),
            self.down.as_ref().map(Way::row),
        ]
    }
}

/// A connection, by who is at its other end.
fn connection(peer: Peer) -> u64 {
    match peer {
        Peer::Provider(provider) => provider.0.into(),
        Peer::Client(client) => (1 << 32) + u64::from(client.0),
    }
}

impl<T> Way<T> {
    fn new(bandwidth: f64) -> Self {
        Self {
            access: Access::new(bandwidth),
            bandwidth,
            looks: None,
            wait_max: SimSpan::ZERO,
        }
    }

    /// Hands over a message of the connection with `peer`, which can carry so many bits a second.
    pub(super) fn put(&mut self, now: SimTime, peer: Peer, limit: f64, bytes: u64, what: T) {
        self.access.put(now, connection(peer), limit, bytes, what);
    }

    /// When to look whether something is carried, where no event does by then.
    pub(super) fn look(&mut self) -> Option<SimTime> {
        let next = self.access.next()?;
        let sooner = self.looks.is_none_or(|looks| next < looks);
        sooner.then(|| *self.looks.insert(next))
    }

    /// Gives what is carried by now; the answer says how many bytes have to be carried again.
    pub(super) fn carry(&mut self, now: SimTime, mut done: impl FnMut(Carried<T>) -> u64) {
        self.looks = self.looks.filter(|looks| *looks > now);
        let wait_max = &mut self.wait_max;
        self.access.carry(now, |carried| {
            *wait_max = carried.held_up(now).max(*wait_max);
            done(carried)
        });
    }

    fn row(&self) -> AccessRow {
        AccessRow {
            bandwidth: self.bandwidth,
            busy: self.access.busy(),
            wait_max: self.wait_max,
        }
    }
}
