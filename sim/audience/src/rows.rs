//! Passive clients as flat arrays, in chunks.

use super::delays::{Delays, QUICK_BUCKETS, bucket, enter};
use hdrhistogram::Histogram;
use throng_workloads::intent::ClientId;
use throng_workloads::time::{SimSpan, SimTime};

/// Rows of a full chunk: what the loop touches of them, 80 KiB, stays in a core's second cache.
pub(super) const CHUNK: usize = 4096;
/// Rows of a chunk at first: an eighth is kept free for those who come.
const FILLED: usize = CHUNK / 8 * 7;

/// The state of one passive client: what a [`Link`](throng_net::Link) and a
/// [`Station`](throng_kernel::station::Station) of one core would hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seat {
    /// When its link from the provider is free.
    pub link_free: SimTime,
    /// When its device is done with all that it was given.
    pub busy: SimTime,
    /// CPU time that it has used.
    pub cpu: SimSpan,
}

/// What the loop reads and writes of a client, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) link_free: u64,
    pub(super) busy: u64,
}

/// Some clients of one class, ascending by leaf.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) class: u8,
    pub(super) rows: Vec<Row>,
    pub(super) clients: Vec<u32>,
    pub(super) leaves: Vec<u32>,
    /// No client's times are later, in nanoseconds.
    pub(super) horizon: u64,
    /// CPU time of all of them alike, in nanoseconds: most events cost all clients of a chunk the same.
    pub(super) shared_cpu: u64,
    /// What each has used on top of that; what it had not used of it, wrapped around.
    pub(super) own_cpu: Vec<u64>,
}

impl Chunk {
    /// A chunk without clients.
    pub(super) fn with_capacity(class: u8, capacity: usize) -> Self {
        Self {
            class,
            rows: Vec::with_capacity(capacity),
            clients: Vec::with_capacity(capacity),
            leaves: Vec::with_capacity(capacity),
            horizon: 0,
            shared_cpu: 0,
            own_cpu: Vec::with_capacity(capacity),
        }
    }

    /// Cuts members of one class, ascending by leaf, into chunks.
    pub(super) fn fill(class: u8, members: &[(u32, u32)], into: &mut Vec<Self>) {
        for part in members.chunks(FILLED) {
            let capacity = if part.len() == FILLED {
                CHUNK
            } else {
                part.len()
            };
            let mut chunk = Self::with_capacity(class, capacity);
            let idle = Row {
                link_free: 0,
                busy: 0,
            };
            chunk.rows.resize(part.len(), idle);
            chunk.own_cpu.resize(part.len(), 0);
            chunk.leaves.extend(part.iter().map(|(leaf, _)| leaf));
            chunk.clients.extend(part.iter().map(|(_, client)| client));
            into.push(chunk);
        }
    }

    pub(super) fn seat(&self, at: usize) -> (ClientId, Seat) {
        let row = self.rows[at];
        let seat = Seat {
            link_free: SimTime::from_nanos(row.link_free),
            busy: SimTime::from_nanos(row.busy),
            cpu: SimSpan::from_nanos(self.own_cpu[at].wrapping_add(self.shared_cpu)),
        };
        (ClientId(self.clients[at]), seat)
    }

    pub(super) fn insert(&mut self, at: usize, leaf: u32, client: ClientId, seat: Seat) {
        let row = Row {
            link_free: seat.link_free.as_nanos(),
            busy: seat.busy.as_nanos(),
        };
        self.horizon = self.horizon.max(row.link_free).max(row.busy);
        self.rows.insert(at, row);
        self.clients.insert(at, client.0);
        self.leaves.insert(at, leaf);
        let own = seat.cpu.as_nanos().wrapping_sub(self.shared_cpu);
        self.own_cpu.insert(at, own);
    }

    pub(super) fn remove(&mut self, at: usize) -> (ClientId, Seat) {
        let seat = self.seat(at);
        self.rows.remove(at);
        self.clients.remove(at);
        self.leaves.remove(at);
        self.own_cpu.remove(at);
        seat
    }

    /// Splits off the upper half of a full chunk.
    pub(super) fn split(&mut self) -> Self {
        let half = self.rows.len() / 2;
        let mut upper = Self::with_capacity(self.class, CHUNK);
        upper.shared_cpu = self.shared_cpu;
        upper.horizon = self.horizon;
        upper.rows.extend(self.rows.drain(half..));
        upper.clients.extend(self.clients.drain(half..));
        upper.leaves.extend(self.leaves.drain(half..));
        upper.own_cpu.extend(self.own_cpu.drain(half..));
        upper
    }

    /// Where its last leaf is: chunks are in this order.
    pub(super) fn last(&self) -> (u8, u32) {
        (self.class, self.leaves.last().copied().unwrap_or(0))
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.rows.capacity() * size_of::<Row>()
            + self.own_cpu.capacity() * size_of::<u64>()
            + (self.clients.capacity() + self.leaves.capacity()) * size_of::<u32>()
    }

    /// Enters the CPU time of each client in a histogram of microseconds.
    pub(super) fn add_cpu_to(&self, histogram: &mut Histogram<u64>) {
        for at in 0..self.rows.len() {
            let (_, seat) = self.seat(at);
            enter(histogram, seat.cpu.as_nanos() / 1_000, 1);
        }
    }
}

/// What one thread counted of one event.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Delays by their quick bucket, those beyond 13 days apart.
    pub(super) counts: Vec<u32>,
    pub(super) far: Delays,
    pub(super) max_delay: u64,
    pub(super) last: u64,
    pub(super) digest: u64,
    pub(super) lost_bytes: u64,
    pub(super) duplicates: u64,
    /// By class, then by height.
    pub(super) receivers: Vec<[u64; super::HEIGHTS]>,
}

impl Tally {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            receivers: vec![[0; super::HEIGHTS]; classes],
            ..Self::default()
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn count_beyond(&mut self, nanos: u64) {
        let bucket = bucket(nanos / 1_000);
        if bucket >= QUICK_BUCKETS {
            return self.far.record(SimSpan::from_nanos(nanos));
        }
        // With room for more: most others are near.
        let room = (bucket + 1).next_multiple_of(1 << 11);
        self.counts.resize(room.min(QUICK_BUCKETS), 0);
        self.counts[bucket] += 1;
    }

    /// Adds what another thread counted. Sums and maxima only: no order matters.
    pub(super) fn merge(mut self, mut other: Self) -> Self {
        if self.counts.len() < other.counts.len() {
            std::mem::swap(&mut self.counts, &mut other.counts);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.far.merge(&other.far);
        for (mine, theirs) in self.receivers.iter_mut().zip(&other.receivers) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        self.max_delay = self.max_delay.max(other.max_delay);
        self.last = self.last.max(other.last);
        self.digest = self.digest.wrapping_add(other.digest);
        self.lost_bytes += other.lost_bytes;
        self.duplicates += other.duplicates;
        self
    }
}
