//! The pending-event set: a ladder queue over chunked buckets.
//!
//! # How it works
//!
//! Events wait in three places, each strictly later than the one after it:
//!
//! - **rungs**: arrays of unordered buckets of equal width. A push finds its bucket with a subtraction
//!   and a shift. The last bucket of the first rung has no end: the far future.
//! - **bottom**: the bucket whose turn it is, sorted. A pop takes its end.
//! - **late**: a small binary heap of what was pushed since then for before the bottom's end.
//!
//! When bottom and late are empty, the next bucket is taken: up to 64 events are sorted at once, more
//! are divided into a rung of their own, fit to where they lie (Tang, Goh and Thng 2005, "Ladder
//! queue", with the tuning replaced by what this machine generation wants). Nothing is ever resized
//! or guessed ahead: each division looks at the very events that it divides. Events at one instant
//! that cannot be divided are sorted at once, however many. If *late* outgrows its heap, it is made
//! into a rung too.
//!
//! Where two events are in different places their times differ, so ties matter only in the sort and
//! in the heap. Order is exact for any pushes, also for times before the last pop.
//!
//! # Why it is fast
//!
//! An event is written about three times between push and pop, always to the end of one of at most
//! 1024 chunks, which stay in the nearest caches; a heap or a tree of a million events reads a dozen
//! far cache lines an event instead. Payloads move along with their keys: keep them small (an index
//! into a table of events, as [`windows`](super::windows) does).
//!
//! # What was measured, and did not help
//!
//! PHOLD (pop one, push one) with exponential increments and a payload of four bytes on one core, as
//! multiples of what `std::collections::BinaryHeap` did in the same process; the median of five
//! processes on a busy machine, so differences of a tenth say nothing:
//!
//! | design | 10,000 pending | 1,000,000 pending |
//! |---|---|---|
//! | this one | 3.4 | 20 |
//! | calendar queue, its bucket width known beforehand | 2.8 | 3.6 |
//! | growing `Vec` buckets in place of chunks | 3.6 | 12 |
//! | 4096 narrow buckets, one event each | 3.2 | 12 |
//! | sorting packed keys of 64 bits, then permuting by swaps | 2.7 | 13 |
//! | buckets up to the last event, not four times the mean | 3.4 | 20 |
//! | keys compared as pairs, not as one number | 3.7 | 20 |
//!
//! The last two make no difference here; four times the mean is kept for its bound on far-off timers.
//! What is left is mostly the sort: leaving it out (which is wrong, and a bound) gave 11 and 29. Storage
//! is safe code; `unsafe` was not tried.

use std::collections::BinaryHeap;

use super::rung::{Bucket, Entry, Extent, Pool, Rung};
pub use super::tie::Tie;
use super::time::SimTime;

/// Up to so many events are sorted at once, more are divided first.
const SORT_AT_ONCE: usize = 64;
/// More late events than this become a rung.
const LATE_LIMIT: usize = 256;
/// With so many rungs, late events stay in their heap. Dividing narrows the width a hundredfold or
/// more, so only pushes that go ever further back in time come this far.
const MAX_RUNGS: usize = 16;

/// Pending events in the total order of (time, [`Tie`]).
///
/// ```
/// use throng_kernel::queue::{EventQueue, Tie};
/// use throng_kernel::time::SimTime;
///
/// let mut queue = EventQueue::new();
/// queue.push(SimTime::from_nanos(20), Tie::new(1, 0), "later");
/// queue.push(SimTime::from_nanos(10), Tie::new(2, 0), "second");
/// queue.push(SimTime::from_nanos(10), Tie::new(1, 1), "first");
/// assert_eq!(queue.pop().map(|(_, _, what)| what), Some("first"));
/// assert_eq!(queue.peek_time(), Some(SimTime::from_nanos(10)));
/// assert_eq!(queue.len(), 2);
/// ```
#[derive(Debug)]
pub struct EventQueue<T> {
    /// Sorted, the earliest last.
    bottom: Vec<Entry<T>>,
    late: BinaryHeap<Entry<T>>,
    late_limit: usize,
    /// From the latest and widest to the earliest and narrowest; never empty.
    rungs: Vec<Rung<T>>,
    spare_rungs: Vec<Rung<T>>,
    pool: Pool<T>,
    len: usize,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> EventQueue<T> {
    /// An empty queue.
    pub fn new() -> Self {
        Self {
            bottom: Vec::new(),
            late: BinaryHeap::new(),
            late_limit: LATE_LIMIT,
            rungs: vec![Rung::new()],
            spare_rungs: Vec::new(),
            pool: Pool::new(),
            len: 0,
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an event, at any time, past or future. The tie must be its own.
    #[inline]
    pub fn push(&mut self, time: SimTime, tie: Tie, item: T) {
        self.len += 1;
        let mut entry = Entry { time, tie, item };
        for rung in &mut self.rungs {
            match rung.push(&mut self.pool, entry) {
                None => return,
                Some(refused) => entry = refused,
            }
        }
        self.late.push(entry);
        if self.late.len() > self.late_limit {
            self.relieve_late();
        }
    }

    /// Takes the first event.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, Tie, T)> {
        if !self.make_ready() {
            return None;
        }
        self.pop_ready()
    }

    /// Takes the first event, if it is before `end`.
    #[inline]
    pub fn pop_before(&mut self, end: SimTime) -> Option<(SimTime, Tie, T)> {
        match self.make_ready() && self.ready_time().is_some_and(|time| time < end) {
            true => self.pop_ready(),
            false => None,
        }
    }

    /// The time of the first event. Takes `&mut self` because finding it may sort a bucket.
    #[inline]
    pub fn peek_time(&mut self) -> Option<SimTime> {
        if !self.make_ready() {
            return None;
        }
        self.ready_time()
    }

    /// Appends all events before `end` to `into`, in order.
    pub fn pop_until(&mut self, end: SimTime, into: &mut Vec<(SimTime, Tie, T)>) {
        into.extend(std::iter::from_fn(|| self.pop_before(end)));
    }

    /// Sees to it that bottom and late hold the first event; false where there is none.
    #[inline(always)]
    fn make_ready(&mut self) -> bool {
        !self.bottom.is_empty() || !self.late.is_empty() || self.refill()
    }

    #[inline(always)]
    fn ready_time(&self) -> Option<SimTime> {
        match (self.bottom.last(), self.late.peek()) {
            (Some(bottom), Some(late)) => Some(bottom.time.min(late.time)),
            (bottom, late) => bottom.or(late).map(|entry| entry.time),
        }
    }

    #[inline(always)]
    fn pop_ready(&mut self) -> Option<(SimTime, Tie, T)> {
        let entry = match (self.bottom.last(), self.late.peek()) {
            (_, None) => self.bottom.pop(),
            (Some(bottom), Some(late)) if bottom.key() < late.key() => self.bottom.pop(),
            _ => self.late.pop(),
        }?;
        self.len -= 1;
        Some((entry.time, entry.tie, entry.item))
    }

    /// Takes buckets until the bottom holds something; false where nothing is pending.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) -> bool {
        debug_assert!(self.bottom.is_empty() && self.late.is_empty());
        self.late_limit = LATE_LIMIT;
        loop {
            let lowest = self.rungs.len() - 1;
            let rung = &mut self.rungs[lowest];
            if let Some(bucket) = rung.take_bucket() {
                let count = self.pool.count(&bucket);
                if count <= SORT_AT_ONCE {
                    self.sort(bucket);
                    return true;
                }
                let extent = self.pool.extent(&bucket);
                if extent.min == extent.max {
                    self.sort(bucket);
                    return true;
                }
                self.divide(bucket, extent);
            } else if lowest > 0 {
                self.spare_rungs.extend(self.rungs.pop());
            } else {
                rung.reset();
                return false;
            }
        }
    }

    /// Makes the bucket the bottom.
    fn sort(&mut self, bucket: Bucket<T>) {
        let bottom = &mut self.bottom;
        self.pool.drain(bucket, |_, entries| bottom.append(entries));
        bottom.sort_unstable();
        // The far future is now the bottom, and needs a bucket again for what is later still.
        if let ([rung], Some(latest)) = (&mut self.rungs[..], bottom.first())
            && rung.is_spent()
        {
            rung.reset_after(latest.time.as_nanos());
        }
    }

    /// Spreads the bucket over a rung of its own.
    fn divide(&mut self, bucket: Bucket<T>, extent: Extent) {
        // A spent rung takes nothing any more, and what divides its last bucket may take its place:
        // so the ladder does not grow when the far future is reached again and again.
        let spent = self.rungs.pop_if(|rung| rung.is_spent());
        let mut rung = spent
            .or_else(|| self.spare_rungs.pop())
            .unwrap_or_else(Rung::new);
        rung.fit(extent);
        self.pool.drain(bucket, |pool, entries| {
            for entry in entries.drain(..) {
                let refused = rung.push(pool, entry);
                debug_assert!(refused.is_none(), "a new rung takes everything");
            }
        });
        self.rungs.push(rung);
    }

    /// Makes late and bottom a rung, where a heap of them would be slow.
    #[cold]
    #[inline(never)]
    fn relieve_late(&mut self) {
        let extent = Extent::of(self.late.iter().chain(&self.bottom));
        let divisible = extent.min < extent.max && self.rungs.len() < MAX_RUNGS;
        if !divisible || self.bottom.len() > self.late.len() {
            // Twice as many before the next attempt: the looking costs O(1) a push.
            self.late_limit = 2 * extent.count;
            return;
        }
        self.late_limit = LATE_LIMIT;
        let mut rung = self.spare_rungs.pop().unwrap_or_else(Rung::new);
        rung.fit(extent);
        for entry in self.late.drain().chain(self.bottom.drain(..)) {
            let refused = rung.push(&mut self.pool, entry);
            debug_assert!(refused.is_none(), "a new rung takes everything");
        }
        self.rungs.push(rung);
    }
}
