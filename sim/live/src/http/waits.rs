//! What waits for whoever reads an answer, and whether they do.

use crate::limits::Limits;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Whoever does not read an answer that has its end is cut off after so many times the span in which they have to take a piece.
const TO_THE_END: u32 = 4;

/// What waits for a reader.
#[derive(Debug)]
pub(crate) struct Waits(Mutex<Waiting>);

#[derive(Debug)]
struct Waiting {
    bytes: u64,
    /// When some of it was last read, or when it began to wait.
    moved: Instant,
    /// Since when there will be no more.
    ended: Option<Instant>,
}

impl Waits {
    /// So many bytes wait.
    pub(super) fn of(bytes: u64) -> Self {
        Self(Mutex::new(Waiting {
            bytes,
            moved: Instant::now(),
            ended: None,
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many more wait, where they may.
    pub(super) fn add(&self, more: u64, most: u64) -> bool {
        let mut waiting = self.inner();
        if waiting.bytes == 0 {
            // However long one is, alone it may wait.
            waiting.moved = Instant::now();
        } else if waiting.bytes.saturating_add(more) > most {
            return false;
        }
        waiting.bytes = waiting.bytes.saturating_add(more);
        true
    }

    /// So many went to the reader.
    pub(super) fn less(&self, bytes: u64) {
        let mut waiting = self.inner();
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        waiting.moved = Instant::now();
    }

    /// There will be no more.
    pub(super) fn end(&self) {
        self.inner().ended.get_or_insert_with(Instant::now);
    }

    /// Whether nobody reads it, or not to its end.
    pub(super) fn are_left(&self, limits: &Limits, now: Instant) -> bool {
        let waiting = self.inner();
        let since = |then: Instant| now.saturating_duration_since(then);
        let drips = |ended| since(ended) >= limits.stalled * TO_THE_END;
        waiting.bytes > 0
            && (since(waiting.moved) >= limits.stalled || waiting.ended.is_some_and(drips))
    }
}
