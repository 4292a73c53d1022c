//! The record of a run, written beside it.
//!
//! What happens comes in the order of the run and is put on a tape; the recorder plays it. Nothing of the simulation depends on the record,
//! so one tape is played while the kernel fills the next, by whichever thread has nothing else to do. Where there is one thread alone
//! each is played when its window is over: the record is the same.

use crate::backlog::{Backlog, Broken};
use crate::node::Places;
use std::collections::VecDeque;
use throng_kernel::entity::EntityId;
use throng_record::handled::Happening;
use throng_record::recorder::Recorder;
use throng_stack::{Peer, Stored};
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// So many entries are worth another thread.
const WORTH_A_THREAD: usize = 32;
/// The record is not more than so many entries behind.
const BEHIND_AT_MOST: usize = 1 << 12;

/// What is put down, in order.
pub(super) enum Entry {
    /// An entity did something.
    Happening(SimTime, EntityId, Happening),
    /// Somebody wants something.
    Intent(&'static str),
    /// A client comes into being.
    Client(SimTime, ClientId, UserId),
    /// A device is lost.
    Lost(SimTime, ClientId),
    /// What providers store when a sample ends.
    Stored(Vec<Stored>),
    /// A window is over.
    Over,
}

/// What is written in.
pub(super) struct Books {
    pub(super) recorder: Recorder,
    pub(super) backlog: Backlog,
    places: Places,
    broken: Result<(), Broken>,
}

impl Books {
    fn play(&mut self, entry: &Entry) {
        if self.broken.is_err() {
            return;
        }
        match entry {
            Entry::Happening(now, entity, happening) => {
                self.broken = self.happened(*now, *entity, happening);
            }
            Entry::Intent(action) => self.recorder.intent(action),
            Entry::Client(at, client, user) => self.recorder.client(*client, *user, true, *at),
            Entry::Lost(at, client) => self.recorder.lost(*at, *client),
            Entry::Stored(stored) => self.recorder.stored(stored.clone()),
            Entry::Over if self.backlog.is_due() => {
                self.broken = self.backlog.turn(&mut self.recorder);
            }
            Entry::Over => {}
        }
    }

    fn happened(
        &mut self,
        now: SimTime,
        entity: EntityId,
        happening: &Happening,
    ) -> Result<(), Broken> {
        let who = self.places.peer(entity);
        match happening {
            Happening::Handled(handled) => {
                let taken = self.recorder.take(now, (who, entity), handled);
                taken.map_err(Broken::Invariant)?;
                if let Peer::Provider(provider) = who {
                    self.backlog
                        .add(&self.recorder, (provider, entity), handled);
                }
                Ok(())
            }
            Happening::Departed(sent) => {
                self.recorder.departed(now, (who, entity), sent);
                Ok(())
            }
            Happening::Stray { to, kind } => {
                let stray = self.recorder.stray(who, *to, *kind);
                stray.map_err(|violation| Broken::Invariant((now, violation)))
            }
        }
    }
}

/// How far the record is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) deliveries: u64,
    pub(super) p99: Option<(&'static str, SimSpan)>,
    /// When the sample at hand ends.
    pub(super) sample_due: SimTime,
    /// How long each is.
    pub(super) sample: SimSpan,
}

/// Where things are put down.
#[derive(Default)]
pub(super) struct Tape {
    entries: VecDeque<Entry>,
    /// What is known beforehand, and when it is due.
    ahead: VecDeque<(SimTime, Entry)>,
}

impl Tape {
    /// Put something down.
    pub(super) fn put(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// Put something down that is due `at` that moment, not before what was last put down so.
    pub(super) fn put_ahead(&mut self, at: SimTime, entry: Entry) {
        self.ahead.push_back((at, entry));
    }

    /// Put down that an entity did something, after all that is due by then.
    pub(super) fn happened(&mut self, now: SimTime, entity: EntityId, happening: Happening) {
        self.due(now);
        self.put(Entry::Happening(now, entity, happening));
    }

    /// Put down all that is due.
    fn due(&mut self, now: SimTime) {
        let due = self.ahead.partition_point(|(at, _)| *at <= now);
        let due = self.ahead.drain(..due).map(|(_, entry)| entry);
        self.entries.extend(due);
    }
}

/// Who writes the record.
pub(super) struct Scribe {
    books: Box<Books>,
    tape: Tape,
    /// What is to be played beside the next windows.
    full: VecDeque<Entry>,
    written: Written,
    /// Whether another thread may write.
    beside: bool,
}

impl Scribe {
    /// `beside`: on a thread of its own, where there is one.
    pub(super) fn new(recorder: Recorder, backlog: Backlog, places: Places, beside: bool) -> Self {
        let books = Books {
            recorder,
            backlog,
            places,
            broken: Ok(()),
        };
        let mut scribe = Self {
            books: Box::new(books),
            tape: Tape::default(),
            full: VecDeque::new(),
            written: Written::default(),
            beside,
        };
        scribe.look();
        scribe
    }

    /// How far the record is, up to what was last played.
    pub(super) fn written(&self) -> Written {
        self.written
    }

    /// Where to put things down.
    pub(super) fn tape(&mut self) -> &mut Tape {
        &mut self.tape
    }

    /// Where to put things down, and what plays meanwhile, one entry a call, what was put down before; false: nothing is left to
    /// play.
    pub(super) fn beside(&mut self) -> (&mut Tape, impl FnMut() -> bool + Send) {
        let (books, full) = (&mut self.books, &mut self.full);
        let play = || match full.pop_front() {
            Some(entry) => {
                books.play(&entry);
                true
            }
            None => false,
        };
        (&mut self.tape, play)
    }

    /// All up to a moment has been put down: have it played, now or beside what comes next.
    ///
    /// # Errors
    /// What is wrong with what was played so far.
    pub(super) fn turn(&mut self, now: SimTime) -> Result<(), Broken> {
        if !self.beside || rayon::current_num_threads() == 1 {
            return self.books(now).map(drop);
        }
        if self.tape.entries.len() >= BEHIND_AT_MOST {
            let (_, mut play) = self.beside();
            while play() {}
        }
        if self.tape.entries.len() >= WORTH_A_THREAD && self.full.is_empty() {
            std::mem::swap(&mut self.tape.entries, &mut self.full);
        }
        self.look();
        self.check()
    }

    /// Play all that was put down up to a moment, and hand each entry on.
    ///
    /// # Errors
    /// What is wrong with what was played.
    pub(super) fn turn_seen(
        &mut self,
        now: SimTime,
        see: &mut impl FnMut(Entry),
    ) -> Result<(), Broken> {
        self.tape.due(now);
        for entry in self.full.drain(..).chain(self.tape.entries.drain(..)) {
            self.books.play(&entry);
            see(entry);
        }
        self.look();
        self.check()
    }

    /// The books, with all in them that was put down up to a moment.
    ///
    /// # Errors
    /// What is wrong with what was played.
    pub(super) fn books(&mut self, now: SimTime) -> Result<&mut Books, Broken> {
        self.turn_seen(now, &mut drop)?;
        Ok(&mut self.books)
    }

    /// The books for good, as far as they are written.
    pub(super) fn close(self) -> Books {
        *self.books
    }

    fn check(&mut self) -> Result<(), Broken> {
        std::mem::replace(&mut self.books.broken, Ok(()))
    }

    fn look(&mut self) {
        let (recorder, written) = (&self.books.recorder, &mut self.written);
        written.deliveries = recorder.deliveries();
        // It is of all samples so far, and worth looking up once for each.
        if written.sample_due != recorder.sample_due() {
            (written.sample_due, written.sample) =
                (recorder.sample_due(), recorder.sample_length());
            written.p99 = recorder.p99();
        }
    }
}
