//! The record, as it comes about: what clients note and what providers write down goes through the recorder while the load runs, so that
//! no more is kept in memory than what is still to be put into order.

use super::cell::{Cells, Shared};
use super::derive::Derived;
use super::elsewhere::Elsewhere;
use super::feed::{Known, Log};
use super::findings::Findings;
use super::health::Health;
use super::journal::{Happened, Prepared};
use super::pace::Pace;
use crate::error::LiveError;
use crate::monotonic;
use crate::serve::facts::Lines;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_record::histogram::histogram;
use throng_record::recorder::Recorder;
use throng_record::{FindingRow, Generator, Ledger, Record};
use throng_stack::{OpenRoom, OpenWish, Peer, Stored};
use throng_stacks::live;
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::{SimSpan, SimTime};

/// Between two looks at what has happened.
const LOOK: Duration = Duration::from_millis(100);

/// So often the measures so far are held against what ends a load.
const JUDGE: Duration = Duration::from_secs(1);

/// Says whether a load is to end early, by what was measured so far; and why.
pub type Judge = Box<dyn FnMut(&Record, &Generator) -> Option<String> + Send>;

/// The books of a load.
pub(super) struct Books {
    recorder: Recorder,
    shared: Arc<Shared>,
    known: Known,
    /// What clients noted that is not in order yet, and until when that is all.
    clients: VecDeque<(u64, Happened)>,
    heard: u64,
    logs: Vec<Log>,
    /// What follows of providers that write nothing down.
    derived: Option<Derived>,
    stored: Vec<Stored>,
    measuring: bool,
    inputs: u64,
    /// Until when all is entered.
    known_until: u64,
    /// What providers of ours write down of which only what they find counts.
    finders: Vec<Lines>,
    findings: Findings,
}

impl Books {
    /// `logs` are the providers', in the scenario's order; without them `derived` works out what they did.
    pub(super) fn new(
        mut recorder: Recorder,
        shared: Arc<Shared>,
        known: Known,
        logs: Vec<Lines>,
        derived: Derived,
    ) -> Self {
        let derived = logs.is_empty().then_some(derived);
        if derived.is_some() {
            recorder.follow_clients_only();
        }
        let count = logs.len() as u16;
        let log = |(index, lines)| Log::new(index as u16, count, lines);
        Self {
            recorder,
            shared,
            known,
            clients: VecDeque::new(),
            heard: 0,
            stored: vec![Stored::default(); logs.len()],
            logs: logs.into_iter().enumerate().map(log).collect(),
            derived,
            measuring: false,
            inputs: 0,
            known_until: 0,
            finders: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// The same, with what providers of ours write down of which only what they find of others counts.
    pub(super) fn with_finders(self, finders: Vec<Lines>) -> Self {
        Self { finders, ..self }
    }

    /// What providers of ours found of others.
    pub(super) fn findings(&self) -> Vec<FindingRow> {
        self.findings.rows()
    }

    /// Enters all of which it is known that nothing earlier is still to come.
    ///
    /// # Errors
    /// [`LiveError::Read`] where what a provider wrote cannot be read.
    pub(super) fn advance(&mut self) -> Result<(), LiveError> {
        let (news, heard) = self.shared.journal.take();
        self.clients.extend(news);
        self.heard = heard;
        for lines in &mut self.finders {
            self.findings.read(lines)?;
        }
        self.enter_until(u64::MAX)
    }

    /// Enters all until `end`, by the clock of the machine; nothing comes any more, but of providers that are `gone` nobody knows what
    /// they did not write down. Where they are, what was before the first of them fell silent is entered, and nothing else.
    ///
    /// # Errors
    /// [`LiveError::Read`] where what a provider wrote cannot be read.
    pub(super) fn finish(&mut self, end: u64, gone: &[usize]) -> Result<(), LiveError> {
        self.advance()?;
        self.heard = u64::MAX;
        for (index, log) in self.logs.iter_mut().enumerate() {
            log.ended = !gone.contains(&index);
            if log.ended {
                log.lines.end();
            }
        }
        for lines in &mut self.finders {
            lines.end();
            self.findings.read(lines)?;
        }
        self.enter_until(end)
    }

    fn enter_until(&mut self, end: u64) -> Result<(), LiveError> {
        loop {
            for log in &mut self.logs {
                log.fill()?;
            }
            // Whoever accepts something does so before anybody handles it: at one moment providers come first.
            let known = self.logs.iter().map(Log::known_until).min();
            let known = known.unwrap_or(u64::MAX).min(self.heard);
            self.known_until = known;
            let logs = self.logs.iter_mut().filter(|log| log.next.is_some());
            let next = logs.min_by_key(|log| log.at());
            let log_at = next.as_ref().map_or(u64::MAX, |log| log.at());
            let client = self.clients.front().map_or(u64::MAX, |(at, _)| *at);
            let at = client.min(log_at);
            if at > end || at >= known {
                return Ok(());
            }
            let clock = &self.shared.clock;
            if !self.measuring && clock.has_begun(at) {
                self.measuring = true;
                self.recorder.begin_measuring();
                if let Some(derived) = &mut self.derived {
                    derived.begin_measuring();
                }
            }
            let time = clock.at(at);
            match next {
                Some(log) if log_at <= client => {
                    let Some(line) = log.next.take().filter(|line| !line.idle) else {
                        continue;
                    };
                    if let Some(finding) = line.finding {
                        self.findings.note(finding);
                        continue;
                    }
                    if let (Some(now), Some(stored)) =
                        (line.stored, self.stored.get_mut(usize::from(log.index)))
                    {
                        *stored = now;
                        self.recorder.stored(self.stored.clone());
                    }
                    let handled = log.handled(time, line, &self.known);
                    let handled = handled.map_err(|why| log.lines.wrong(why))?;
                    let provider = Peer::Provider(ProviderId(log.index));
                    self.recorder.take_real(provider, &handled);
                }
                _ => match self.clients.pop_front() {
                    Some((_, happened)) => self.client(happened, at),
                    None => return Ok(()),
                },
            }
            self.inputs += u64::from(self.measuring);
        }
    }

    fn client(&mut self, happened: Happened, at: u64) {
        let time = self.shared.clock.at(at);
        match happened {
            Happened::Wish(kind) => self.recorder.intent(kind),
            Happened::Over => {
                if let Some(derived) = &mut self.derived {
                    derived.over(&mut self.recorder);
                }
                self.recorder.end_measuring();
                if let Some(elsewhere) = self.derived.as_mut().and_then(Derived::elsewhere_mut) {
                    elsewhere.ends(time);
                }
            }
            Happened::Prepared(prepared) => self.prepared(prepared),
            Happened::Began(client, user) => {
                self.known.users.insert(client, user);
                if let Some(derived) = &mut self.derived {
                    derived.began(client, user, self.known.home(client));
                }
                self.recorder.client(client, user, false, time);
            }
            Happened::Lost(client) => {
                self.recorder.lost(time, client);
                if let Some(derived) = &mut self.derived {
                    derived.lost(client);
                }
            }
            Happened::Owed(owed) => {
                if let Some(derived) = &mut self.derived {
                    derived.owed(&owed);
                }
            }
            Happened::Told(told) => {
                if let Some(derived) = &mut self.derived {
                    derived.told(time, told, &mut self.recorder);
                }
            }
            Happened::Handled(client, mut handled) => {
                handled.done = time;
                if let Some(derived) = &mut self.derived {
                    for fact in &handled.facts {
                        derived.fact(time, client, fact, &mut self.recorder);
                    }
                    for fact in &mut handled.facts {
                        derived.recorded(client, fact);
                    }
                    if derived.elsewhere().is_some() {
                        handled.facts.retain(Elsewhere::is_own);
                    }
                    let home = self.known.home(client);
                    self.recorder.mirror(client, home, &handled);
                }
                self.recorder.take_real(Peer::Client(client), &handled);
            }
        }
    }

    /// What was prepared in another load.
    fn prepared(&mut self, prepared: Prepared) {
        let published = (live::KEY_PACKAGES_PUBLISHED, prepared.key_packages);
        self.recorder.counted_before(&[published]);
        for (room, state, members, detail) in prepared.rooms {
            if let Some(derived) = &mut self.derived {
                derived.prepared(room, state, &members);
            }
            self.recorder.open_room(&OpenRoom {
                room,
                state,
                members,
                listeners: Vec::new(),
                hearing: None,
                detail,
            });
        }
    }

    /// The record of all that was entered, of a load that lasted `until` then at least. Where it is `partial`, not all has to have
    /// arrived. With what a shard keeps for the others.
    pub(super) fn record(
        mut self,
        until: SimTime,
        partial: bool,
        open: &[(ClientId, OpenWish)],
    ) -> (Record, Option<Ledger>) {
        self.recorder.lasts(until);
        if let Some(derived) = &mut self.derived {
            let undelivered = derived.finish(!partial, &mut self.recorder);
            self.recorder.undelivered(undelivered);
        }
        self.recorder.end_real(partial);
        let Self {
            recorder,
            inputs,
            stored,
            derived,
            ..
        } = self;
        let mut record = recorder.finish(partial, inputs, &stored, open, histogram());
        let elsewhere = derived.and_then(Derived::into_elsewhere);
        let ledger = elsewhere.map(|elsewhere| {
            elsewhere.set_apart(&mut record);
            elsewhere.into_ledger()
        });
        (record, ledger)
    }

    /// What the clients share whose books these are.
    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// The record as it would be if this were the end.
    fn so_far(&self) -> Record {
        let mut recorder = self.recorder.clone();
        recorder.end_real(true);
        let mut record = recorder.finish(true, self.inputs, &self.stored, &[], histogram());
        if let Some(elsewhere) = self.derived.as_ref().and_then(Derived::elsewhere) {
            elsewhere.set_apart(&mut record);
        }
        record
    }
}

/// What is known so far, for whoever looks on.
#[derive(Debug, Clone, Default)]
pub(super) struct SoFar {
    /// Messages: the 50th and the 99th percentile, from the wish.
    pub(super) message: Option<(SimSpan, SimSpan)>,
    /// What hubs accepted.
    pub(super) accepted: u64,
    /// Wishes that were open of late.
    pub(super) open: u64,
    /// Deliveries that are still to come to clients that are online. It is looked at only where the end is waited for.
    pub(super) awaited: u64,
    /// How old the latest is of which all that was before is known.
    pub(super) behind: Duration,
    /// Why the load is to end early.
    pub(super) ends: Option<String>,
}

/// What the generator's side of a judgement is made from.
pub(super) struct Judged {
    pub(super) judge: Judge,
    pub(super) health: Arc<Health>,
    pub(super) pace: Arc<Mutex<Pace>>,
    pub(super) most_late: SimSpan,
}

/// Keeps the books on a thread of its own.
pub(super) struct Keeper {
    thread: JoinHandle<Result<Books, LiveError>>,
    over: Arc<AtomicBool>,
    so_far: Arc<Mutex<SoFar>>,
}

impl Keeper {
    /// Keeps these from now on.
    pub(super) fn start(
        mut books: Books,
        cells: Cells,
        mut judged: Option<Judged>,
    ) -> Result<Self, LiveError> {
        let (over, so_far) = (Arc::<AtomicBool>::default(), Arc::<Mutex<SoFar>>::default());
        let (stops, told) = (Arc::clone(&over), Arc::clone(&so_far));
        let thread = thread::Builder::new()
            .name("books".to_owned())
            .spawn(move || {
                let mut looked = Instant::now();
                while !stops.load(Ordering::SeqCst) {
                    thread::sleep(LOOK);
                    let news = books.advance();
                    if let Err(error) = &news {
                        lock(&told).ends = Some(error.to_string());
                    }
                    news?;
                    books.tell(&told);
                    if looked.elapsed() < JUDGE {
                        continue;
                    }
                    looked = Instant::now();
                    let open = cells.all().iter().map(|cell| cell.count_open()).sum();
                    let judged = judged.as_mut().filter(|_| books.measuring);
                    let ends = judged.and_then(|judged| judged.judge(&books));
                    let mut told = lock(&told);
                    told.open = open;
                    told.ends = told.ends.take().or(ends);
                }
                Ok(books)
            })
            .map_err(LiveError::Threads)?;
        Ok(Self {
            thread,
            over,
            so_far,
        })
    }

    pub(super) fn so_far(&self) -> SoFar {
        lock(&self.so_far).clone()
    }

    /// Keeps them no more.
    ///
    /// # Errors
    /// [`LiveError::Read`] where what a provider wrote could not be read.
    pub(super) fn stop(self) -> Result<Books, LiveError> {
        self.over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap_or(Err(LiveError::Fault))
    }
}

impl Judged {
    fn judge(&mut self, books: &Books) -> Option<String> {
        let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = books.shared.tally.seen().clone();
        let generator = self.health.so_far(&seen, &pace, None, self.most_late);
        drop(pace);
        (self.judge)(&books.so_far(), &generator)
    }
}

impl Books {
    fn tell(&self, told: &Mutex<SoFar>) {
        let message = &self.recorder.so_far().message;
        let at = |quantile| SimSpan::from_micros(message.value_at_quantile(quantile));
        let message = (!message.is_empty()).then(|| (at(0.5), at(0.99)));
        let accepted = self.recorder.accepted();
        // Of interest when nothing new is wished; it takes a look at everybody in every room.
        let ending = self.shared.ending.load(Ordering::SeqCst);
        let awaited = match (ending, &self.derived) {
            (false, _) => 0,
            (true, None) => self.recorder.awaited(),
            (true, Some(derived)) => derived.awaited(|client| self.recorder.is_online(client)),
        };
        let behind = monotonic::now().saturating_sub(self.known_until);
        let mut told = lock(told);
        told.message = message;
        told.accepted = accepted;
        told.awaited = awaited;
        told.behind = Duration::from_nanos(behind);
    }
}

fn lock(so_far: &Mutex<SoFar>) -> MutexGuard<'_, SoFar> {
    so_far.lock().unwrap_or_else(PoisonError::into_inner)
}
