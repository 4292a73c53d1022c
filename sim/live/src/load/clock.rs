//! Time since the start of the measured part, as people's wishes have it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};
use throng_workloads::time::SimTime;

/// One clock of all clients. Before it starts it is time zero.
#[derive(Debug, Default)]
pub(super) struct Clock(OnceLock<Instant>);

impl Clock {
    /// Time begins.
    pub(super) fn start(&self) {
        let _ = self.0.set(Instant::now());
    }

    pub(super) fn now(&self) -> SimTime {
        let elapsed = self.0.get().map_or(Duration::ZERO, Instant::elapsed);
        SimTime::from_nanos(elapsed.as_nanos().try_into().unwrap_or(u64::MAX))
    }

    /// How long it is until then.
    pub(super) fn until(&self, at: SimTime) -> Duration {
        Duration::from_nanos(at.since(self.now()).as_nanos())
    }
}
