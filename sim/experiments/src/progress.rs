//! How far runs are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// No more often than this does anybody hear how far runs are, or is anybody asked whether to stop.
pub const PAUSE: Duration = Duration::from_millis(150);

/// A whole run, in the parts in which [`Far`] counts.
const WHOLE: f64 = 1e6;

/// How many of many runs are done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Runs that are done.
    pub done: usize,
    /// Runs that are to be made.
    pub of: usize,
    /// What is done of those under way: 1 is a whole run.
    pub begun: f64,
    /// Events handled.
    pub events: u64,
}

/// How far one run is. It is also a line of text, as the process that makes a run apart says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// The part of it that is done, in millionths.
    pub share: u64,
    /// Events handled.
    pub events: u64,
}

impl Far {
    /// Of a run under way.
    pub fn of(progress: &throng_world::Progress) -> Self {
        Self {
            share: (progress.share() * WHOLE) as u64,
            events: progress.events,
        }
    }

    /// As a line, without its end.
    ///
    /// ```
    /// use throng_experiments::Far;
    /// let far = Far { share: 250_000, events: 12 };
    /// assert_eq!(Far::read(&far.line()), Some(far));
    /// assert_eq!(Far::read("hello"), None);
    /// ```
    pub fn line(&self) -> String {
        format!("{} {}", self.share, self.events)
    }

    /// From a line.
    pub fn read(line: &str) -> Option<Self> {
        let (share, events) = line.split_once(' ')?;
        Some(Self {
            share: share.parse().ok()?,
            events: events.parse().ok()?,
        })
    }
}

/// What a thread is at.
#[derive(Debug, Default)]
pub(crate) struct UnderWay {
    /// The part of its run that is done, in [`WHOLE`]ths.
    share: AtomicU64,
    /// Events of the runs that it has made.
    finished: AtomicU64,
    /// Events of the run under way.
    events: AtomicU64,
}

impl UnderWay {
    pub(crate) fn see(&self, far: &Far) {
        self.share.store(far.share, Ordering::Relaxed);
        self.events.store(far.events, Ordering::Relaxed);
    }

    /// The run is made.
    pub(crate) fn done(&self, events: u64) {
        self.finished.fetch_add(events, Ordering::Relaxed);
        self.events.store(0, Ordering::Relaxed);
        self.share.store(0, Ordering::Relaxed);
    }

    pub(crate) fn share(&self) -> f64 {
        self.share.load(Ordering::Relaxed) as f64 / WHOLE
    }

    pub(crate) fn events(&self) -> u64 {
        self.finished.load(Ordering::Relaxed) + self.events.load(Ordering::Relaxed)
    }
}
