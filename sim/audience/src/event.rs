//! What is delivered, and what came of it.

use super::delays::Delays;
use throng_net::Bulk;
use throng_workloads::time::{SimSpan, SimTime};

/// Heights at which two leaves can meet, 0 (the same leaf) to 32.
pub const HEIGHTS: usize = 33;

/// The height under which receivers of an event without a sender are counted.
pub const NO_SENDER: usize = HEIGHTS - 1;

/// An event on its way to all of an audience.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Its place among the events of this audience: it names the draws, so no two events of one audience may share
    /// it.
    pub number: u64,
    /// When it leaves the provider.
    pub departure: SimTime,
    /// From when its delays are counted: when it was accepted (a commit) or sent (a message).
    pub since: SimTime,
    /// Its length in bytes.
    pub bytes: u64,
    /// The sender's leaf. The client at that leaf, if it is in the audience, gets nothing. `None`:
    /// it is no member's.
    pub sender: Option<u32>,
    /// What handling it takes, by class, then by the height at which the receiver's leaf and the sender's
    /// meet. Heights beyond the last entry (all, where there is one entry, or no sender) cost as much as the last. A class
    /// without entries pays nothing.
    pub costs: &'a [&'a [SimSpan]],
}

impl Event<'_> {
    pub(super) fn cost(&self, class: usize, height: usize) -> SimSpan {
        let costs = self.costs.get(class).copied().unwrap_or_default();
        let cost = costs.get(height).or(costs.last());
        cost.copied().unwrap_or_default()
    }
}

/// What became of an event in one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// How long the deliveries took, from [`Event::since`] to the client being done with it.
    pub delays: Delays,
    /// When the last client was done.
    pub last: SimTime,
    /// A sum over deliveries that changes with who was done when, for fingerprints.
    pub digest: u64,
    /// What the links carried, for [`Traffic::delivered`](throng_net::Traffic::delivered).
    pub traffic: Bulk,
    /// CPU time of all clients together.
    pub cpu: SimSpan,
    /// Deliveries by class, then by height: times the Work of one it is the Work of all.
    pub receivers: Vec<[u64; HEIGHTS]>,
}

impl Delivered {
    /// How many clients it reached: all but the sender.
    pub const fn count(&self) -> u64 {
        self.traffic.messages
    }
}
