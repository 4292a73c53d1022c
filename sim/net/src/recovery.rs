//! What is lost is found out, and sent again.
//!
//! Whoever sends learns of a packet a round trip after it left, and what it then knows of later packets tells it of those that are missing:
//!
//! - [`Recovery::Fast`]: a packet is lost when three later ones of the first flight have come (RFC 5681, section 3.2; each hole by itself, as selective
//!   acknowledgements let RFC 6675 do). What is lost again, or has fewer behind it, waits for the timeout.
//! - [`Recovery::Rack`] (RFC 8985): when three later ones have come, or one has and a quarter of a round trip has passed beyond the one that an
//!   acknowledgement takes; of packets sent again too. Where nothing behind a loss has come at all, the last packet is sent
//!   again as a probe two round trips after it left, and what it brings back tells of the others. If that is lost, too, it is the timeout.
//!
//! Nothing waits for longer than the timeout, which begins when the flight has left. Later packets are those of the same message: what follows on the
//! connection is not known yet when a message is sent.

use crate::departures::Departures;
use crate::losses::MAX_ROUNDS;
use throng_workloads::scenario::Recovery;
use throng_workloads::time::{SimSpan, SimTime};

/// What chance decides.
pub(super) trait Luck {
    /// Whether the next packet is lost.
    fn loses(&mut self) -> bool;
    /// How long the next timeout is.
    fn timeout(&mut self) -> SimSpan;
}

/// What it took until nothing was missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repaired {
    /// Packets sent again.
    pub(super) packets: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// When the last packet that was needed has left.
    pub(super) whole: SimTime,
}

/// As many later packets show that one is lost (RFC 5681: DupThresh).
const THRESHOLD: usize = 3;

/// Packets that left one after the other.
struct Flight {
    /// Each packet, when it left, and whether it was lost.
    packets: Vec<(u64, SimTime, bool)>,
    /// Missing packets that left before all of these.
    earlier: Vec<u64>,
}

/// What is to be sent again: which packets, and from when on.
type Again = Vec<(u64, SimTime)>;

/// Sends a message, and again what is lost of it, until it is there.
pub(super) fn repair(
    recovery: Recovery,
    all: &Departures,
    round_trip: SimSpan,
    luck: &mut impl Luck,
) -> Repaired {
    let mut repaired = Repaired {
        packets: 0,
        bytes: 0,
        whole: all.end(),
    };
    let lost: Vec<u64> = (0..all.count()).filter(|_| luck.loses()).collect();
    if lost.is_empty() {
        return repaired;
    }
    let mut flight = Flight::first(all, &lost);
    for round in 1..=MAX_ROUNDS {
        if flight.is_there() {
            break;
        }
        let timeout = repaired.whole + luck.timeout();
        let (mut again, waits) = match (recovery, round) {
            (Recovery::Timeout, _) => (Again::new(), flight.missing()),
            (Recovery::Fast, 1) => flight.shown(|later| later.third.map(|at| at + round_trip)),
            (Recovery::Fast, _) => (Again::new(), flight.missing()),
            (Recovery::Rack, _) => flight.shown(|later| later.by_rack(round_trip)),
        };
        again
            .iter_mut()
            .for_each(|(_, at)| *at = (*at).min(timeout));
        again.sort_by_key(|(packet, at)| (*at, *packet));
        let mut earlier = Vec::new();
        match (recovery, again.is_empty()) {
            _ if round == MAX_ROUNDS => again.extend(waits.into_iter().map(|one| (one, timeout))),
            (Recovery::Rack, false) => earlier = waits,
            (Recovery::Rack, true) if round == 1 => {
                let probe = (repaired.whole + round_trip * 2).min(timeout);
                earlier = waits;
                again.extend(earlier.pop().map(|last| (last, probe)));
            }
            _ => again.extend(waits.into_iter().map(|one| (one, timeout))),
        }
        let mut packets = Vec::with_capacity(again.len());
        for (packet, at) in again {
            let bytes = all.length(packet);
            repaired.packets += 1;
            repaired.bytes += bytes;
            repaired.whole = repaired.whole.max(at) + all.takes(bytes);
            let lost = round < MAX_ROUNDS && luck.loses();
            packets.push((packet, repaired.whole, lost));
        }
        flight = Flight { packets, earlier };
    }
    repaired
}

/// When the packets left that came behind one that did not.
#[derive(Default)]
struct Later {
    /// The missing one itself; where it was sent long before the others, nothing.
    left: Option<SimTime>,
    first: Option<SimTime>,
    third: Option<SimTime>,
}

impl Later {
    fn by_rack(&self, round_trip: SimSpan) -> Option<SimTime> {
        let first = self.first? + round_trip;
        let window = SimSpan::from_nanos(round_trip.as_nanos() / 4);
        let late = self
            .left
            .map_or(first, |left| first.max(left + round_trip + window));
        Some(
            self.third
                .map_or(late, |third| late.min(third + round_trip)),
        )
    }
}

impl Flight {
    /// The whole message, from the first packet that is lost on.
    fn first(all: &Departures, lost: &[u64]) -> Self {
        let from = lost.first().copied().unwrap_or(0);
        let packet = |packet| {
            (
                packet,
                all.left(packet),
                lost.binary_search(&packet).is_ok(),
            )
        };
        Self {
            packets: (from..all.count()).map(packet).collect(),
            earlier: Vec::new(),
        }
    }

    fn is_there(&self) -> bool {
        self.earlier.is_empty() && self.packets.iter().all(|(_, _, lost)| !lost)
    }

    /// All that is missing, in the order of packets.
    fn missing(&self) -> Vec<u64> {
        let lost = self.packets.iter().filter(|(_, _, lost)| *lost);
        let mut missing: Vec<u64> = lost.map(|(packet, _, _)| *packet).collect();
        missing.extend(&self.earlier);
        missing.sort_unstable();
        missing
    }

    /// Of what is missing, what later packets show to be lost, and when; and the rest, in the order of packets.
    fn shown(&self, when: impl Fn(&Later) -> Option<SimTime>) -> (Again, Vec<u64>) {
        let (mut again, mut waits) = (Again::new(), Vec::new());
        let mut put = |packet, later: &Later| match when(later) {
            Some(at) => again.push((packet, at)),
            None => waits.push(packet),
        };
        // Those that came, the next of them last.
        let mut came: Vec<SimTime> = Vec::new();
        let later = |left, came: &[SimTime]| Later {
            left,
            first: came.last().copied(),
            third: came.len().checked_sub(THRESHOLD).map(|at| came[at]),
        };
        for (packet, left, lost) in self.packets.iter().rev() {
            match lost {
                true => put(*packet, &later(Some(*left), &came)),
                false => came.push(*left),
            }
        }
        let behind = later(None, &came);
        self.earlier.iter().for_each(|packet| put(*packet, &behind));
        waits.sort_unstable();
        (again, waits)
    }
}
