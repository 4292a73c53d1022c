//! What waits to be sent to another provider: so much and no more. What finds no room is dropped, and counted: a provider keeps what it
//! owes and sends it again. What is under way already does not go a second time.

use super::under_way::{Asking, UnderWay};
use crate::watch::Meters;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use throng_stack::Envelope;
use tokio::sync::mpsc;

/// The end at which envelopes are put in.
pub(super) struct Way {
    sender: mpsc::Sender<(Envelope, Asking)>,
    under_way: UnderWay,
    waiting: Gauge,
    dropped: Counter,
}

/// The end at which they come out.
pub(super) struct Queue {
    receiver: mpsc::Receiver<(Envelope, Asking)>,
    waiting: Gauge,
}

/// A way to the provider of this domain, on which at most so many wait.
pub(super) fn way(domain: &str, most: usize, meters: &Meters) -> (Way, Queue) {
    let (sender, receiver) = mpsc::channel(most.max(1));
    let waiting = meters.outbound(domain);
    let way = Way {
        sender,
        under_way: UnderWay::default(),
        waiting: waiting.clone(),
        dropped: meters.outbound_dropped(domain),
    };
    (way, Queue { receiver, waiting })
}

impl Way {
    /// Puts one in, where there is room.
    pub(super) fn send(&self, envelope: Envelope) {
        let Some(asking) = self.under_way.begin(&envelope) else {
            return;
        };
        self.waiting.inc();
        if self.sender.try_send((envelope, asking)).is_err() {
            self.waiting.dec();
            self.dropped.inc();
        }
    }
}

impl Queue {
    /// The next, and that it is under way; `None` where nobody puts any in any more.
    pub(super) async fn next(&mut self) -> Option<(Envelope, Asking)> {
        let next = self.receiver.recv().await;
        if next.is_some() {
            self.waiting.dec();
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::{Kind, Packet, Peer};
    use throng_workloads::intent::{ClientId, RoomId};

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let meters = Meters::of("a.example");
        let (way, mut waiting) = way("b.example", 2, &meters);
        let envelope = |sequence| {
            let packet = Packet::of_bytes(Kind::new(0, "test"), Vec::new());
            let envelope = Envelope::new(Peer::Client(ClientId(0)), packet);
            Envelope {
                sequence,
                ..envelope
            }
        };
        for sequence in 0..5 {
            way.send(envelope(sequence));
        }
        assert_eq!((way.waiting.get(), way.dropped.get()), (2, 3));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut next = || {
            let envelope = runtime.block_on(waiting.next());
            envelope.map(|(envelope, _)| envelope.sequence)
        };
        assert_eq!((next(), next()), (Some(0), Some(1)));
        way.send(envelope(5));
        drop(way);
        assert_eq!((next(), next()), (Some(5), None));
        assert_eq!(meters.outbound("b.example").get(), 0);
    }

    /// The same event of a room, while the first waits or is under way; and again when it found no room.
    #[test]
    fn what_is_on_its_way_goes_once_at_a_time() {
        let meters = Meters::of("a.example");
        let (way, mut waiting) = way("b.example", 1, &meters);
        let event = |sequence| {
            let packet = Packet::of_bytes(Kind::new(0, "test"), Vec::new());
            Envelope {
                room: Some(RoomId(3)),
                sequence,
                ..Envelope::new(Peer::Client(ClientId(0)), packet)
            }
        };
        way.send(event(7));
        way.send(event(7));
        assert_eq!((way.waiting.get(), way.dropped.get()), (1, 0));
        way.send(event(8));
        assert_eq!(way.dropped.get(), 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (_, asking) = runtime.block_on(waiting.next()).unwrap();
        way.send(event(7));
        assert_eq!(way.waiting.get(), 0, "it is under way");
        way.send(event(8));
        assert_eq!((way.waiting.get(), way.dropped.get()), (1, 1));
        assert_eq!(runtime.block_on(waiting.next()).unwrap().0.sequence, 8);
        drop(asking);
        way.send(event(7));
        assert_eq!(way.waiting.get(), 1, "it is over");
    }
}
