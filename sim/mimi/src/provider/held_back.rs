//! What a provider owes and does not send yet, in the order in which it is to be sent.

use crate::hub::Member;
use std::collections::BTreeMap;
use throng_stack::{Envelope, Peer};
use throng_workloads::intent::RoomId;

/// Where what is sent has its place: in the one queue of a client, or in that of a room to a follower.
type Queue = (Peer, Option<RoomId>);

/// What is held back, and who was told first.
#[derive(Debug, Default)]
pub(super) struct HeldBack {
    /// In the order of their numbers.
    queues: BTreeMap<Queue, Vec<Held>>,
    /// By room: of which epoch, and who.
    first: BTreeMap<RoomId, (u64, Member)>,
    /// Names the next timer.
    next: u32,
}

/// One envelope.
#[derive(Debug)]
struct Held {
    /// The room whose timer lets it go.
    room: RoomId,
    /// Which.
    timer: u32,
    envelope: Envelope,
}

fn queue(to: Peer, room: Option<RoomId>) -> Queue {
    match to {
        Peer::Client(_) => (to, None),
        Peer::Provider(_) => (to, room),
    }
}

impl HeldBack {
    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// Who was told first of what is proposed in an epoch of a room.
    pub(super) fn first(&self, room: RoomId, epoch: u64) -> Option<Member> {
        let first = self.first.get(&room);
        first
            .filter(|(of, _)| *of == epoch)
            .map(|(_, first)| *first)
    }

    /// This one is.
    pub(super) fn tells_first(&mut self, room: RoomId, epoch: u64, first: Member) {
        self.first.insert(room, (epoch, first));
    }

    /// The name of a timer that is to let something go.
    pub(super) fn timer(&mut self) -> u32 {
        let timer = self.next;
        self.next = timer.wrapping_add(1);
        timer
    }

    /// Holds back until this timer of a room.
    pub(super) fn hold(&mut self, (room, timer): (RoomId, u32), to: Peer, envelope: Envelope) {
        let queue = self.queues.entry(queue(to, envelope.room));
        queue.or_default().push(Held {
            room,
            timer,
            envelope,
        });
    }

    /// What has to go before an envelope: what was held back before it. One that goes by itself is held back no more.
    pub(super) fn before(&mut self, to: Peer, envelope: &Envelope) -> Vec<Envelope> {
        let queue = queue(to, envelope.room);
        let Some(held) = self.queues.get_mut(&queue) else {
            return Vec::new();
        };
        // An answer has the number of the event that comes next, and no event.
        let same =
            |held: &Envelope| (held.sequence, held.event) == (envelope.sequence, envelope.event);
        held.retain(|held| !same(&held.envelope));
        let go = held.partition_point(|held| held.envelope.sequence < envelope.sequence);
        let go = held.drain(..go).map(|held| held.envelope).collect();
        if held.is_empty() {
            self.queues.remove(&queue);
        }
        go
    }

    /// What a timer lets go.
    pub(super) fn due(&mut self, room: RoomId, timer: u32) -> Vec<(Peer, Envelope)> {
        let mut due = Vec::new();
        self.queues.retain(|(to, _), held| {
            // Nothing overtakes what is before it, whichever room that is of.
            let last = held
                .iter()
                .rposition(|h| h.room == room && h.timer == timer);
            let go = held.drain(..last.map_or(0, |last| last + 1));
            due.extend(go.map(|held| (*to, held.envelope)));
            !held.is_empty()
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::FrameKind;
    use throng_stack::Packet;
    use throng_workloads::intent::{ClientId, ProviderId};

    const ALICE: Peer = Peer::Client(ClientId(1));
    const FOLLOWER: Peer = Peer::Provider(ProviderId(2));

    fn envelope(room: u32, sequence: u64) -> Envelope {
        Envelope {
            room: Some(RoomId(room)),
            sequence,
            event: Some(100 + sequence),
            ..Envelope::new(
                Peer::Provider(ProviderId(0)),
                Packet::of_bytes(FrameKind::NotifyProposal.into(), []),
            )
        }
    }

    fn hold(held_back: &mut HeldBack, to: Peer, room: u32, sequence: u64, timer: u32) {
        held_back.hold((RoomId(room), timer), to, envelope(room, sequence));
    }

    fn numbers(gone: &[Envelope]) -> Vec<u64> {
        gone.iter().map(|envelope| envelope.sequence).collect()
    }

    #[test]
    fn what_comes_later_in_a_clients_queue_takes_along_all_before_it_whichever_room_it_is_of() {
        let mut held_back = HeldBack::default();
        for (room, sequence) in [(0, 4), (1, 5), (0, 7)] {
            hold(&mut held_back, ALICE, room, sequence, 9);
        }
        // Another queue.
        assert_eq!(
            numbers(&held_back.before(FOLLOWER, &envelope(0, 8))),
            [0u64; 0]
        );
        assert_eq!(numbers(&held_back.before(ALICE, &envelope(3, 6))), [4, 5]);
        assert_eq!(numbers(&held_back.before(ALICE, &envelope(3, 8))), [7]);
        assert!(held_back.queues.is_empty());
    }

    #[test]
    fn rooms_have_queues_of_their_own_to_a_follower_and_an_answer_overtakes_nothing() {
        let mut held_back = HeldBack::default();
        hold(&mut held_back, FOLLOWER, 0, 3, 9);
        hold(&mut held_back, FOLLOWER, 1, 1, 9);
        // An answer says how many events are before it.
        let answer = Envelope {
            event: None,
            ..envelope(0, 3)
        };
        assert_eq!(numbers(&held_back.before(FOLLOWER, &answer)), [0u64; 0]);
        assert_eq!(numbers(&held_back.before(FOLLOWER, &envelope(0, 4))), [3]);
        assert_eq!(held_back.queues.len(), 1);
    }

    #[test]
    fn what_goes_by_itself_is_held_no_more() {
        let mut held_back = HeldBack::default();
        hold(&mut held_back, ALICE, 0, 4, 9);
        hold(&mut held_back, ALICE, 0, 5, 9);
        assert_eq!(
            numbers(&held_back.before(ALICE, &envelope(0, 4))),
            [0u64; 0]
        );
        assert_eq!(
            numbers(&held_back.before(ALICE, &envelope(0, 5))),
            [0u64; 0]
        );
        assert!(held_back.queues.is_empty());
    }

    #[test]
    fn a_timer_lets_go_what_it_is_for_and_what_is_before_it() {
        let mut held_back = HeldBack::default();
        hold(&mut held_back, ALICE, 0, 4, 1);
        hold(&mut held_back, ALICE, 1, 5, 2);
        hold(&mut held_back, ALICE, 0, 6, 3);
        hold(&mut held_back, FOLLOWER, 0, 1, 3);
        let due: Vec<(Peer, u64)> = held_back
            .due(RoomId(1), 2)
            .into_iter()
            .map(|(to, envelope)| (to, envelope.sequence))
            .collect();
        assert_eq!(due, [(ALICE, 4), (ALICE, 5)]);
        assert_eq!(held_back.due(RoomId(1), 3).len(), 0);
        assert_eq!(held_back.due(RoomId(0), 3).len(), 2);
        assert!(held_back.queues.is_empty());
    }
}
