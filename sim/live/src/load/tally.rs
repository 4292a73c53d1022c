//! What the generator has to know of its clients while it runs, and of itself.

use super::errors::Errors;
use hdrhistogram::Histogram;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use throng_record::histogram::histogram;
use throng_stack::Fact;
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// What clients report, from all threads.
pub(super) struct Tally {
    seen: Mutex<Seen>,
    last: Mutex<Instant>,
}

/// What was seen.
#[derive(Clone)]
pub(super) struct Seen {
    /// How late wishes were taken up, in microseconds.
    pub(super) lateness: Histogram<u64>,
    /// Wishes that were due.
    pub(super) intended: u64,
    /// Those that were taken up.
    pub(super) taken: u64,
    /// Those of clients that there are not.
    pub(super) vanished: u64,
    /// The same by the second of the measured part.
    pub(super) seconds: Vec<Second>,
    /// What went wrong between clients and providers, how often.
    pub(super) errors: Errors,
    /// Requests that were sent again.
    pub(super) repeated: u64,
    /// Clients that have once come online and handled all that had waited.
    pub(super) ready: BTreeSet<ClientId>,
    /// Which provider said last that it does not know a client, or knows it otherwise, and by which status.
    pub(super) turned_away: Option<(String, u16)>,
    /// Clients that have become members, and of which rooms.
    pub(super) joined: BTreeSet<(RoomId, ClientId)>,
}

/// What was seen in a second.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Second {
    pub(super) intended: u64,
    pub(super) taken: u64,
    pub(super) late_max: SimSpan,
}

impl Seen {
    fn second(&mut self, at: SimTime) -> &mut Second {
        let place = (at.as_nanos() / 1_000_000_000) as usize;
        if self.seconds.len() <= place {
            self.seconds.resize(place + 1, Second::default());
        }
        &mut self.seconds[place]
    }
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            seen: Mutex::new(Seen {
                lateness: histogram(),
                intended: 0,
                taken: 0,
                vanished: 0,
                seconds: Vec::new(),
                errors: Errors::default(),
                repeated: 0,
                ready: BTreeSet::new(),
                turned_away: None,
                joined: BTreeSet::new(),
            }),
            last: Mutex::new(Instant::now()),
        }
    }

    /// When anything happened last.
    pub(super) fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wish is due.
    pub(super) fn due(&self, at: SimTime) {
        let mut seen = self.seen();
        seen.intended += 1;
        seen.second(at).intended += 1;
    }

    /// There is nobody who could have had the wish that was due.
    pub(super) fn vanished(&self) {
        self.seen().vanished += 1;
    }

    /// A wish was taken up now, so long after it was due.
    pub(super) fn taken(&self, now: SimTime, late: SimSpan) {
        let mut seen = self.seen();
        seen.taken += 1;
        seen.lateness.saturating_record(late.as_nanos() / 1_000);
        let second = seen.second(now);
        second.taken += 1;
        second.late_max = second.late_max.max(late);
    }

    /// A provider does not know a client.
    pub(super) fn turn_away(&self, provider: &str, status: u16) {
        self.seen().turned_away = Some((provider.to_owned(), status));
    }

    /// Which said that last, and by which status, where one did.
    pub(super) fn turned_away(&self) -> Option<(String, u16)> {
        self.seen().turned_away.clone()
    }

    /// Something went wrong.
    pub(super) fn failed(&self, what: &str) {
        self.seen().errors.add(what);
    }

    /// Things happened to a client.
    pub(super) fn take(&self, client: ClientId, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        for fact in facts {
            match fact {
                Fact::CaughtUp { .. } => {
                    self.seen().ready.insert(client);
                }
                Fact::Reached {
                    room, joined: true, ..
                } => {
                    self.seen().joined.insert((*room, client));
                }
                Fact::Repeated { .. } => self.seen().repeated += 1,
                _ => {}
            }
        }
    }
}
