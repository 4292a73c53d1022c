//! The storage under [`EventQueue`](super::queue::EventQueue): entries, chunked buckets, and rungs
//! (arrays of buckets of equal width).

use std::cmp::Ordering;

use super::tie::Tie;
use super::time::SimTime;

/// A pending event. Ordered **backwards**: the earliest is the greatest, so that it is the top of a
/// `BinaryHeap` and the end of a sorted `Vec`, where taking it is cheap.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) time: SimTime,
    pub(super) tie: Tie,
    pub(super) item: T,
}

impl<T> Entry<T> {
    /// Time and tie as one number, in the order of events.
    #[inline(always)]
    pub(super) fn key(&self) -> u128 {
        u128::from(self.time.as_nanos()) << 64 | u128::from(self.tie.to_bits())
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// Bytes in a chunk. Below 1 kB the cost of changing chunks shows, above 3 kB half-empty chunks push
/// each other out of the cache.
const CHUNK_BYTES: usize = 1536;
/// Entries in a chunk at least, however large the payload.
const CHUNK_MIN_ENTRIES: usize = 8;
/// The end of a list of chunks.
const NO_CHUNK: u32 = u32::MAX;

/// An unordered bag of entries: an open chunk to append to, and a list of full ones in the [`Pool`].
#[derive(Debug)]
pub(super) struct Bucket<T> {
    open: Vec<Entry<T>>,
    full: u32,
}

impl<T> Bucket<T> {
    const EMPTY: Self = Self {
        open: Vec::new(),
        full: NO_CHUNK,
    };
}

#[derive(Debug)]
struct FullChunk<T> {
    entries: Vec<Entry<T>>,
    next: u32,
}

/// Where all buckets get their chunks from and return them to. All chunks have one capacity, so
/// buckets that grow and shrink in turn share one working set, last used first, and nothing is ever
/// reallocated or copied to grow. Holds on to the memory of the fullest moment.
#[derive(Debug)]
pub(super) struct Pool<T> {
    full: Vec<FullChunk<T>>,
    free: Vec<u32>,
    spare: Vec<Vec<Entry<T>>>,
    capacity: usize,
}

impl<T> Pool<T> {
    pub(super) fn new() -> Self {
        Self {
            full: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
            capacity: (CHUNK_BYTES / size_of::<Entry<T>>()).max(CHUNK_MIN_ENTRIES),
        }
    }

    #[inline(always)]
    fn push(&mut self, bucket: &mut Bucket<T>, entry: Entry<T>) {
        if bucket.open.len() == bucket.open.capacity() {
            self.open_chunk(bucket);
        }
        bucket.open.push(entry);
    }

    #[cold]
    #[inline(never)]
    fn open_chunk(&mut self, bucket: &mut Bucket<T>) {
        let capacity = self.capacity;
        let fresh = self
            .spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(capacity));
        let entries = std::mem::replace(&mut bucket.open, fresh);
        if entries.is_empty() {
            return;
        }
        let chunk = FullChunk {
            entries,
            next: bucket.full,
        };
        bucket.full = match self.free.pop() {
            Some(index) => {
                self.full[index as usize] = chunk;
                index
            }
            None => {
                self.full.push(chunk);
                (self.full.len() - 1) as u32
            }
        };
    }

    fn chunks<'a>(&'a self, bucket: &'a Bucket<T>) -> impl Iterator<Item = &'a [Entry<T>]> {
        let mut next = bucket.full;
        let full = std::iter::from_fn(move || {
            let chunk = self.full.get(next as usize)?;
            next = chunk.next;
            Some(&chunk.entries[..])
        });
        std::iter::once(&bucket.open[..]).chain(full)
    }

    /// How many entries the bucket holds.
    pub(super) fn count(&self, bucket: &Bucket<T>) -> usize {
        self.chunks(bucket).map(<[_]>::len).sum()
    }

    /// Where in time the bucket's entries lie.
    pub(super) fn extent(&self, bucket: &Bucket<T>) -> Extent {
        Extent::of(self.chunks(bucket).flatten())
    }

    /// Hands the bucket's entries on, a chunk at a time; `consume` leaves each chunk empty.
    pub(super) fn drain(
        &mut self,
        bucket: Bucket<T>,
        mut consume: impl FnMut(&mut Self, &mut Vec<Entry<T>>),
    ) {
        let (mut entries, mut next) = (bucket.open, bucket.full);
        loop {
            consume(self, &mut entries);
            entries.clear();
            // Returned before the next one is read: what `consume` appends to goes to memory that
            // is still in the cache.
            self.spare.push(entries);
            let Some(chunk) = self.full.get_mut(next as usize) else {
                return;
            };
            entries = std::mem::take(&mut chunk.entries);
            self.free.push(next);
            next = chunk.next;
        }
    }
}

/// Where in time a set of entries lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) count: usize,
    pub(super) min: u64,
    pub(super) max: u64,
    mean: u64,
}

impl Extent {
    pub(super) fn of<'a, T: 'a>(entries: impl Iterator<Item = &'a Entry<T>>) -> Self {
        let (mut count, mut min, mut max, mut sum) = (0usize, u64::MAX, 0u64, 0u128);
        for entry in entries {
            let time = entry.time.as_nanos();
            count += 1;
            min = min.min(time);
            max = max.max(time);
            sum += u128::from(time);
        }
        let mean = sum.checked_div(count as u128).unwrap_or(0) as u64;
        Self {
            count,
            min,
            max,
            mean,
        }
    }

    /// The span that buckets should cover: four times the mean distance from the first entry, or all
    /// of it where that is less.
    ///
    /// By Markov's inequality at most a quarter of the entries lie beyond, in the last bucket, so a
    /// few far-off timers cannot make the buckets of everything else too wide, and no bucket can hold
    /// nearly everything level after level: if the first one does, the next level is narrower by
    /// a quarter of the number of buckets.
    fn spread(&self) -> u64 {
        (self.max - self.min).min((self.mean - self.min).saturating_mul(4))
    }
}

/// Entries per bucket to aim for. Larger than one because a bucket costs a cache line however few it
/// holds; buckets that turn out fuller are sorted, or divided, when their turn comes.
const ENTRIES_PER_BUCKET: usize = 8;
/// More buckets than this and the ends that are written to no longer fit the nearest caches.
const MAX_BUCKETS: usize = 1024;
const MIN_BUCKETS: usize = 8;

/// Consecutive buckets of equal width, a power of two of nanoseconds. The first also takes what lies
/// before it and the last what lies after, so a rung has a place for every time.
#[derive(Debug)]
pub(super) struct Rung<T> {
    start: u64,
    shift: u32,
    /// Index of the last bucket in use.
    last: usize,
    /// The next bucket to take; those before it are gone, and take nothing any more.
    next: usize,
    buckets: Vec<Bucket<T>>,
}

impl<T> Rung<T> {
    /// A rung of one bucket, which takes everything.
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            shift: 0,
            last: 0,
            next: 0,
            buckets: vec![Bucket::EMPTY],
        }
    }

    fn shape(&mut self, start: u64, shift: u32, last: usize) {
        debug_assert!(self.buckets.iter().all(|bucket| bucket.open.is_empty()));
        (self.start, self.shift, self.last, self.next) = (start, shift, last, 0);
        if self.buckets.len() <= last {
            self.buckets.resize_with(last + 1, || Bucket::EMPTY);
        }
    }

    /// Back to one bucket, which takes everything. The rung must be empty.
    pub(super) fn reset(&mut self) {
        self.shape(0, 0, 0);
    }

    /// One bucket, which takes everything later than `time`. The rung must be empty.
    pub(super) fn reset_after(&mut self, time: u64) {
        self.shape(time, 0, 1);
        self.next = 1;
    }

    /// Buckets fit for entries of this extent. The rung must be empty.
    ///
    /// Where the extent has any width the first and the last entry come into different buckets, so
    /// dividing again and again ends.
    pub(super) fn fit(&mut self, extent: Extent) {
        let wanted = (extent.count / ENTRIES_PER_BUCKET).clamp(MIN_BUCKETS, MAX_BUCKETS) as u64;
        let spread = extent.spread();
        let mut shift = 0;
        // Two less: one bucket for the remainder, one for what lies beyond.
        while spread >> shift > wanted - 2 {
            shift += 1;
        }
        self.shape(extent.min, shift, (spread >> shift) as usize + 1);
    }

    /// Takes the entry, or gives it back where its bucket is gone already.
    #[inline(always)]
    pub(super) fn push(&mut self, pool: &mut Pool<T>, entry: Entry<T>) -> Option<Entry<T>> {
        let offset = entry.time.as_nanos().saturating_sub(self.start) >> self.shift;
        let index = offset.min(self.last as u64) as usize;
        if index < self.next {
            return Some(entry);
        }
        pool.push(&mut self.buckets[index], entry);
        None
    }

    /// The next bucket that holds anything.
    pub(super) fn take_bucket(&mut self) -> Option<Bucket<T>> {
        let left = self.buckets.get_mut(self.next..=self.last)?;
        let skipped = left.iter().position(|bucket| !bucket.open.is_empty());
        let Some(skipped) = skipped else {
            self.next = self.last + 1;
            return None;
        };
        self.next += skipped + 1;
        Some(std::mem::replace(&mut left[skipped], Bucket::EMPTY))
    }

    /// Whether the last bucket is gone, so that the rung takes nothing any more.
    pub(super) fn is_spent(&self) -> bool {
        self.next > self.last
    }
}
