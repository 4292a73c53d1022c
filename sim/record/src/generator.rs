//! How a generator of load fared, beside what it measured: plain data.
//!
//! A figure about the generator must not be taken for one about providers. So it measures itself: what it was to do and what it did, how
//! late, on how much of the machine.

use crate::histogram::histogram;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_workloads::time::{SimSpan, SimTime};

/// How a generator fared over the measured part of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Generator {
    /// Why it was the limit, in words; nothing where it was not.
    pub limits: Vec<String>,
    /// Wishes that were due.
    pub intended: u64,
    /// Those of them that a client took up before the measured part was over, or no later than is allowed after that.
    pub in_time: u64,
    /// Those that a client took up at all.
    pub taken: u64,
    /// Those of clients that there are not.
    pub vanished: u64,
    /// What clients had still to work off at the end, and connections to carry out.
    pub under_way: u64,
    /// How late wishes were taken up, in microseconds.
    pub lateness: Histogram<u64>,
    /// How much later than it wanted a thread ran that slept for a while, in microseconds.
    pub thread_delay: Histogram<u64>,
    /// The same of the loop that serves connections.
    pub loop_delay: Histogram<u64>,
    /// CPU time of the process.
    pub cpu: SimSpan,
    /// How long the measured part was.
    pub lasted: SimSpan,
    /// Cores that the process may use.
    pub cores: u32,
    /// The most memory that it held, in bytes; `None` where the system does not say.
    pub memory_max: Option<u64>,
    /// Requests that clients sent again.
    pub repeated: u64,
    /// What went wrong between clients and providers, how often.
    pub errors: BTreeMap<String, u64>,
    /// How fast people's time passed, from when on.
    pub rates: Vec<RateChange>,
    /// A row for each second.
    pub series: Vec<GeneratorPoint>,
    /// What was before the measured part, where that is known.
    pub preparation: Option<Preparation>,
}

/// How all came to be there that has to be before anything is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preparation {
    /// How long it took.
    pub took: SimSpan,
    /// Whether it was stored, and taken up; otherwise it was made.
    pub loaded: bool,
}

impl Generator {
    /// One that has had nothing to do yet.
    pub fn idle(cores: u32) -> Self {
        Self {
            limits: Vec::new(),
            intended: 0,
            in_time: 0,
            taken: 0,
            vanished: 0,
            under_way: 0,
            lateness: histogram(),
            thread_delay: histogram(),
            loop_delay: histogram(),
            cpu: SimSpan::ZERO,
            lasted: SimSpan::ZERO,
            cores,
            memory_max: None,
            repeated: 0,
            errors: BTreeMap::new(),
            rates: Vec::new(),
            series: Vec::new(),
            preparation: None,
        }
    }

    /// How many of the cores that it may use it was on, on average; 0 where it did not last.
    pub fn cores_used(&self) -> f64 {
        match self.lasted.as_secs_f64() {
            lasted if lasted > 0.0 => self.cpu.as_secs_f64() / lasted,
            _ => 0.0,
        }
    }

    /// Wishes that nobody took up, and that clients had who exist.
    pub fn untaken(&self) -> u64 {
        self.intended
            .saturating_sub(self.taken)
            .saturating_sub(self.vanished)
    }
}

/// From a moment on, people's time passes so many times as fast as that of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// When, in real time.
    pub at: SimTime,
    /// How many times as fast.
    pub factor: f64,
}

/// A second of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GeneratorPoint {
    /// Its end.
    pub time: SimTime,
    /// Wishes that were due in it.
    pub intended: u64,
    /// Wishes that were taken up in it.
    pub taken: u64,
    /// How late the latest of these was.
    pub late_max: SimSpan,
    /// How much later than it wanted a thread ran, or the loop that serves connections.
    pub delay_max: SimSpan,
    /// CPU time of the process.
    pub cpu: SimSpan,
    /// Memory that it holds, in bytes; 0 where the system does not say.
    pub memory: u64,
    /// What clients had to work off then, and connections to carry out.
    pub under_way: u64,
}
