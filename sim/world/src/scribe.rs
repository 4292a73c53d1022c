//! The record of a run, written beside it.
//!
//! What happens comes in the order of the run and is put on a [`Tape`]; the recorder plays it. Nothing of the simulation depends on the record,
//! so one tape is played beside what comes next: where regions run side by side, by a thread that waits for another region; otherwise by a
//! thread of its own. Where there is one thread alone, or a worker of a pool would have to wait, each is played on the spot: the record is
//! the same.

use crate::backlog::{Backlog, Broken};
use crate::node::Places;
use crate::tape::{Entry, Tape};
use std::collections::VecDeque;
use throng_kernel::entity::EntityId;
use throng_record::handled::Happening;
use throng_record::recorder::Recorder;
use throng_stack::Peer;
use throng_workloads::time::{SimSpan, SimTime};

/// So much is worth a thread: milliseconds of work, where starting one takes tens of microseconds.
const WORTH_A_THREAD: usize = 1 << 10;
/// The record is not more than so many entries behind.
const BEHIND_AT_MOST: usize = 1 << 13;

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
            Entry::Intent(at, action) => {
                self.recorder.until(*at);
                self.recorder.intent(action);
            }
            Entry::Client(at, client, user) => {
                self.recorder.until(*at);
                self.recorder.client(*client, *user, true, *at);
            }
            Entry::Lost(at, client) => self.recorder.lost(*at, *client),
            Entry::Stored(stored) => self.recorder.stored(stored.clone()),
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
                    if self.backlog.is_due() {
                        return self.backlog.turn(&mut self.recorder);
                    }
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

/// Who writes the record.
pub(super) struct Scribe {
    books: Box<Books>,
    /// What was taken from the tape and is not yet played.
    taken: VecDeque<Entry>,
    written: Written,
}

impl Scribe {
    pub(super) fn new(recorder: Recorder, backlog: Backlog, places: Places) -> Self {
        let books = Books {
            recorder,
            backlog,
            places,
            broken: Ok(()),
        };
        let mut scribe = Self {
            books: Box::new(books),
            taken: VecDeque::new(),
            written: Written::default(),
        };
        scribe.look();
        scribe
    }

    /// How far the record is, up to what was last played.
    pub(super) fn written(&self) -> Written {
        self.written
    }

    /// The recorder, to tell it what to keep.
    pub(super) fn recorder(&mut self) -> &mut Recorder {
        &mut self.books.recorder
    }

    /// Take what was put down up to a moment, to be played later, after all that was taken before.
    pub(super) fn take(&mut self, tape: &mut Tape, now: SimTime) {
        tape.give(&mut self.taken, now);
        while self.taken.len() > BEHIND_AT_MOST && self.play_one() {}
        self.look();
    }

    /// Whether so much was taken that a thread of its own may play it.
    pub(super) fn is_worth_a_thread(&self) -> bool {
        self.taken.len() >= WORTH_A_THREAD
    }

    /// Play one entry of what was taken; false: there is none.
    pub(super) fn play_one(&mut self) -> bool {
        match self.taken.pop_front() {
            Some(entry) => {
                self.books.play(&entry);
                true
            }
            None => false,
        }
    }

    /// Play all that was taken.
    pub(super) fn play(&mut self) {
        self.play_seen(&mut drop);
    }

    /// The same, and hand each entry on.
    pub(super) fn play_seen(&mut self, see: &mut impl FnMut(Entry)) {
        for entry in self.taken.drain(..) {
            self.books.play(&entry);
            see(entry);
        }
        self.look();
    }

    /// The books, with all in them that was put down up to a moment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn books(&mut self, tape: &mut Tape, now: SimTime) -> Result<&mut Books, Broken> {
        self.take(tape, now);
        self.play();
        self.check()?;
        Ok(&mut self.books)
    }

    /// The books for good, as far as they are written.
    pub(super) fn close(self) -> Books {
        *self.books
    }

    /// # Errors
    /// What is wrong with what was played.
    pub(super) fn check(&mut self) -> Result<(), Broken> {
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
