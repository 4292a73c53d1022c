//! What only a run over real connections has on its books.

use crate::data::{RealRecord, Violation};
use crate::histogram::histogram;
use hdrhistogram::Histogram;
use std::collections::{BTreeMap, BTreeSet};
use throng_stack::RequestId;
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::SimTime;

/// So many violations are told; more say no more.
const MOST_VIOLATIONS: usize = 100;

/// What only such a run has.
#[derive(Clone)]
pub(super) struct Real {
    violations: Vec<Violation>,
    /// When each message was first sent, by its request.
    pub(super) first_sent: BTreeMap<RequestId, SimTime>,
    /// The same by the event that it became.
    pub(super) sent: BTreeMap<(RoomId, u64), SimTime>,
    pub(super) message_raw: Histogram<u64>,
    /// Devices that never come back.
    pub(super) lost: BTreeSet<ClientId>,
    pub(super) undelivered: u64,
    /// Whether only what clients note is known.
    pub(super) clients_only: bool,
}

impl Real {
    /// Something did not hold.
    pub(super) fn broken(&mut self, violation: Violation) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(super) fn finish(self) -> RealRecord {
        RealRecord {
            message_raw: self.message_raw,
            undelivered: self.undelivered,
            clients_only: self.clients_only,
            violations: self.violations,
            servers: Vec::new(),
            findings: Vec::new(),
        }
    }
}

impl Default for Real {
    fn default() -> Self {
        Self {
            violations: Vec::new(),
            first_sent: BTreeMap::new(),
            sent: BTreeMap::new(),
            message_raw: histogram(),
            lost: BTreeSet::new(),
            undelivered: 0,
            clients_only: false,
        }
    }
}
