//! Several events in one body of `/notify` (draft-ietf-mimi-protocol-06, "Fanout Messages and Room Events": "The hub can include multiple
//! concatenated FanoutMessage objects relevant to the same room").
//!
//! Where `policy.notify_batch` is more than one, a follower has one body of a room under way at a time. What comes meanwhile waits, and goes
//! together when that has been taken; what comes while nothing is under way waits for others for as long as `policy.notify_batch_wait` says.
//! Events that are in one body stay in one body until they are taken, whatever ends in between: what is repeated is the same to the byte,
//! and so is known again by whoever knows bodies by their bytes. Only a follower that finds a body too large (413) gets smaller ones.

use super::body::Most;
use super::owed::{Again, Item, Owed, Ticket};
use super::state::Provider;
use crate::refusal::Refusal;
use crate::timers::TimerPurpose;
use crate::vocabulary::counters;
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Outputs, Timer};
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::time::SimSpan;

/// So many receivers are named at most in the header fields of one body, each in twelve bytes: heads have an end as well.
const MOST_RECEIVERS: usize = 8_192;

/// For how long a follower is spared that will not even have one event by itself.
const SPARED: SimSpan = SimSpan::from_secs(60);

impl Owed {
    fn most_to(&self, to: ProviderId) -> Most {
        let known = self.bodies.smaller.get(&to).copied();
        let most = self.bodies.most;
        Most {
            bytes: most.bytes.min(known.unwrap_or(u64::MAX)),
            ..most
        }
    }

    /// The events of a room that a follower has not taken, in their order, as far as one body holds them.
    fn fitting(&self, room: RoomId, to: ProviderId) -> (Vec<u64>, bool) {
        let most = self.most_to(to);
        let (mut numbers, mut bytes, mut named) = (Vec::new(), 0, 0);
        for ((.., number), sent) in self.events.range((room, to, 0)..=(room, to, u64::MAX)) {
            bytes += sent.envelope.packet.len();
            named += sent.envelope.receivers.as_deref().map_or(0, <[_]>::len);
            let fits =
                numbers.len() < most.events && bytes <= most.bytes && named <= MOST_RECEIVERS;
            if !(fits || numbers.is_empty()) {
                return (numbers, true);
            }
            numbers.push(*number);
        }
        let full = numbers.len() >= most.events;
        (numbers, full)
    }

    /// Puts together what goes to a follower next, unless that was done before.
    pub(super) fn put_together(&mut self, room: RoomId, to: ProviderId) {
        let (numbers, _) = self.fitting(room, to);
        let together = self.together.get(&(room, to));
        if together.is_some_and(|known| known.first() == numbers.first()) {
            return;
        }
        if numbers.len() > 1 {
            self.rows.write(0);
            self.together.insert((room, to), numbers);
        }
    }

    /// What goes with an event in one body: the envelope of all.
    pub(super) fn body(&self, first: &Envelope, to: ProviderId) -> Envelope {
        let together = first.room.and_then(|room| self.together.get(&(room, to)));
        let together = together.filter(|numbers| numbers.first() == Some(&first.sequence));
        let (Some(numbers), Some(room)) = (together, first.room) else {
            return first.clone();
        };
        let behind = numbers.iter().skip(1);
        let behind = behind.filter_map(|number| self.events.get(&(room, to, *number)));
        Envelope {
            behind: Some(behind.map(|sent| sent.envelope.clone()).collect()),
            ..first.clone()
        }
    }

    /// A follower has taken the body that begins with this number: which events those were.
    pub(super) fn apart(&mut self, room: RoomId, to: ProviderId, first: u64) -> Vec<u64> {
        let together = self.together.get(&(room, to));
        if together.and_then(|numbers| numbers.first()) != Some(&first) {
            return vec![first];
        }
        self.rows.delete();
        self.together.remove(&(room, to)).unwrap_or_default()
    }

    /// Whether the body under way to a follower is the one from this event to that. Of one that was sent twice, the second answer comes when
    /// less is under way.
    fn is_body(&self, room: RoomId, to: ProviderId, (first, last): (u64, u64)) -> bool {
        let together = self.together.get(&(room, to));
        match together.filter(|numbers| numbers.first() == Some(&first)) {
            Some(numbers) => numbers.last() == Some(&last),
            None => first == last,
        }
    }

    /// A follower will not have so much at once: half of it, where it is more than one event.
    fn halve(&mut self, room: RoomId, to: ProviderId, first: u64) -> Option<Again> {
        let numbers = self.apart(room, to, first);
        if numbers.len() < 2 {
            return None;
        }
        let length = |number: &u64| {
            let sent = self.events.get(&(room, to, *number));
            sent.map_or(0, |sent| sent.envelope.packet.len())
        };
        let refused: u64 = numbers.iter().map(length).sum();
        self.bodies.smaller.insert(to, (refused / 2).max(1));
        self.put_together(room, to);
        self.again(Item::Event((room, to, first)))
    }

    /// A timer for what waits there for others, unless one runs.
    fn awaits_others(&mut self, room: RoomId, to: ProviderId) -> Option<Ticket> {
        if self.bodies.waits.contains_key(&(room, to)) {
            return None;
        }
        self.bodies.last = self.bodies.last.wrapping_add(1);
        let ticket = self.bodies.last;
        self.bodies.waits.insert((room, to), ticket);
        Some(ticket)
    }

    /// It is due: for which follower it was, where nothing has gone since.
    fn has_waited(&mut self, room: RoomId, ticket: Ticket) -> Option<ProviderId> {
        let all = (room, ProviderId(0))..=(room, ProviderId(u16::MAX));
        let mut waits = self.bodies.waits.range(all);
        let ((_, to), _) = waits.find(|(_, known)| **known == ticket)?;
        Some(*to)
    }

    /// Something goes to a follower: nothing waits for others there.
    pub(super) fn waits_no_more(&mut self, room: RoomId, to: ProviderId) {
        self.bodies.waits.remove(&(room, to));
    }
}

impl<E: Engine> Provider<E> {
    /// An event was added to what waits for a follower: it goes if nothing is under way and it need not wait for others.
    pub(super) fn gather(&mut self, room: RoomId, to: ProviderId, out: &mut Outputs) {
        let owed = &mut self.durable.owed;
        if owed.is_under_way(room, to) {
            return;
        }
        let wait = self.policy.notify_batch_wait;
        let (_, full) = owed.fitting(room, to);
        if full || wait == SimSpan::ZERO {
            return self.notify_next(room, to, out);
        }
        if let Some(generation) = owed.awaits_others(room, to) {
            let timer = Timer {
                room,
                purpose: TimerPurpose::Gather.into(),
                generation,
            };
            out.timers.push((wait, timer));
        }
    }

    /// What waited for others has waited long enough.
    pub(super) fn gathered(&mut self, timer: Timer, out: &mut Outputs) {
        if let Some(to) = self.durable.owed.has_waited(timer.room, timer.generation) {
            self.notify_next(timer.room, to, out);
        }
    }

    /// A follower finds a body too large, and has taken nothing of it: it gets a smaller one. One that will not even have a single event is
    /// spared for a while. What it says of a body that is not under way any more is of no account.
    pub(super) fn send_less(
        &mut self,
        (room, by): (RoomId, ProviderId),
        (first, last): (u64, u64),
        out: &mut Outputs,
    ) {
        if !self.durable.owed.is_body(room, by, (first, last)) {
            return;
        }
        match self.durable.owed.halve(room, by, first) {
            Some(again) => {
                out.note(Fact::Counted(vec![(counters::BODIES_TOO_LARGE, 1)]));
                self.send_again(again, out);
            }
            None => {
                out.note(Fact::Rejected {
                    reason: Refusal::BodyTooLarge.reason(),
                });
                self.see_to(Item::Event((room, by, first)), SPARED, out);
            }
        }
    }
}
