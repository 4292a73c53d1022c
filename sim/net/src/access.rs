//! One direction of a provider's access to the network, which all its connections share.

use crate::losses::serialisation;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use throng_workloads::time::{SimSpan, SimTime};

/// Bits that are none: less than what rounding can make of [`MOST`] of them.
const NOTHING: f64 = 1e-3;

/// Classes count what they have carried anew from so many bits on.
const MOST: f64 = 1e12;

/// A message that an access has carried.
#[derive(Debug)]
pub struct Carried<T> {
    /// What it is; nothing where it is what its connection had to carry again.
    pub what: Option<T>,
    /// The connection that it belongs to.
    pub connection: u64,
    /// Its length.
    pub bytes: u64,
    /// What its connection could carry by itself, in bits a second.
    pub limit: f64,
    /// When it was handed over.
    pub from: SimTime,
    /// When its connection began to carry it: when what was before it on the connection was carried.
    pub began: SimTime,
}

impl<T> Carried<T> {
    /// For how long what other connections carried held it up that is carried by `now`: how much longer it took, from when its turn on its
    /// connection came, than its connection takes by itself.
    pub fn held_up(&self, now: SimTime) -> SimSpan {
        let alone = serialisation(self.bytes, self.limit);
        now.since(self.began).saturating_sub(alone)
    }
}

/// One direction of an access whose bandwidth connections share max-min fair: each gets as much as any other, but none more than it can carry
/// by itself, and what one cannot use is the others' (Bertsekas and Gallager, *Data Networks*, 1992, section 6.5.2; for one resource the
/// water-filling of fair queueing, without packets). It is what long-lived connections of one congestion control and round trip
/// come to; that those with longer round trips get less, is not in it.
///
/// A connection carries one message after another. What is shared anew whenever a message begins or ends is worked out for
/// connections of equal limits together, so that a message costs the logarithm of how many there are, and not their number.
///
/// Everything must be asked in the order of time.
///
/// ```
/// use throng_net::Access;
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// // 8 Mbit/s: a byte a microsecond. Two connections that could have all of it get half of it each.
/// let mut access = Access::new(8e6);
/// let start = SimTime::ZERO;
/// access.put(start, 1, 8e6, 1_000, "short");
/// access.put(start, 2, 8e6, 3_000, "long");
/// let half = start + SimSpan::from_millis(2);
/// assert_eq!(access.next(), Some(half));
/// let mut carried = Vec::new();
/// access.carry(half, |done| { carried.extend(done.what); 0 });
/// // The rest of the long one has all of it.
/// assert_eq!(access.next(), Some(start + SimSpan::from_millis(4)));
/// access.carry(start + SimSpan::from_millis(4), |done| { carried.extend(done.what); 0 });
/// assert_eq!((carried, access.next()), (vec!["short", "long"], None));
/// ```
#[derive(Debug)]
pub struct Access<T> {
    bandwidth: f64,
    /// By what connections can carry, ascending.
    classes: Vec<Class<T>>,
    /// What waits on connections that are carrying something: all those have an entry.
    behind: BTreeMap<u64, VecDeque<Waiting<T>>>,
    /// Until when all was carried that is.
    now: SimTime,
    /// Messages that began, which orders those that end at once.
    begun: u64,
    /// Seconds that all that it carried takes at its whole bandwidth.
    busy: f64,
}

/// Connections that can carry equally much, of those that are carrying something.
#[derive(Debug)]
struct Class<T> {
    /// What each can carry, in bits a second.
    limit: f64,
    /// What each does carry.
    rate: f64,
    /// Bits that each has carried that has been busy since the class was last idle.
    carried: f64,
    /// The next to end on top.
    flows: BinaryHeap<Flow<T>>,
}

/// A message that waits for its connection.
#[derive(Debug)]
struct Waiting<T> {
    what: Option<T>,
    bytes: u64,
    from: SimTime,
}

/// A message that is being carried.
#[derive(Debug)]
struct Flow<T> {
    /// What its class has carried when it is done, in bits.
    ends: f64,
    number: u64,
    carries: Carried<T>,
}

impl<T> Ord for Flow<T> {
    /// The first to end is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        let ends = other.ends.total_cmp(&self.ends);
        ends.then(other.number.cmp(&self.number))
    }
}

impl<T> PartialOrd for Flow<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Flow<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Flow<T> {}

impl<T> Class<T> {
    /// How long it takes until the next of these is done, at this rate.
    fn next(&self) -> Option<SimSpan> {
        let first = self.flows.peek()?;
        let left = (first.ends - self.carried).max(0.0);
        // Upwards, so that it is done then.
        Some(SimSpan::from_nanos((left / self.rate * 1e9).ceil() as u64))
    }

    /// The next of these, where it is done but for what rounding leaves.
    fn pop(&mut self) -> Option<Carried<T>> {
        let first = self.flows.peek()?;
        if first.ends - self.carried > NOTHING.max(self.rate * 1e-9) {
            return None;
        }
        self.flows.pop().map(|flow| flow.carries)
    }

    /// Has time pass.
    fn pass(&mut self, seconds: f64) {
        self.carried += self.rate * seconds;
        if self.carried > MOST {
            let mut flows = std::mem::take(&mut self.flows).into_vec();
            flows.iter_mut().for_each(|flow| flow.ends -= self.carried);
            self.flows = flows.into();
            self.carried = 0.0;
        }
    }
}

impl<T> Access<T> {
    /// An idle one of so many bits a second.
    pub fn new(bandwidth: f64) -> Self {
        Self {
            bandwidth,
            classes: Vec::new(),
            behind: BTreeMap::new(),
            now: SimTime::ZERO,
            begun: 0,
            busy: 0.0,
        }
    }

    /// How long it was busy: how long all that it carried takes at its whole bandwidth.
    pub fn busy(&self) -> SimSpan {
        SimSpan::from_secs_f64(self.busy)
    }

    /// Hands over a message of a connection that can carry so many bits a second by itself: always the same for one connection.
    pub fn put(&mut self, now: SimTime, connection: u64, limit: f64, bytes: u64, what: T) {
        self.pass(now);
        let message = Waiting {
            what: Some(what),
            bytes,
            from: now,
        };
        match self.behind.get_mut(&connection) {
            Some(behind) => behind.push_back(message),
            None => {
                self.behind.insert(connection, VecDeque::new());
                let class = self.class(limit);
                self.begin(connection, class, message);
                self.share();
            }
        }
    }

    /// When the next message is carried, if nothing comes before.
    pub fn next(&self) -> Option<SimTime> {
        let next = self.classes.iter().filter_map(Class::next).min()?;
        Some(self.now + next)
    }

    /// Gives what is carried by now. The answer says how many bytes have to be carried again before what
    /// follows on the connection.
    pub fn carry(&mut self, now: SimTime, mut done: impl FnMut(Carried<T>) -> u64) {
        self.pass(now);
        for class in 0..self.classes.len() {
            while let Some(carried) = self.classes[class].pop() {
                self.follow(class, carried, &mut done);
            }
        }
        self.classes.retain(|class| !class.flows.is_empty());
        self.share();
    }

    /// What follows on a connection.
    fn follow(
        &mut self,
        class: usize,
        carried: Carried<T>,
        done: &mut impl FnMut(Carried<T>) -> u64,
    ) {
        let (connection, now) = (carried.connection, self.now);
        let next = match done(carried) {
            0 => self
                .behind
                .get_mut(&connection)
                .and_then(VecDeque::pop_front),
            bytes => Some(Waiting {
                what: None,
                bytes,
                from: now,
            }),
        };
        match next {
            Some(message) => self.begin(connection, class, message),
            None => {
                self.behind.remove(&connection);
            }
        }
    }

    fn begin(&mut self, connection: u64, class: usize, message: Waiting<T>) {
        let bits = message.bytes as f64 * 8.0;
        self.begun += 1;
        let class = &mut self.classes[class];
        class.flows.push(Flow {
            ends: class.carried + bits,
            number: self.begun,
            carries: Carried {
                what: message.what,
                connection,
                bytes: message.bytes,
                limit: class.limit,
                from: message.from,
                began: self.now,
            },
        });
    }

    /// The place of a class.
    fn class(&mut self, limit: f64) -> usize {
        let found = self
            .classes
            .binary_search_by(|class| class.limit.total_cmp(&limit));
        found.unwrap_or_else(|place| {
            let class = Class {
                limit,
                rate: 0.0,
                carried: 0.0,
                flows: BinaryHeap::new(),
            };
            self.classes.insert(place, class);
            place
        })
    }

    /// Has time pass.
    fn pass(&mut self, now: SimTime) {
        debug_assert!(now >= self.now, "{now} is before {}", self.now);
        let passed = now.since(self.now).as_secs_f64();
        for class in &mut self.classes {
            let rate = class.rate * class.flows.len() as f64;
            self.busy += rate / self.bandwidth * passed;
            class.pass(passed);
        }
        self.now = now;
    }

    /// Shares the bandwidth: who can carry least is asked first, and has an equal part of what is left, or all that it can carry.
    fn share(&mut self) {
        let mut left = self.bandwidth;
        let mut flows: usize = self.classes.iter().map(|class| class.flows.len()).sum();
        for class in &mut self.classes {
            class.rate = class.limit.min(left / flows as f64);
            left -= class.rate * class.flows.len() as f64;
            flows -= class.flows.len();
        }
    }
}
