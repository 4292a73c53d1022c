//! When each packet of a message leaves.

use crate::losses::serialisation;
use throng_workloads::scenario::SlowStart;
use throng_workloads::time::{SimSpan, SimTime};

/// When the packets of a message leave: one behind the other, in one stretch or in several with pauses between them.
#[derive(Debug, Clone)]
pub(super) struct Departures {
    bytes: u64,
    /// The length of all packets but the last, which has what is left.
    packet: u64,
    bandwidth: f64,
    start: SimTime,
    /// Later stretches: the number of their first packet, and when it begins to leave.
    later: Vec<(u64, SimTime)>,
}

impl Departures {
    /// All in one stretch.
    pub(super) fn at_once(start: SimTime, bytes: u64, packet: u32, bandwidth: f64) -> Self {
        Self {
            bytes,
            packet: u64::from(packet.max(1)),
            bandwidth,
            start,
            later: Vec::new(),
        }
    }

    /// How many packets there are: one at least.
    pub(super) fn count(&self) -> u64 {
        self.bytes.saturating_sub(1) / self.packet + 1
    }

    /// The length of a packet.
    pub(super) fn length(&self, packet: u64) -> u64 {
        let before = packet.saturating_mul(self.packet).min(self.bytes);
        (self.bytes - before).min(self.packet)
    }

    /// How long so many bytes hold the transmitter.
    pub(super) fn takes(&self, bytes: u64) -> SimSpan {
        serialisation(bytes, self.bandwidth)
    }

    /// When a packet has left.
    pub(super) fn left(&self, packet: u64) -> SimTime {
        let stretch = self.later.partition_point(|(first, _)| *first <= packet);
        let (first, at) = match stretch.checked_sub(1) {
            Some(stretch) => self.later[stretch],
            None => (0, self.start),
        };
        let until = ((packet + 1) * self.packet).min(self.bytes);
        at + self.takes(until - (first * self.packet).min(until))
    }

    /// When all have.
    pub(super) fn end(&self) -> SimTime {
        self.left(self.count() - 1)
    }
}

/// The window of a connection: how many packets may leave in a round trip.
///
/// A round begins with a packet that nothing holds back, and ends when that packet's acknowledgement is back. The window then
/// grows by what left in the round, if that was more than half of it (who does not use a window learns nothing of the path: RFC 7661). It does
/// not shrink by losses.
#[derive(Debug, Clone)]
pub(super) struct Window {
    spec: SlowStart,
    size: u64,
    /// Packets that left in this round.
    used: u64,
    round_ends: SimTime,
    /// When something last left.
    last: SimTime,
}

impl Window {
    /// That of a fresh connection.
    pub(super) fn new(spec: SlowStart) -> Self {
        Self {
            spec,
            size: u64::from(spec.initial),
            used: 0,
            round_ends: SimTime::ZERO,
            last: SimTime::ZERO,
        }
    }

    /// Has a message leave that could begin at `all.start`, over a path with that round trip.
    pub(super) fn hold(&mut self, mut all: Departures, round_trip: SimSpan) -> Departures {
        let packet = all.takes(all.packet);
        let round = packet + round_trip;
        let mut at = all.start;
        if self.spec.idle.is_some_and(|idle| at > self.last + idle) {
            self.size = self.size.min(u64::from(self.spec.initial));
            self.used = 0;
        }
        let (count, mut next) = (all.count(), 0);
        loop {
            if at >= self.round_ends {
                self.next_round(at + round);
            }
            let room = self.size - self.used;
            if room == 0 {
                at = self.round_ends;
                continue;
            }
            if at > all.left_before(next) {
                all.pause(next, at);
            }
            // From here on acknowledgements come back before the window is used up.
            let endless = packet * self.size >= round;
            let take = match endless {
                true => count - next,
                false => room.min(count - next),
            };
            self.used = (self.used + take).min(self.size);
            next += take;
            at = all.left(next - 1);
            if next == count {
                break;
            }
        }
        self.last = at;
        all
    }

    fn next_round(&mut self, ends: SimTime) {
        if 2 * self.used > self.size {
            self.size = (self.size + self.used).min(u64::from(self.spec.most));
        }
        self.used = 0;
        self.round_ends = ends;
    }
}

impl Departures {
    /// When the packet before this one has left.
    fn left_before(&self, packet: u64) -> SimTime {
        packet
            .checked_sub(1)
            .map_or(self.start, |before| self.left(before))
    }

    /// Has what is from this packet on leave from that moment on.
    fn pause(&mut self, first: u64, at: SimTime) {
        match first {
            0 => self.start = at,
            _ => self.later.push((first, at)),
        }
    }
}
