//! Setting up a client's connections in virtual time.
//!
//! What the stack says goes to and fro ([`Opening`]) goes over links of the client's class, one flight after the other, and what is to
//! be sent waits for the last of them. These links have draws of their own, so that a connection more or less moves nobody else's. The
//! provider's part is its work, which is charged with the first request: it answers flights at once.

use throng_net::{Bulk, Link};
use throng_record::handled::Opened;
use throng_stack::packet::Opening;
use throng_workloads::time::SimTime;

/// Over which a client sets up connections.
pub struct Line {
    /// There and back.
    ways: [Link; 2],
    /// Nothing leaves before.
    ready: SimTime,
}

impl Line {
    /// One over these links, there and back, that nothing has been set up over.
    pub fn new(there: Link, back: Link) -> Self {
        Self {
            ways: [there, back],
            ready: SimTime::ZERO,
        }
    }

    /// When something can leave that is there `at` that moment, and the connection that was set up for it, where it opens one.
    pub(super) fn ready(
        &mut self,
        at: SimTime,
        opening: Option<&'static Opening>,
    ) -> (SimTime, Option<Opened>) {
        let mut at = at.max(self.ready);
        let Some(opening) = opening else {
            return (at, None);
        };
        let mut lost = [0; 2];
        for (turn, bytes) in opening.flights.iter().enumerate() {
            let sent = self.ways[turn % 2].send(at, u64::from(*bytes));
            lost[turn % 2] += sent.lost_bytes;
            at = sent.arrival;
        }
        self.ready = at;
        let all = |bytes, lost_bytes| Bulk {
            messages: 1,
            bytes,
            lost_bytes,
            duplicates: 0,
        };
        let opened = Opened {
            there: all(opening.there(), lost[0]),
            back: all(opening.back(), lost[1]),
        };
        (at, Some(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use throng_net::Direction;
    use throng_workloads::dist::Dist;
    use throng_workloads::scenario::{LinkSpec, Recovery};
    use throng_workloads::stream::{StreamOwner, Streams};
    use throng_workloads::time::SimSpan;

    static OPENING: Opening = Opening {
        resumed: false,
        flights: &[0, 0, 1_000, 2_000],
        besides_there: 30,
        besides_back: 40,
    };

    #[test]
    fn what_opens_a_connection_waits_for_its_round_trips_and_what_follows_waits_too() {
        let spec = Arc::new(LinkSpec {
            floor: SimSpan::from_millis(10),
            latency: Dist::Constant(0.010),
            jitter: Dist::Constant(0.0),
            up: 1e6,
            down: 8e6,
            loss: 0.0,
            retransmit: Dist::Constant(0.2),
            duplicate: 0.0,
            reorder: 0.0,
            packet: 1400,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        });
        let link = |direction| {
            let stream = Streams::new(1, 0).stream(StreamOwner::Link(0, 1), "connection");
            Link::new(Arc::clone(&spec), direction, stream)
        };
        let mut line = Line::new(link(Direction::Up), link(Direction::Down));
        let at = |millis| SimTime::ZERO + SimSpan::from_millis(millis);
        assert_eq!(line.ready(at(3), None), (at(3), None));
        // Two round trips of 20 ms, 8 ms for 1000 bytes at 1 Mbit/s and 2 ms for 2000 at eight times that.
        let (ready, opened) = line.ready(at(5), Some(&OPENING));
        assert_eq!(ready, at(5 + 40 + 8 + 2));
        let opened = opened.expect("a connection");
        assert_eq!((opened.there.bytes, opened.back.bytes), (1_030, 2_040));
        assert_eq!(line.ready(at(6), None).0, ready);
        assert_eq!(line.ready(at(60), None).0, at(60));
    }
}
