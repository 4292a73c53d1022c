//! Time since the start of the measured part, as people's wishes have it.

use crate::monotonic;
use std::sync::OnceLock;
use std::time::Duration;
use throng_workloads::time::{SimSpan, SimTime};

/// One clock of all clients. Before it starts it is time zero.
#[derive(Debug, Default)]
pub(super) struct Clock {
    began: OnceLock<u64>,
    ended: OnceLock<u64>,
}

impl Clock {
    /// Time begins.
    pub(super) fn start(&self) {
        self.start_at(monotonic::now());
    }

    /// Time begins then, by the clock of the machine.
    pub(super) fn start_at(&self, moment: u64) {
        let _ = self.began.set(moment);
    }

    /// Wishes come no more. Time goes on.
    pub(super) fn end(&self) {
        let _ = self.ended.set(monotonic::now());
    }

    pub(super) fn now(&self) -> SimTime {
        self.at(monotonic::now())
    }

    /// A moment of the machine's clock.
    pub(super) fn at(&self, moment: u64) -> SimTime {
        let began = self.began.get().copied().unwrap_or(u64::MAX);
        SimTime::from_nanos(moment.saturating_sub(began))
    }

    /// Whether a moment of the machine's clock is not before the measured part.
    pub(super) fn has_begun(&self, moment: u64) -> bool {
        self.began.get().is_some_and(|began| *began <= moment)
    }

    /// Whether people want things then.
    pub(super) fn measures(&self, moment: u64) -> bool {
        self.has_begun(moment) && self.ended.get().is_none_or(|ended| moment < *ended)
    }

    /// How long they have, so far or until they wanted nothing more.
    pub(super) fn lasted(&self) -> SimSpan {
        let until = self.ended.get().copied().unwrap_or_else(monotonic::now);
        self.at(until).since(SimTime::ZERO)
    }

    /// How long it is until then.
    pub(super) fn until(&self, at: SimTime) -> Duration {
        Duration::from_nanos(at.since(self.now()).as_nanos())
    }
}
