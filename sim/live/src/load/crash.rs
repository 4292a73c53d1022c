//! Providers of our own that are killed in the middle of a load, and begin again.

use super::own::{Gone, OwnProviders};
use super::samples::{Watched, Watching};
use super::view::{RUNNING, View};
use crate::error::LiveError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use throng_workloads::time::{SimSpan, SimTime};
use throng_workloads::units::show_span;

/// A provider that is to be killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// Which.
    pub domain: String,
    /// When, in the measured part.
    pub at: SimSpan,
    /// How long it is away.
    pub pause: SimSpan,
}

/// As it is typed: `b.example=5s+1s`.
impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, pause) = (show_span(self.at), show_span(self.pause));
        write!(f, "{}={at}+{pause}", self.domain)
    }
}

/// What is to go wrong with providers of our own.
pub struct Crashes {
    own: Arc<Mutex<OwnProviders>>,
    coming: Vec<Crash>,
    begun: Vec<JoinHandle<Result<(), LiveError>>>,
    watching: Option<Watching>,
}

impl Crashes {
    /// These are to come.
    pub fn new(own: OwnProviders, coming: Vec<Crash>) -> Self {
        Self {
            own: Arc::new(Mutex::new(own)),
            coming,
            begun: Vec::new(),
            watching: None,
        }
    }

    /// Who begins again is to be looked at as before.
    pub fn tell(&mut self, watching: Watching) {
        self.watching = Some(watching);
    }

    /// The providers, for whoever has something else to do with them.
    pub fn providers(&self) -> Arc<Mutex<OwnProviders>> {
        Arc::clone(&self.own)
    }

    /// The load is so far: whatever is due by then happens, beside it.
    ///
    /// # Errors
    /// No thread can be started for it.
    pub fn look(&mut self, view: &View<'_>) -> Result<(), LiveError> {
        // Before the measured part it is at no time at all.
        let running = view.doing() == RUNNING;
        let due = |crash: &Crash| running && view.now() >= SimTime::ZERO + crash.at;
        let (due, coming) = self.coming.drain(..).partition(due);
        self.coming = coming;
        let due: Vec<Crash> = due;
        for crash in due {
            let own = Arc::clone(&self.own);
            let watching = self.watching.clone();
            let happens = thread::Builder::new().spawn(move || {
                let again = happen(&own, &crash)?;
                watching
                    .iter()
                    .for_each(|watching| watching.instead(again.clone()));
                Ok(())
            });
            self.begun.push(happens.map_err(LiveError::Threads)?);
        }
        Ok(())
    }

    /// The first provider that has ended though nobody was to kill it, and how; nothing while one begins again.
    pub fn gone(&mut self) -> Option<Gone> {
        self.own.try_lock().ok()?.gone()
    }

    /// The providers, when all is over that has begun, and why those did not begin again that did not: what was measured until then
    /// is not lost with them.
    ///
    /// # Errors
    /// [`LiveError::Fault`] where this program has a mistake.
    pub fn finish(self) -> Result<(OwnProviders, Vec<LiveError>), LiveError> {
        let mut failed = Vec::new();
        for crash in self.begun {
            let ended = crash.join().map_err(|_| LiveError::Fault)?;
            failed.extend(ended.err());
        }
        let own = Arc::into_inner(self.own).ok_or(LiveError::Fault)?;
        let own = own.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((own, failed))
    }
}

fn happen(own: &Mutex<OwnProviders>, crash: &Crash) -> Result<Watched, LiveError> {
    let own = || own.lock().unwrap_or_else(PoisonError::into_inner);
    own().kill(&crash.domain)?;
    thread::sleep(Duration::from_nanos(crash.pause.as_nanos()));
    own().restart(&crash.domain)
}
