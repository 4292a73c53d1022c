//! The thread that stores what changed, and lets go what may be heard of once it is stored.
//!
//! A disk takes milliseconds to say that it has something, however much that is. So whatever waits is stored together, and while
//! that goes on the provider's thread goes on as well, and more comes to wait: the slower the disk, the larger the batches.

use super::error::StoreError;
use super::interface::{Batch, Store};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use throng_stack::Change;

/// So many inputs may wait to be stored, what came of them with them; beyond that the provider's thread waits, and whoever asks is
/// told to come later.
const MOST_WAITING: usize = 1024;

/// So many bytes are stored together, and the input that goes beyond.
const MOST_BYTES: usize = 8 << 20;

/// So often it is tried again to reach a database.
const AGAIN: Duration = Duration::from_millis(250);

/// What came of one input: what is to be stored, and what is let go then.
pub(crate) struct Step<R> {
    pub(crate) changes: Vec<Change>,
    /// A line for the file of facts.
    pub(crate) line: Option<Vec<u8>>,
    pub(crate) release: R,
}

impl<R: Default> Step<R> {
    /// Nothing but a line for the file of facts.
    pub(crate) fn noting(line: Vec<u8>) -> Self {
        Self {
            changes: Vec::new(),
            line: Some(line),
            release: R::default(),
        }
    }
}

/// What writes lines of facts before that is stored which they are about.
pub(crate) trait Noting: Send {
    /// Writes them; whoever reads the file then, reads them. What is to be stored with what they are about.
    ///
    /// # Errors
    /// Why they cannot be written.
    fn write(&mut self, lines: &[Vec<u8>]) -> Result<Change, StoreError>;
}

/// Stores what comes.
pub(crate) struct Writer<R> {
    pub(crate) store: Box<dyn Store>,
    pub(crate) facts: Option<Box<dyn Noting>>,
    /// Whether to give up where the store cannot be reached.
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) domain: String,
    /// Hears how long each batch took until it was safe.
    pub(crate) stored: Box<dyn FnMut(Duration) + Send>,
    pub(crate) release: Release<R>,
}

/// Takes what is let go; false where nobody wants it any more.
pub(crate) type Release<R> = Box<dyn FnMut(VecDeque<R>) -> bool + Send>;

/// The way to a writer.
pub(crate) fn steps<R>() -> (SyncSender<Step<R>>, Receiver<Step<R>>) {
    sync_channel(MOST_WAITING)
}

impl<R> Writer<R> {
    /// Runs until nobody has anything to store any more.
    ///
    /// # Errors
    /// The store failed. What was not stored is not let go.
    pub(crate) fn run(mut self, steps: &Receiver<Step<R>>) -> Result<(), StoreError> {
        while let Ok(first) = steps.recv() {
            let (mut batch, mut lines, mut release) =
                (Batch::default(), Vec::new(), VecDeque::new());
            let mut next = Some(first);
            while let Some(step) = next {
                batch.add(step.changes);
                lines.extend(step.line);
                release.push_back(step.release);
                next = match batch.bytes() < MOST_BYTES && release.len() < MOST_WAITING {
                    true => steps.try_recv().ok(),
                    false => None,
                };
            }
            if let (Some(facts), false) = (&mut self.facts, lines.is_empty()) {
                let so_far = facts.write(&lines)?;
                if self.store.lasts() {
                    batch.add([so_far]);
                }
            }
            if !batch.is_empty() {
                let began = Instant::now();
                self.commit(&batch)?;
                (self.stored)(began.elapsed());
            }
            if !(self.release)(release) {
                break;
            }
        }
        Ok(())
    }

    /// A database that cannot be reached is waited for: nothing is let go meanwhile.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut said = false;
        loop {
            match self.store.commit(batch) {
                Ok(()) => break,
                Err(error) if error.passes() && !self.stop.load(Ordering::SeqCst) => {
                    if !said {
                        tracing::warn!(domain = self.domain, "{error}; trying again");
                    }
                    said = true;
                    thread::sleep(AGAIN);
                }
                Err(error) => return Err(error),
            }
        }
        if said {
            tracing::warn!(domain = self.domain, "the database is back");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc::channel;
    use throng_stack::{Row, Table};

    const TABLE: Table = Table::new("t");

    /// Notes what is committed, and fails so often before.
    struct Slow {
        committed: Arc<Mutex<Vec<usize>>>,
        failures: usize,
        begin: Receiver<()>,
    }

    impl Store for Slow {
        fn load(&mut self) -> Result<Vec<Row>, StoreError> {
            Ok(Vec::new())
        }

        fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
            let _ = self.begin.recv();
            if self.failures > 0 {
                self.failures -= 1;
                return Err(StoreError::Unreachable {
                    store: "it".to_owned(),
                    why: "away".to_owned(),
                });
            }
            let mut committed = self.committed.lock().expect("nobody panics");
            committed.push(batch.rows().count());
            Ok(())
        }

        fn fill(&mut self, _: &[Row]) -> Result<(), StoreError> {
            Ok(())
        }

        fn clear(&mut self) -> Result<(), StoreError> {
            Ok(())
        }
    }

    fn step(number: u8) -> Step<u8> {
        Step {
            changes: vec![Change::put(TABLE, vec![number], vec![number])],
            line: None,
            release: number,
        }
    }

    /// Nothing is let go before it is stored, however often that fails; what waits meanwhile is stored together, in order.
    #[test]
    fn what_waits_is_stored_together_and_let_go_in_order() {
        let committed = Arc::new(Mutex::new(Vec::new()));
        let (go, begin) = channel();
        let (released, outcomes) = sync_channel(16);
        let store = Slow {
            committed: Arc::clone(&committed),
            failures: 1,
            begin,
        };
        let writer = Writer {
            store: Box::new(store),
            facts: None,
            stop: Arc::default(),
            domain: "a.example".to_owned(),
            stored: Box::new(|_| ()),
            release: Box::new(move |batch| released.send(batch).is_ok()),
        };
        let (steps, inbox) = super::steps();
        steps.send(step(0)).expect("room");
        let writing = thread::spawn(move || writer.run(&inbox));
        // The first is being stored, and fails; these wait.
        thread::sleep(Duration::from_millis(50));
        for number in 1..=5 {
            steps.send(step(number)).expect("room");
        }
        go.send(()).expect("tries");
        assert!(outcomes.recv_timeout(Duration::from_millis(50)).is_err());
        go.send(()).expect("tries again");
        assert_eq!(outcomes.recv().expect("stored"), [0]);
        go.send(()).expect("goes on");
        assert_eq!(outcomes.recv().expect("stored"), [1, 2, 3, 4, 5]);
        drop(steps);
        writing.join().expect("ends").expect("in order");
        assert_eq!(*committed.lock().expect("nobody panics"), [1, 5]);
    }

    /// How many inputs a second each kind of store takes, which is no test:
    /// `THRONG_STORE=memory cargo test -p throng-live --release -- --ignored --nocapture inputs_a_second`. An input is what a message to ten own
    /// clients comes to: its text once, ten places in queues, its answer, and what is counted.
    #[test]
    #[ignore = "a measurement"]
    fn inputs_a_second() {
        const INPUTS: u32 = 20_000;
        let at = std::env::var("THRONG_STORE").unwrap_or_else(|_| "memory".to_owned());
        let at: super::super::StoreAt = at.parse().expect("a store");
        let mut store = super::super::open(&at).expect("a store");
        store.load().expect("rows");
        let (released, outcomes) = sync_channel(4);
        let writer = Writer {
            store,
            facts: None,
            stop: Arc::default(),
            domain: "a.example".to_owned(),
            stored: Box::new(|_| ()),
            release: Box::new(move |batch| released.send(batch).is_ok()),
        };
        let (steps, inbox) = super::steps();
        let writing = thread::spawn(move || writer.run(&inbox));
        let began = std::time::Instant::now();
        thread::spawn(move || {
            for number in 0..INPUTS {
                let key = |place: u32| [number.to_be_bytes(), place.to_be_bytes()].concat();
                let mut changes = vec![
                    Change::put(TABLE, key(0), vec![7; 400]),
                    Change::put(TABLE, vec![0; 8], vec![7; 16]),
                    Change::put(TABLE, key(1), vec![7; 100]),
                ];
                changes.extend((2..12).map(|place| Change::put(TABLE, key(place), vec![7; 12])));
                let step = Step {
                    changes,
                    line: None,
                    release: (),
                };
                steps.send(step).expect("room");
            }
        });
        let (mut inputs, mut batches) = (0, 0);
        while let Ok(batch) = outcomes.recv() {
            inputs += batch.len();
            batches += 1;
        }
        writing.join().expect("ends").expect("in order");
        assert_eq!(inputs, INPUTS as usize);
        let seconds = began.elapsed().as_secs_f64();
        let rate = f64::from(INPUTS) / seconds;
        eprintln!("{at}: {rate:.0} inputs/s in {batches} batches");
    }

    /// Whoever is told to end while the store is away ends, and lets nothing go.
    #[test]
    fn whoever_is_told_to_end_waits_for_no_store() {
        let (go, begin) = channel();
        let (released, outcomes) = sync_channel(16);
        let writer = Writer {
            store: Box::new(Slow {
                committed: Arc::default(),
                failures: usize::MAX,
                begin,
            }),
            facts: None,
            stop: Arc::new(AtomicBool::new(true)),
            domain: "a.example".to_owned(),
            stored: Box::new(|_| ()),
            release: Box::new(move |batch| released.send(batch).is_ok()),
        };
        let (steps, inbox) = super::steps();
        steps.send(step(0)).expect("room");
        go.send(()).expect("tries");
        assert!(writer.run(&inbox).is_err());
        assert!(outcomes.recv().is_err());
    }
}
