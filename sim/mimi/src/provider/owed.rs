//! What a provider owes others, and what others owe it: requests that it passed on and that nobody has answered, and
//! events that their receivers have not taken.
//!
//! Whatever is here is sent again when its time is over, for as long as it takes. A hub numbers what it has for a follower in
//! a room, events and answers alike, and the follower takes it in that order: an event that overtakes the answer before
//! it waits for it, and a lost answer is missed, so that the request is repeated and the same answer comes
//! with the same number.

use std::collections::BTreeMap;
use throng_stack::{Envelope, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// Sent, and not yet answered.
#[derive(Debug, Clone)]
struct Sent {
    to: ProviderId,
    envelope: Envelope,
    /// When it is sent again; `None` is never.
    due: Option<SimTime>,
    attempts: u32,
}

/// An event's place among what its receiver gets in the room.
type Place = (RoomId, ProviderId, u64);

/// Requests and events under way. Durable: whoever asked waits for an answer, and an event that was accepted must arrive.
#[derive(Debug, Default)]
pub struct Owed {
    requests: BTreeMap<(RoomId, RequestId), Sent>,
    events: BTreeMap<Place, Sent>,
    /// How much each follower got in each room so far.
    numbers: BTreeMap<(RoomId, ProviderId), u64>,
    /// Up to where each follower said that it has it, in order.
    has: BTreeMap<(RoomId, ProviderId), u64>,
}

impl Owed {
    /// The next number of what goes to a follower in a room.
    pub(super) fn number(&mut self, room: RoomId, to: ProviderId) -> u64 {
        let next = self.numbers.entry((room, to)).or_default();
        *next += 1;
        *next - 1
    }

    /// A follower says that it has all before this number.
    pub(super) fn has(&mut self, room: RoomId, follower: ProviderId, next: u64) {
        let known = self.has.entry((room, follower)).or_default();
        *known = next.max(*known);
    }

    /// Whether a follower may lack this number.
    pub(super) fn lacks(&self, room: RoomId, follower: ProviderId, number: u64) -> bool {
        let has = self.has.get(&(room, follower));
        has.is_none_or(|next| number >= *next)
    }

    /// A request goes to a provider.
    pub(super) fn ask(
        &mut self,
        (room, request): (RoomId, RequestId),
        to: ProviderId,
        envelope: Envelope,
        due: Option<SimTime>,
    ) {
        let sent = Sent {
            to,
            envelope,
            due,
            attempts: 1,
        };
        self.requests.insert((room, request), sent);
    }

    /// Whom a request was passed on to that has no answer.
    pub(super) fn asked(&self, room: RoomId, request: RequestId) -> Option<ProviderId> {
        self.requests.get(&(room, request)).map(|sent| sent.to)
    }

    /// A request has its answer.
    pub(super) fn answered(&mut self, room: RoomId, request: RequestId) {
        self.requests.remove(&(room, request));
    }

    /// An event goes to a follower; its number is in the envelope.
    pub(super) fn owe(
        &mut self,
        room: RoomId,
        to: ProviderId,
        envelope: Envelope,
        due: Option<SimTime>,
    ) {
        let place = (room, to, envelope.sequence);
        let sent = Sent {
            to,
            envelope,
            due,
            attempts: 1,
        };
        self.events.insert(place, sent);
    }

    /// A follower has an event: 201. One that it said so of before is nothing new.
    pub(super) fn taken(&mut self, room: RoomId, by: ProviderId, number: u64) {
        self.events.remove(&(room, by, number));
    }

    /// A follower asks to be spared in a room until then (Retry-After).
    pub(super) fn spare(&mut self, room: RoomId, to: ProviderId, until: SimTime) {
        for (_, sent) in self.events.range_mut((room, to, 0)..=(room, to, u64::MAX)) {
            sent.due = sent.due.map(|due| due.max(until));
        }
    }

    /// What is to be sent again in a room by `now`. `wait` says how long the next answer to a repetition of that many
    /// attempts may take.
    pub(super) fn due(
        &mut self,
        room: RoomId,
        now: SimTime,
        mut wait: impl FnMut(u32) -> SimSpan,
    ) -> Vec<(ProviderId, Envelope)> {
        let requests = self.requests.range_mut(of_room(room));
        let events = self
            .events
            .range_mut((room, ProviderId(0), 0)..=(room, ProviderId(u16::MAX), u64::MAX));
        requests
            .map(|(_, sent)| sent)
            .chain(events.map(|(_, sent)| sent))
            .filter(|sent| sent.due.is_some_and(|due| due <= now))
            .map(|sent| {
                sent.attempts = sent.attempts.saturating_add(1);
                sent.due = Some(now + wait(sent.attempts));
                (sent.to, sent.envelope.clone())
            })
            .collect()
    }

    /// When the next of a room is due.
    pub(super) fn next(&self, room: RoomId) -> Option<SimTime> {
        let requests = self.requests.range(of_room(room));
        let events = self
            .events
            .range((room, ProviderId(0), 0)..=(room, ProviderId(u16::MAX), u64::MAX));
        requests
            .map(|(_, sent)| sent)
            .chain(events.map(|(_, sent)| sent))
            .filter_map(|sent| sent.due)
            .min()
    }

    /// After a restart: nobody knows what arrived, so all of it is due.
    pub(super) fn all_due(&mut self, now: SimTime) -> Vec<RoomId> {
        let mut rooms: Vec<RoomId> = Vec::new();
        for ((room, _), sent) in &mut self.requests {
            sent.due = Some(now);
            rooms.push(*room);
        }
        for ((room, ..), sent) in &mut self.events {
            sent.due = Some(now);
            rooms.push(*room);
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    /// How many requests and events wait for their answers.
    pub fn len(&self) -> usize {
        self.requests.len() + self.events.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All requests of a room.
fn of_room(room: RoomId) -> std::ops::RangeInclusive<(RoomId, RequestId)> {
    let request = |provider, client, number| RequestId {
        provider: ProviderId(provider),
        client: ClientId(client),
        number,
    };
    (room, request(0, 0, 0))..=(room, request(u16::MAX, u32::MAX, u32::MAX))
}
