//! What the generator has to know of its clients while it runs, and of itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use throng_stack::Fact;
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::SimSpan;

/// What clients report, from all threads.
pub(super) struct Tally {
    seen: Mutex<Seen>,
    /// Clients that have come online and handled all that had waited, over all times that they did.
    caught_up: AtomicU64,
    last: Mutex<Instant>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How late wishes were taken up.
    pub(super) lateness: Vec<SimSpan>,
    /// What went wrong between clients and providers, how often.
    pub(super) errors: BTreeMap<String, u64>,
    /// Requests that were sent again.
    pub(super) repeated: u64,
    /// Whose each client is.
    pub(super) users: BTreeMap<ClientId, UserId>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            seen: Mutex::default(),
            caught_up: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
        }
    }

    pub(super) fn caught_up(&self) -> u64 {
        self.caught_up.load(Ordering::SeqCst)
    }

    /// When anything happened last.
    pub(super) fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wish was taken up so long after somebody had it.
    pub(super) fn late(&self, late: SimSpan) {
        self.seen().lateness.push(late);
    }

    /// Something went wrong.
    pub(super) fn failed(&self, what: String) {
        *self.seen().errors.entry(what).or_default() += 1;
    }

    /// Things happened to a client.
    pub(super) fn take(&self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        for fact in facts {
            match fact {
                Fact::CaughtUp { .. } => {
                    self.caught_up.fetch_add(1, Ordering::SeqCst);
                }
                Fact::Repeated { .. } => self.seen().repeated += 1,
                _ => {}
            }
        }
    }
}
