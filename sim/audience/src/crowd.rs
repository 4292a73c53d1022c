//! An audience: who is in it, and how events are delivered to it.

use super::class::AudienceClass;
use super::delays::Delays;
use super::event::{Delivered, Event};
use super::fanout::{self, Keys, Terms};
use super::rows::{CHUNK, Chunk, Seat, Tally};
use hdrhistogram::Histogram;
use rand_core::Rng;
use rayon::prelude::*;
use std::sync::Arc;
use throng_net::Bulk;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// As many as a byte numbers.
const MAX_CLASSES: usize = 256;
/// Chunks that are not worth a second thread.
const CHUNKS_PER_TASK: usize = 4;
/// Events delivered together, chunk by chunk: each has buckets of its own in each thread.
const TOGETHER: usize = 8;

/// What cannot be an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudienceError {
    /// Classes are numbered by a byte.
    #[error("{0} connection classes; there can be {MAX_CLASSES}")]
    TooManyClasses(usize),
    /// A member of a class that there is not.
    #[error("client {} is of class {class}; there are {classes}", client.0)]
    NoClass {
        /// Whose.
        client: ClientId,
        /// The class asked for.
        class: u8,
        /// How many there are.
        classes: usize,
    },
    /// Two members at one leaf.
    #[error("two clients of class {class} are at leaf {leaf}")]
    LeafTaken {
        /// Their class.
        class: u8,
        /// Their leaf.
        leaf: u32,
    },
}

/// The passive clients of one provider in one room.
///
/// ```
/// use std::sync::Arc;
/// use throng_audience::{Audience, AudienceClass, Event};
/// use throng_cost::{CostProfile, Units};
/// use throng_workloads::dist::Dist;
/// use throng_workloads::intent::{ClientId, ProviderId, RoomId};
/// use throng_workloads::scenario::{LinkSpec, Recovery};
/// use throng_workloads::stream::Streams;
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// let link = LinkSpec {
///     floor: SimSpan::from_millis(5),
///     latency: Dist::LogNormal { median: 0.020, sigma: 0.3 },
///     jitter: Dist::Constant(0.0),
///     up: 1e6,
///     down: 8e6,
///     loss: 0.0,
///     retransmit: Dist::Constant(0.2),
///     duplicate: 0.0,
///     reorder: 0.0,
///     packet: 1400,
///     bursts: None,
///     recovery: Recovery::Timeout,
///     slow_start: None,
/// };
/// let class = AudienceClass::new(Arc::new(link), Arc::new(CostProfile::built_in(Units::new(&[]))));
/// let members = (0..10_000).map(|i| (0, i, ClientId(i)));
/// let streams = Streams::new(1, 0);
/// let mut audience =
///     Audience::new(vec![Arc::new(class)], members, &streams, ProviderId(0), RoomId(0))?;
///
/// // A commit of 1 kB from leaf 7: 1 ms on the link, 20 ms on the way, 2 ms on the device.
/// let delivered = audience.deliver(&Event {
///     number: 0,
///     departure: SimTime::ZERO,
///     since: SimTime::ZERO,
///     bytes: 1000,
///     sender: Some(7),
///     costs: &[&[SimSpan::from_millis(2)]],
/// });
/// assert_eq!(delivered.count(), 9_999);
/// let median = delivered.delays.percentile(50).expect("there are receivers");
/// assert!((median.as_millis_f64() - 23.0).abs() < 0.5);
/// assert!(audience.bytes_per_client() < 50.0);
/// # Ok::<(), throng_audience::AudienceError>(())
/// ```
#[derive(Debug)]
pub struct Audience {
    classes: Vec<Arc<AudienceClass>>,
    /// In the order of class and leaf; none is empty.
    chunks: Vec<Chunk>,
    len: usize,
    streams: Streams,
    provider: ProviderId,
    room: RoomId,
}

impl Audience {
    /// The clients at `provider` that are members of `room` and passive: each one's class (an index into
    /// `classes`), leaf and id, in any order.
    ///
    /// # Errors
    /// More than 256 classes, a member of a class that there is not, or two of a class at one leaf.
    pub fn new(
        classes: Vec<Arc<AudienceClass>>,
        members: impl IntoIterator<Item = (u8, u32, ClientId)>,
        streams: &Streams,
        provider: ProviderId,
        room: RoomId,
    ) -> Result<Self, AudienceError> {
        if classes.len() > MAX_CLASSES {
            return Err(AudienceError::TooManyClasses(classes.len()));
        }
        let mut by_class: Vec<Vec<(u32, u32)>> = vec![Vec::new(); classes.len()];
        for (class, leaf, client) in members {
            match by_class.get_mut(usize::from(class)) {
                Some(members) => members.push((leaf, client.0)),
                None => {
                    return Err(AudienceError::NoClass {
                        client,
                        class,
                        classes: classes.len(),
                    });
                }
            }
        }
        let len = by_class.iter().map(Vec::len).sum();
        let mut chunks = Vec::new();
        for (class, mut members) in (0u8..=u8::MAX).zip(by_class) {
            members.sort_unstable();
            if let Some(twice) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                let leaf = twice[0].0;
                return Err(AudienceError::LeafTaken { class, leaf });
            }
            Chunk::fill(class, &members, &mut chunks);
        }
        Ok(Self {
            classes,
            chunks,
            len,
            streams: *streams,
            provider,
            room,
        })
    }

    /// How many clients are in it.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody is.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Memory a client, in bytes, without the tables, which classes share; 0 for an empty audience.
    pub fn bytes_per_client(&self) -> f64 {
        let bytes: usize = self.chunks.iter().map(Chunk::bytes).sum();
        bytes as f64 / self.len.max(1) as f64
    }

    /// The client of this class at this leaf, and its state.
    pub fn get(&self, class: u8, leaf: u32) -> Option<(ClientId, Seat)> {
        let (chunk, at) = self.find(class, leaf)?;
        Some(self.chunks[chunk].seat(at))
    }

    /// All clients and their states, in the order of class and leaf.
    pub fn iter(&self) -> impl Iterator<Item = (ClientId, Seat)> {
        let seats = |chunk: &'_ Chunk| (0..chunk.rows.len()).map(|at| chunk.seat(at)).collect();
        self.chunks.iter().flat_map(seats as fn(&Chunk) -> Vec<_>)
    }

    /// A client becomes passive: it joined, came online, or has no more to do. Takes O(√n) or so.
    ///
    /// # Errors
    /// There is no such class, or somebody of that class is at that leaf.
    pub fn insert(
        &mut self,
        class: u8,
        leaf: u32,
        client: ClientId,
        seat: Seat,
    ) -> Result<(), AudienceError> {
        if usize::from(class) >= self.classes.len() {
            return Err(AudienceError::NoClass {
                client,
                class,
                classes: self.classes.len(),
            });
        }
        if self.find(class, leaf).is_some() {
            return Err(AudienceError::LeafTaken { class, leaf });
        }
        let mut index = self.chunk_for(class, leaf);
        // Beyond the last leaf of its class: into the last chunk of the class, if there is one.
        let of_class = |chunk: Option<&Chunk>| chunk.is_some_and(|chunk| chunk.class == class);
        if !of_class(self.chunks.get(index)) {
            match index.checked_sub(1) {
                Some(before) if of_class(self.chunks.get(before)) => index = before,
                _ => self.chunks.insert(index, Chunk::with_capacity(class, 1)),
            }
        }
        if self.chunks[index].rows.len() >= CHUNK {
            let upper = self.chunks[index].split();
            self.chunks.insert(index + 1, upper);
            index += usize::from(self.chunks[index].last() < (class, leaf));
        }
        let chunk = &mut self.chunks[index];
        let at = chunk.leaves.partition_point(|other| *other < leaf);
        chunk.insert(at, leaf, client, seat);
        self.len += 1;
        Ok(())
    }

    /// A client leaves: the room, or to act on its own. Its state as it was left.
    pub fn remove(&mut self, class: u8, leaf: u32) -> Option<(ClientId, Seat)> {
        let (index, at) = self.find(class, leaf)?;
        let seat = self.chunks[index].remove(at);
        if self.chunks[index].rows.is_empty() {
            self.chunks.remove(index);
        }
        self.len -= 1;
        Some(seat)
    }

    /// Enters the CPU time of each client in a histogram of microseconds: one entry a client.
    pub fn add_cpu_to(&self, histogram: &mut Histogram<u64>) {
        self.chunks
            .iter()
            .for_each(|chunk| chunk.add_cpu_to(histogram));
    }

    /// Delivers one event to all.
    pub fn deliver(&mut self, event: &Event<'_>) -> Delivered {
        let delivered = self.deliver_all(std::slice::from_ref(event)).pop();
        delivered.unwrap_or_else(|| self.delivered(event, Tally::new(self.classes.len())))
    }

    /// Delivers events one after another, in the order of their departures, to all. The same as one by
    /// one, but faster for many: rows are still at hand for the next event.
    pub fn deliver_all(&mut self, events: &[Event<'_>]) -> Vec<Delivered> {
        let mut all = Vec::with_capacity(events.len());
        for batch in events.chunks(TOGETHER) {
            all.extend(self.deliver_batch(batch));
        }
        all
    }

    fn deliver_batch(&mut self, events: &[Event<'_>]) -> Vec<Delivered> {
        let classes = self.classes.clone();
        let keyed = |event: &Event<'_>| {
            let keys = self.keys(event.number);
            let terms = classes.iter().map(|class| Terms::new(class, event, keys));
            terms.collect::<Vec<Terms<'_>>>()
        };
        let terms: Vec<Vec<Terms<'_>>> = events.iter().map(keyed).collect();
        let empty = || vec![Tally::new(classes.len()); events.len()];
        let take = |mut tallies: Vec<Tally>, chunk: &mut Chunk| {
            for ((event, terms), tally) in events.iter().zip(&terms).zip(&mut tallies) {
                fanout::deliver(chunk, &terms[usize::from(chunk.class)], event, tally);
            }
            tallies
        };
        let tallies = if self.chunks.len() <= CHUNKS_PER_TASK {
            self.chunks.iter_mut().fold(empty(), take)
        } else {
            let add = |ours: Vec<Tally>, theirs: Vec<Tally>| {
                let pairs = ours.into_iter().zip(theirs);
                pairs.map(|(ours, theirs)| ours.merge(theirs)).collect()
            };
            let parts = self.chunks.par_iter_mut().with_min_len(CHUNKS_PER_TASK);
            // Sums, whose order does not matter: the same for any number of threads.
            parts
                .fold(empty, take)
                .reduce_with(add)
                .unwrap_or_else(empty)
        };
        let each = events.iter().zip(tallies);
        each.map(|(event, tally)| self.delivered(event, tally))
            .collect()
    }

    /// The keys of an event's draws.
    fn keys(&self, event: u64) -> Keys {
        let owner = StreamOwner::Provider(self.provider.0.into());
        let purpose = format!("audience of room {}, event {event}", self.room.0);
        let mut stream = self.streams.stream(owner, &purpose);
        Keys {
            delay: stream.next_u64(),
            fault: stream.next_u64(),
        }
    }

    fn delivered(&self, event: &Event<'_>, tally: Tally) -> Delivered {
        let max = SimSpan::from_nanos(tally.max_delay);
        let mut delays = Delays::from_buckets(&tally.counts, max);
        delays.merge(&tally.far);
        let mut cpu = SimSpan::ZERO;
        for (class, by_height) in tally.receivers.iter().enumerate() {
            for (height, count) in by_height.iter().enumerate() {
                cpu += event.cost(class, height) * *count;
            }
        }
        Delivered {
            last: SimTime::from_nanos(tally.last),
            digest: tally.digest,
            traffic: Bulk {
                messages: delays.count(),
                bytes: event.bytes,
                lost_bytes: tally.lost_bytes,
                duplicates: tally.duplicates,
            },
            delays,
            cpu,
            receivers: tally.receivers,
        }
    }

    /// The first chunk that does not end before this leaf.
    fn chunk_for(&self, class: u8, leaf: u32) -> usize {
        self.chunks
            .partition_point(|chunk| chunk.last() < (class, leaf))
    }

    fn find(&self, class: u8, leaf: u32) -> Option<(usize, usize)> {
        let index = self.chunk_for(class, leaf);
        let chunk = self
            .chunks
            .get(index)
            .filter(|chunk| chunk.class == class)?;
        let at = chunk.leaves.binary_search(&leaf).ok()?;
        Some((index, at))
    }
}
