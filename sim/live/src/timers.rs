//! When something is due. Timers are never cancelled: whoever set one ignores it where it is stale.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};
use throng_workloads::time::SimSpan;

/// No timer runs longer: nobody waits for a year, and instants end.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// What is due when, the first first; of those that are due at the same instant, that which was set first.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<(Instant, u64, T)>>,
    set: u64,
}

impl<T: Ord> Timers<T> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            set: 0,
        }
    }

    /// Have `what` be due after so long.
    pub(crate) fn set(&mut self, now: Instant, after: SimSpan, what: T) {
        let at = now + Duration::from_nanos(after.as_nanos()).min(LONGEST);
        self.set += 1;
        self.heap.push(Reverse((at, self.set, what)));
    }

    /// When the next is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// What is due by now.
    pub(crate) fn due(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, _, what))| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order() {
        let mut timers = Timers::new();
        let now = Instant::now();
        timers.set(now, SimSpan::from_secs(2), 'c');
        timers.set(now, SimSpan::from_secs(1), 'b');
        timers.set(now, SimSpan::from_secs(1), 'a');
        timers.set(now, SimSpan::MAX, 'd');
        assert_eq!(timers.due(now), None);
        let later = now + Duration::from_secs(2);
        let due: Vec<char> = std::iter::from_fn(|| timers.due(later)).collect();
        assert_eq!(due, ['b', 'a', 'c']);
        assert!(timers.next().is_some_and(|at| at > later));
    }
}
