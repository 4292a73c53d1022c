//! Providers of our own that are away for a while in the middle of a load: killed, and begun again, or frozen.

use super::own::{Gone, OwnProviders};
use super::samples::{Watched, Watching};
use super::view::{RUNNING, View};
use crate::error::LiveError;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_workloads::time::{SimSpan, SimTime};
use throng_workloads::units::show_span;

/// A provider that is to be away for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Which.
    pub domain: String,
    /// When, in the measured part.
    pub at: SimSpan,
    /// How long it is away.
    pub pause: SimSpan,
}

/// How providers come to be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// As by `kill -9`: connections break, and another process goes on with what was stored.
    Killed,
    /// As by `kill -STOP`: connections stay open, and nobody answers on them until the same process goes on.
    Frozen,
}

/// As it is typed: `b.example=5s+1s`.
impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, pause) = (show_span(self.at), show_span(self.pause));
        write!(f, "{}={at}+{pause}", self.domain)
    }
}

/// What is to go wrong with providers of our own.
pub struct Outages {
    own: Arc<Mutex<OwnProviders>>,
    coming: Vec<(Away, Outage)>,
    begun: Begun,
    watching: Option<Watching>,
    was_running: bool,
}

impl Outages {
    /// These are to come.
    pub fn new(own: OwnProviders, coming: Vec<(Away, Outage)>) -> Self {
        Self {
            own: Arc::new(Mutex::new(own)),
            coming,
            begun: Begun::default(),
            watching: None,
            was_running: false,
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
        // Before the measured part it is at no time at all, and after it whoever is away has to come back, or what it is owed never comes.
        let running = view.doing() == RUNNING;
        match running {
            true => self.was_running = true,
            false if self.was_running => self.begun.end(),
            false => {}
        }
        let due = |outage: &Outage| running && view.now() >= SimTime::ZERO + outage.at;
        let coming = self.coming.drain(..);
        let (now, coming): (Vec<_>, _) = coming.partition(|(_, outage)| due(outage));
        self.coming = coming;
        for (away, outage) in now {
            let (own, over) = (Arc::clone(&self.own), Arc::clone(&self.begun.over));
            let watching = self.watching.clone();
            let happens = thread::Builder::new().spawn(move || {
                let again = happen(&own, away, &outage, &over)?;
                if let (Some(watching), Some(again)) = (watching, again) {
                    watching.instead(again);
                }
                Ok(())
            });
            self.begun
                .threads
                .push(happens.map_err(LiveError::Threads)?);
        }
        Ok(())
    }

    /// The first provider that has ended though nobody was to kill it, and how; nothing while one begins again.
    pub fn gone(&mut self) -> Option<Gone> {
        self.own.try_lock().ok()?.gone()
    }

    /// The providers, when whoever is away has come back, and why those did not that did not: what was measured until then is not lost with
    /// them.
    ///
    /// # Errors
    /// [`LiveError::Fault`] where this program has a mistake.
    pub fn finish(mut self) -> Result<(OwnProviders, Vec<LiveError>), LiveError> {
        let ended = self.begun.join();
        let own = Arc::into_inner(self.own).ok_or(LiveError::Fault)?;
        let own = own.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failed = ended.into_iter().filter_map(Result::err);
        Ok((own, failed.collect()))
    }
}

/// Outages that have begun. Dropped, whoever is away comes back: a load that fails leaves nobody frozen, who would never hear that it has
/// to end.
#[derive(Default)]
struct Begun {
    threads: Vec<JoinHandle<Result<(), LiveError>>>,
    over: Arc<AtomicBool>,
}

impl Begun {
    /// Whoever is away comes back now.
    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        let threads = self.threads.iter();
        threads.for_each(|outage| outage.thread().unpark());
    }

    /// All are back; how that went.
    fn join(&mut self) -> Vec<Result<(), LiveError>> {
        self.end();
        let threads = self.threads.drain(..);
        threads
            .map(|outage| outage.join().unwrap_or(Err(LiveError::Fault)))
            .collect()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.join();
    }
}

/// A new process, where there is one, which is to be looked at instead.
fn happen(
    own: &Mutex<OwnProviders>,
    away: Away,
    outage: &Outage,
    over: &AtomicBool,
) -> Result<Option<Watched>, LiveError> {
    let own = || own.lock().unwrap_or_else(PoisonError::into_inner);
    match away {
        Away::Killed => own().kill(&outage.domain)?,
        Away::Frozen => own().freeze(&outage.domain)?,
    }
    let until = Instant::now() + Duration::from_nanos(outage.pause.as_nanos());
    while !over.load(Ordering::SeqCst) {
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => break,
            left => thread::park_timeout(left),
        }
    }
    match away {
        Away::Killed => own().restart(&outage.domain).map(Some),
        Away::Frozen => own().thaw(&outage.domain).map(|()| None),
    }
}
