//! Time since the start of the measured part, as people's wishes have it.

use crate::monotonic;
use std::sync::OnceLock;
use std::time::Duration;
use throng_workloads::time::SimTime;

/// One clock of all clients. Before it starts it is time zero.
#[derive(Debug, Default)]
pub(super) struct Clock(OnceLock<u64>);

impl Clock {
    /// Time begins.
    pub(super) fn start(&self) {
        let _ = self.0.set(monotonic::now());
    }

    pub(super) fn now(&self) -> SimTime {
        self.at(monotonic::now())
    }

    /// A moment of the machine's clock.
    pub(super) fn at(&self, moment: u64) -> SimTime {
        let began = self.0.get().copied().unwrap_or(u64::MAX);
        SimTime::from_nanos(moment.saturating_sub(began))
    }

    /// Whether a moment of the machine's clock is one of the measured part.
    pub(super) fn has_begun(&self, moment: u64) -> bool {
        self.0.get().is_some_and(|began| *began <= moment)
    }

    /// How long it is until then.
    pub(super) fn until(&self, at: SimTime) -> Duration {
        Duration::from_nanos(at.since(self.now()).as_nanos())
    }
}
