//! The record of a run, written beside it.
//!
//! What happens comes in the order of the run and is put on a tape; the recorder plays it. Nothing of the simulation depends on the record,
//! so a thread of its own plays one tape while the kernel fills the next. Where no thread can be waited for (in a worker of a pool), or there
//! is one core alone, it is played on the spot: the record is the same.

use crate::backlog::{Backlog, Broken, may_wait};
use crate::node::Places;
use std::thread::JoinHandle;
use throng_kernel::entity::EntityId;
use throng_record::handled::Happening;
use throng_record::recorder::Recorder;
use throng_stack::{Peer, Stored};
use throng_workloads::intent::{ClientId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// So much is worth a thread: milliseconds of work, where starting one takes tens of microseconds.
const WORTH_A_THREAD: usize = 1 << 10;

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
    /// What providers store, shortly before a sample ends.
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
}

/// Who writes the record.
pub(super) struct Scribe {
    /// At hand, but while a thread has them.
    books: Option<Box<Books>>,
    tape: Vec<Entry>,
    /// One that was played. Who filled it clears it: what one thread makes and another throws away costs both.
    played: Vec<Entry>,
    under_way: Option<JoinHandle<(Box<Books>, Vec<Entry>)>>,
    written: Written,
    /// Whether a thread may write.
    beside: bool,
}

impl Scribe {
    /// `beside`: on a thread of its own, where one can be waited for.
    pub(super) fn new(recorder: Recorder, backlog: Backlog, places: Places, beside: bool) -> Self {
        let books = Books {
            recorder,
            backlog,
            places,
            broken: Ok(()),
        };
        let mut scribe = Self {
            books: Some(Box::new(books)),
            tape: Vec::new(),
            played: Vec::new(),
            under_way: None,
            written: Written::default(),
            beside,
        };
        scribe.look();
        scribe
    }

    /// How far the record is, up to what was last taken from a thread.
    pub(super) fn written(&self) -> Written {
        self.written
    }

    /// Put something down.
    pub(super) fn put(&mut self, entry: Entry) {
        self.tape.push(entry);
    }

    /// Have what was put down written, now or on a thread.
    ///
    /// # Errors
    /// What is wrong with what was written so far.
    pub(super) fn turn(&mut self) -> Result<(), Broken> {
        if !(self.beside && may_wait()) {
            return self.books().map(drop);
        }
        if self.tape.len() < WORTH_A_THREAD {
            return Ok(());
        }
        self.collect()?;
        if let Some(mut books) = self.books.take() {
            self.played.clear();
            let tape = std::mem::replace(&mut self.tape, std::mem::take(&mut self.played));
            self.under_way = Some(std::thread::spawn(move || {
                tape.iter().for_each(|entry| books.play(entry));
                (books, tape)
            }));
        }
        Ok(())
    }

    /// Write all that was put down, here, and hand each entry on.
    ///
    /// # Errors
    /// What is wrong with what was written.
    pub(super) fn turn_seen(&mut self, see: &mut impl FnMut(Entry)) -> Result<(), Broken> {
        self.collect()?;
        if let Some(books) = &mut self.books {
            for entry in self.tape.drain(..) {
                books.play(&entry);
                see(entry);
            }
        }
        self.look();
        self.check()
    }

    /// The books, with all in them that was put down.
    ///
    /// # Errors
    /// What is wrong with what was written.
    pub(super) fn books(&mut self) -> Result<&mut Books, Broken> {
        self.turn_seen(&mut drop)?;
        self.books.as_deref_mut().ok_or_else(lost)
    }

    /// The books for good, with all in them that was put down.
    ///
    /// # Errors
    /// What is wrong with what was written.
    pub(super) fn close(&mut self) -> Result<Books, Broken> {
        self.books()?;
        self.books.take().map(|books| *books).ok_or_else(lost)
    }

    /// Take the books back from a thread.
    fn collect(&mut self) -> Result<(), Broken> {
        if let Some(thread) = self.under_way.take() {
            match thread.join() {
                Ok((books, tape)) => {
                    self.books = Some(books);
                    self.played = tape;
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
            self.look();
        }
        self.check()
    }

    fn check(&mut self) -> Result<(), Broken> {
        let broken = self.books.as_mut().map(|books| &mut books.broken);
        broken.map_or(Ok(()), |broken| std::mem::replace(broken, Ok(())))
    }

    fn look(&mut self) {
        let Some(books) = &self.books else { return };
        let (recorder, written) = (&books.recorder, &mut self.written);
        written.deliveries = recorder.deliveries();
        // It is of all samples so far, and worth looking up once for each.
        if written.sample_due != recorder.sample_due() {
            written.sample_due = recorder.sample_due();
            written.p99 = recorder.p99();
        }
    }
}

/// Only a panic loses it, and that ends the process.
fn lost() -> Broken {
    Broken::Stack("the record is lost".to_owned())
}
