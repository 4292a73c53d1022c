//! A load as whoever looks on sees it.

use throng_workloads::time::{SimSpan, SimTime};

/// What is being done while people's wishes come.
pub(super) const RUNNING: &str = "running";

/// What whoever looks on wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// It is to go on.
    GoOn,
    /// People's time is to pass so many times as fast as now.
    Faster(f64),
    /// It is to end, with what was measured so far.
    Stop,
}

/// A load while it runs.
pub struct View<'a> {
    pub(super) doing: &'static str,
    pub(super) now: SimTime,
    pub(super) until: SimTime,
    pub(super) figures: &'a dyn Fn() -> Figures,
}

/// What there is to see of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Wishes that were due in the last second.
    pub intended_rate: u64,
    /// Wishes that were taken up in it.
    pub taken_rate: u64,
    /// Wishes so far.
    pub intended: u64,
    /// Messages so far: the 50th and the 99th percentile, from the wish.
    pub message: Option<(SimSpan, SimSpan)>,
    /// What hubs accepted so far.
    pub accepted: u64,
    /// What went wrong between clients and providers so far.
    pub errors: u64,
    /// Wishes that are open.
    pub open: u64,
    /// How fast people's time passes.
    pub factor: f64,
    /// How late wishes were taken up: the 99th percentile.
    pub late: Option<SimSpan>,
    /// Why the generator is the limit so far.
    pub limits: Vec<String>,
}

impl View<'_> {
    /// What is being done.
    pub fn doing(&self) -> &'static str {
        self.doing
    }

    /// How long wishes have come for.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How long they will.
    pub fn until(&self) -> SimTime {
        self.until
    }

    /// What there is to see. It takes a while to add up.
    pub fn figures(&self) -> Figures {
        (self.figures)()
    }
}
