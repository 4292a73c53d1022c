//! Order and once-only on top of a link that may reorder and duplicate.
//!
//! Every directed pair of parties numbers its envelopes. The receiver takes them in that order, as a
//! TCP connection would hand them over: an early one waits, a repeated one is dropped. The same
//! numbers let a client that comes back online say how far it got, and its provider leave out what the
//! connection before did not hand over.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The receiving end of one numbered stream.
///
/// ```
/// use throng_mimi::inbox::Inbox;
/// let mut inbox = Inbox::default();
/// assert_eq!(inbox.take(1, "b").count(), 0); // early
/// assert_eq!(inbox.take(0, "a").collect::<Vec<_>>(), ["a", "b"]);
/// assert_eq!(inbox.take(0, "a").count(), 0); // repeated
/// inbox.skip_to(4); // 2 and 3 are lost
/// assert_eq!(inbox.take(4, "e").count(), 1);
/// ```
#[derive(Debug)]
pub struct Inbox<T> {
    next: u64,
    early: BTreeMap<u64, T>,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self {
            next: 0,
            early: BTreeMap::new(),
        }
    }
}

impl<T> Inbox<T> {
    /// The number that is to come next: all before it have been handed over.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What was to come before number `sequence` and has not does not come any more; what came of it too early is
    /// dropped with it.
    pub fn skip_to(&mut self, sequence: u64) {
        self.next = self.next.max(sequence);
        self.early = self.early.split_off(&self.next);
    }

    /// The numbers of what came before it was due, with it, ascending.
    pub fn waiting(&self) -> impl Iterator<Item = (u64, &T)> {
        self.early.iter().map(|(sequence, item)| (*sequence, item))
    }

    /// Goes on from where another was, with what had come to that too early.
    pub fn resume(next: u64, early: impl IntoIterator<Item = (u64, T)>) -> Self {
        Self {
            next,
            early: early.into_iter().collect(),
        }
    }

    /// What came before it was due, in order.
    pub fn early(&self) -> impl Iterator<Item = &T> {
        self.early.values()
    }

    /// Take number `sequence`; yields everything that is now in order.
    pub fn take(&mut self, sequence: u64, item: T) -> impl Iterator<Item = T> + use<T> {
        // Almost everything comes in order, and then waits nowhere.
        let (mut first, mut ready) = (None, Vec::new());
        match sequence.cmp(&self.next) {
            Ordering::Less => {}
            Ordering::Greater => {
                self.early.insert(sequence, item);
            }
            Ordering::Equal => {
                first = Some(item);
                // It may wait here as well, where others before it were skipped.
                self.early.remove(&sequence);
                self.next = self.next.saturating_add(1);
                while let Some(item) = self.early.remove(&self.next) {
                    self.next = self.next.saturating_add(1);
                    ready.push(item);
                }
            }
        }
        first.into_iter().chain(ready)
    }
}
