//! One direction of one link.

use crate::access::Carried;
use crate::bursts::Chain;
use crate::departures::{Departures, Window};
use crate::losses::{Fate, Losses, serialisation};
use crate::recovery::{self, Luck};
use std::sync::Arc;
use throng_workloads::ahead::Ahead;
use throng_workloads::dist::unit;
use throng_workloads::scenario::{LinkSpec, Recovery};
use throng_workloads::stream::Stream;
use throng_workloads::time::{SimSpan, SimTime};

/// Which way, and so which of a [`LinkSpec`]'s bandwidths. Between providers the two ways are alike and
/// [`Direction::Up`] serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the provider, or between providers.
    Up,
    /// From the provider to the client.
    Down,
}

impl Direction {
    /// The bandwidth this way, in bits a second.
    pub fn bandwidth(self, spec: &LinkSpec) -> f64 {
        match self {
            Self::Up => spec.up,
            Self::Down => spec.down,
        }
    }
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmission {
    /// When the whole message is there, or where it [enters an access](Link::into_access), its beginning. Never earlier than the moment of
    /// sending plus the floor.
    pub arrival: SimTime,
    /// When a second copy of it is there, not before the first.
    pub duplicate: Option<SimTime>,
    /// How long it waited for the transmitter.
    pub queued: SimSpan,
    /// Bytes that left the sender, those sent again included.
    pub sent_bytes: u64,
    /// Bytes that left the sender in vain. What arrives is the rest: the message, once.
    pub lost_bytes: u64,
    /// Bytes of the second copy.
    pub duplicated_bytes: u64,
    /// Packets sent again.
    pub retransmissions: u64,
}

impl Transmission {
    /// Takes the share of a part of the message, of so many bytes: what was sent in vain stays with the rest.
    #[must_use]
    pub fn part(&mut self, bytes: u64) -> Self {
        let duplicated_bytes = self.duplicate.map_or(0, |_| bytes);
        self.sent_bytes = self.sent_bytes.saturating_sub(bytes);
        self.duplicated_bytes = self.duplicated_bytes.saturating_sub(duplicated_bytes);
        Self {
            sent_bytes: bytes,
            lost_bytes: 0,
            duplicated_bytes,
            retransmissions: 0,
            ..*self
        }
    }

    /// Every arrival, in order.
    pub fn arrivals(&self) -> impl Iterator<Item = SimTime> + use<> {
        std::iter::once(self.arrival).chain(self.duplicate)
    }
}

/// One direction of one link. It belongs to the sender, who alone draws from its streams and moves its
/// clock: sends must come in the order of their times.
///
/// Draws are of two kinds. Latency and jitter are drawn anew for every message, from the stream given;
/// losses, duplicates and overtaking from a second one far along the same sequence. So the delays of two
/// runs that differ in their losses, or in the lengths of their messages, are the same.
///
/// ```
/// use std::sync::Arc;
/// use throng_net::{Direction, Link};
/// use throng_workloads::dist::Dist;
/// use throng_workloads::scenario::{LinkSpec, Recovery};
/// use throng_workloads::stream::{StreamOwner, Streams};
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// let spec = Arc::new(LinkSpec {
///     floor: SimSpan::from_millis(5),
///     latency: Dist::Constant(0.020),
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
/// });
/// let stream = Streams::new(1, 0).stream(StreamOwner::Link(0, 1), "link");
/// let mut link = Link::new(spec, Direction::Down, stream);
///
/// // 1000 bytes take 1 ms at 8 Mbit/s, then 20 ms on the way; the second waits for the first.
/// let first = link.send(SimTime::ZERO, 1000);
/// let second = link.send(SimTime::ZERO, 1000);
/// assert_eq!(first.arrival, SimTime::ZERO + SimSpan::from_millis(21));
/// assert_eq!(second.queued, SimSpan::from_millis(1));
/// assert_eq!(second.arrival, SimTime::ZERO + SimSpan::from_millis(22));
/// ```
#[derive(Debug, Clone)]
pub struct Link {
    spec: Arc<LinkSpec>,
    bandwidth: f64,
    delays: Stream,
    /// Only where something can go wrong or begins slowly: there are as many links as clients.
    mishaps: Option<Box<Mishaps>>,
    free_at: SimTime,
    last_send: SimTime,
    /// When the last of all arrives, or of what is on no stream, where there are streams.
    last_arrival: SimTime,
    /// When the last of each stream does.
    streams: Option<Box<Ahead>>,
    enters: bool,
}

impl Link {
    /// A link that has carried nothing yet. `spec` is shared by all links of its class.
    pub fn new(spec: Arc<LinkSpec>, direction: Direction, stream: Stream) -> Self {
        let faulty = spec.loss > 0.0 || spec.duplicate > 0.0 || spec.reorder > 0.0;
        let mishaps = (faulty || !spec.is_plain()).then(|| {
            let mut far = stream.clone();
            far.jump();
            Box::new(Mishaps::new(&spec, far))
        });
        Self {
            bandwidth: direction.bandwidth(&spec),
            spec,
            delays: stream,
            mishaps,
            free_at: SimTime::ZERO,
            last_send: SimTime::ZERO,
            last_arrival: SimTime::ZERO,
            streams: None,
            enters: false,
        }
    }

    /// One on which only what is on the same stream arrives in order ([`Self::send_on`]), and what is on none: whatever is sent again
    /// holds up no other.
    #[must_use]
    pub fn with_streams(mut self) -> Self {
        self.streams = Some(Box::default());
        self
    }

    /// One that leads into an access that is shared: what comes over it is there when that has carried it, for which the link's own bandwidth is
    /// the limit.
    #[must_use]
    pub fn into_access(mut self) -> Self {
        self.enters = true;
        self
    }

    /// With what limit messages enter a shared access at its other end, in bits a second, where there is one.
    pub fn enters(&self) -> Option<f64> {
        self.enters.then_some(self.bandwidth)
    }

    /// What it can carry, in bits a second.
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// What holds for this link.
    pub fn spec(&self) -> &LinkSpec {
        &self.spec
    }

    /// When the transmitter will have sent all that it was given.
    pub fn free_at(&self) -> SimTime {
        self.free_at
    }

    /// Sends a message of `bytes` bytes at `now`, which is not before any earlier send.
    ///
    /// A message without bytes is one packet that takes no time to send.
    pub fn send(&mut self, now: SimTime, bytes: u64) -> Transmission {
        self.send_on(now, bytes, None)
    }

    /// The same on one of the streams of a link that [has](Self::with_streams) some; on any other link it makes no difference.
    pub fn send_on(&mut self, now: SimTime, bytes: u64, stream: Option<u32>) -> Transmission {
        let start = self.ready_at(now);
        let (transmission, again) = self.leave((now, start), bytes, self.bandwidth, stream);
        // Sending again takes the transmitter's time too. It is charged right behind the message, not
        // when the timeout ends: the sum is right, and nothing has to happen in between.
        self.free_at += again;
        Transmission {
            queued: start - now,
            ..transmission
        }
    }

    /// Sends on what a shared access has carried by `now`, as fast as it did. What is lost has to be carried again.
    pub fn pass_on<T>(
        &mut self,
        now: SimTime,
        carried: &Carried<T>,
        stream: Option<u32>,
    ) -> Transmission {
        let took = now.since(carried.began).as_secs_f64();
        let bandwidth = match took > 0.0 {
            true => (carried.bytes as f64 * 8.0 / took).min(self.bandwidth),
            false => self.bandwidth,
        };
        let start = self.ready_at(carried.began);
        let (transmission, _) = self.leave((now, start), carried.bytes, bandwidth, stream);
        Transmission {
            queued: (carried.began - carried.from) + carried.held_up(now),
            ..transmission
        }
    }

    /// What becomes of a message that leaves from `start` on at this bandwidth, and how long it takes to send again what is lost of it.
    fn leave(
        &mut self,
        (now, start): (SimTime, SimTime),
        bytes: u64,
        bandwidth: f64,
        stream: Option<u32>,
    ) -> (Transmission, SimSpan) {
        debug_assert!(now >= self.last_send, "{now} is before {}", self.last_send);
        self.last_send = now;
        let latency = seconds(self.spec.latency.sample(&mut self.delays)).max(self.spec.floor);
        let delay = latency + seconds(self.spec.jitter.sample(&mut self.delays));

        let left = if self.spec.is_plain() {
            let end = start + serialisation(bytes, bandwidth);
            Left::behind(end, self.lose(bytes), bandwidth)
        } else {
            self.leave_by_packets(start, bytes, bandwidth, latency * 2)
        };
        self.free_at = left.end;
        let losses = left.losses;

        let mut arrival = left.whole + delay;
        if self.enters {
            let alone = serialisation(bytes, self.bandwidth);
            let begins = arrival.as_nanos().saturating_sub(alone.as_nanos());
            // What a shared access has carried is heard of when it has: no earlier.
            arrival = SimTime::from_nanos(begins).max(now + self.spec.floor);
        }
        let overtakes = self.happens(self.spec.reorder);
        let stream = self.streams.as_mut().zip(stream);
        let last = match &stream {
            Some((streams, stream)) => streams.get(*stream).unwrap_or_default(),
            None => self.last_arrival,
        };
        if !overtakes {
            arrival = arrival.max(last);
        }
        let last = arrival.max(last);
        match stream {
            Some((streams, stream)) => streams.put(stream, last, now),
            None => self.last_arrival = last,
        }
        let duplicate = self.duplicate_of(arrival);
        debug_assert!(arrival >= now + self.spec.floor || arrival == SimTime::MAX);
        let transmission = Transmission {
            arrival,
            duplicate,
            queued: SimSpan::ZERO,
            sent_bytes: bytes + losses.bytes,
            lost_bytes: losses.bytes,
            duplicated_bytes: if duplicate.is_some() { bytes } else { 0 },
            retransmissions: losses.packets,
        };
        (transmission, serialisation(losses.bytes, bandwidth))
    }

    /// Begin slowly again: the connection is a new one.
    pub fn fresh(&mut self) {
        if let (Some(mishaps), Some(slow_start)) = (&mut self.mishaps, self.spec.slow_start) {
            mishaps.window = Some(Box::new(Window::new(slow_start)));
        }
    }

    /// The same where it matters when each packet leaves.
    #[cold]
    fn leave_by_packets(
        &mut self,
        start: SimTime,
        bytes: u64,
        bandwidth: f64,
        round_trip: SimSpan,
    ) -> Left {
        let mut all = Departures::at_once(start, bytes, self.spec.packet, bandwidth);
        let mishaps = self.mishaps.as_deref_mut();
        let Some(mishaps) = mishaps else {
            return Left::behind(all.end(), Losses::default(), bandwidth);
        };
        if let Some(window) = &mut mishaps.window {
            all = window.hold(all, round_trip);
        }
        if self.spec.recovery == Recovery::Timeout || !mishaps.lossy(&self.spec) {
            return Left::behind(all.end(), self.lose(bytes), bandwidth);
        }
        let mut drawn = Drawn {
            spec: &self.spec,
            fate: Fate::new(self.spec.loss, mishaps.bursts.as_deref_mut()),
            stream: &mut mishaps.stream,
        };
        let repaired = recovery::repair(self.spec.recovery, &all, round_trip, &mut drawn);
        Left {
            end: all.end(),
            whole: repaired.whole,
            losses: Losses {
                packets: repaired.packets,
                bytes: repaired.bytes,
                timeouts: SimSpan::ZERO,
            },
        }
    }

    /// When a message handed over at `now` begins to leave. Outages will come in here: a link that is
    /// down is not ready before it is up again.
    fn ready_at(&self, now: SimTime) -> SimTime {
        now.max(self.free_at)
    }

    /// A second copy comes from a sender that believed the first one lost: it follows by one
    /// retransmission timeout. It takes no time at the transmitter and holds back nothing.
    fn duplicate_of(&mut self, arrival: SimTime) -> Option<SimTime> {
        if !self.happens(self.spec.duplicate) {
            return None;
        }
        let stream = &mut self.mishaps.as_mut()?.stream;
        Some(arrival + seconds(self.spec.retransmit.sample(stream)))
    }

    /// Draws only where the answer is open, so that a class of link without a kind of mishap pays
    /// nothing for it.
    fn happens(&mut self, probability: f64) -> bool {
        match &mut self.mishaps {
            Some(mishaps) if probability > 0.0 => unit(&mut mishaps.stream) < probability,
            _ => false,
        }
    }

    fn lose(&mut self, bytes: u64) -> Losses {
        match &mut self.mishaps {
            Some(mishaps) if mishaps.lossy(&self.spec) => {
                let mut fate = Fate::new(self.spec.loss, mishaps.bursts.as_deref_mut());
                Losses::draw(&self.spec, bytes, &mut fate, &mut mishaps.stream)
            }
            _ => Losses::default(),
        }
    }
}

/// When a message has left.
struct Left {
    /// All of it, once.
    end: SimTime,
    /// The last that was needed of it.
    whole: SimTime,
    losses: Losses,
}

impl Left {
    /// What is lost leaves again after its timeouts, as fast as the rest did.
    fn behind(end: SimTime, losses: Losses, bandwidth: f64) -> Self {
        let again = serialisation(losses.bytes, bandwidth);
        Self {
            end,
            whole: end + again + losses.timeouts,
            losses,
        }
    }
}

/// What a link has on which something can go wrong, or which begins slowly.
#[derive(Debug, Clone)]
struct Mishaps {
    stream: Stream,
    bursts: Option<Box<Chain>>,
    window: Option<Box<Window>>,
}

impl Mishaps {
    fn new(spec: &LinkSpec, mut stream: Stream) -> Self {
        let bursts = spec.bursts;
        Self {
            bursts: bursts.map(|bursts| Box::new(Chain::new(bursts, spec.loss, &mut stream))),
            window: spec
                .slow_start
                .map(|slow_start| Box::new(Window::new(slow_start))),
            stream,
        }
    }

    fn lossy(&self, spec: &LinkSpec) -> bool {
        spec.loss > 0.0 || self.bursts.is_some()
    }
}

/// Luck as it is drawn.
struct Drawn<'a> {
    spec: &'a LinkSpec,
    fate: Fate<'a>,
    stream: &'a mut Stream,
}

impl Luck for Drawn<'_> {
    fn loses(&mut self) -> bool {
        self.fate.loses(self.stream)
    }

    fn timeout(&mut self) -> SimSpan {
        seconds(self.spec.retransmit.sample(self.stream))
    }
}

fn seconds(seconds: f64) -> SimSpan {
    SimSpan::from_secs_f64(seconds)
}
