//! What a provider owes others, and what others owe it: requests that it passed on and that nobody has answered, and
//! events that their receivers have not taken.
//!
//! Whatever is here is sent again when its time is over, for as long as it takes. A hub numbers what it has for a follower in
//! a room, events and answers alike, and the follower takes it in that order: an event that overtakes the answer before
//! it waits for it, and a lost answer is missed, so that the request is repeated and the same answer comes
//! with the same number.

use super::answers::Asked;
use super::bare::Bare;
use super::body::{Bodies, Most};
use crate::kept::Kept;
use crate::storage::Rows;
use std::collections::BTreeMap;
use throng_stack::{Envelope, Packet, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// Names one sending of something that is owed, so that its timer is known again.
pub(super) type Ticket = u32;

/// Sent, and not yet answered. To whom, and what, is stored; the rest is of the process.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) to: ProviderId,
    pub(super) envelope: Envelope,
    /// How often. An event that goes behind another is counted with that.
    sendings: u32,
    /// Of the timer that runs for it, where one does.
    ticket: Option<Ticket>,
    /// Its receiver asked to be spared until then.
    spare: SimTime,
}

/// An event's place among what its receiver gets in the room.
pub(super) type Place = (RoomId, ProviderId, u64);

/// Something that is owed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    Request(Asked),
    Event(Place),
}

/// Requests and events under way. Durable: whoever asked waits for an answer, and an event that was accepted must arrive.
#[derive(Debug, Default)]
pub struct Owed {
    pub(super) requests: Kept<Asked, Sent>,
    pub(super) events: Kept<Place, Sent>,
    tickets: BTreeMap<Ticket, Item>,
    last_ticket: Ticket,
    pub(super) rows: Rows,
    pub(super) followed: Kept<(RoomId, ProviderId), Followed>,
    /// The events that are under way to a follower in one body, where those are more than one.
    pub(super) together: Kept<(RoomId, ProviderId), Vec<u64>>,
    pub(super) bodies: Bodies,
}

/// How far a follower is in a room.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Followed {
    /// How much it got so far.
    pub(super) next: u64,
    /// Up to where it said that it has it, in order.
    pub(super) has: u64,
}

/// What a timer's ticket comes to.
#[derive(Debug)]
pub(super) enum Due {
    /// Something is to be sent again.
    Now(Again),
    /// Its receiver is to be spared for so long.
    Later(RoomId, SimSpan),
}

/// Something to be sent again.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) item: Item,
    pub(super) to: ProviderId,
    pub(super) envelope: Envelope,
    /// How often it is sent with this.
    pub(super) sendings: u32,
}

impl Owed {
    /// Nothing, of a provider whose bodies hold so much.
    pub(super) fn in_bodies(most: Most) -> Self {
        Self {
            bodies: Bodies::holding(most),
            ..Self::default()
        }
    }

    /// The next number of what goes to a follower in a room.
    pub(super) fn number(&mut self, room: RoomId, to: ProviderId) -> u64 {
        self.rows.write(0);
        let followed = self.followed.or_default((room, to));
        followed.next += 1;
        followed.next - 1
    }

    /// A follower says that it has all before this number.
    pub(super) fn has(&mut self, room: RoomId, follower: ProviderId, next: u64) {
        let key = (room, follower);
        if self.followed.get(&key).is_none_or(|known| known.has < next) {
            self.rows.write(0);
            self.followed.or_default(key).has = next;
        }
    }

    /// Whether a follower may lack this number.
    pub(super) fn lacks(&self, room: RoomId, follower: ProviderId, number: u64) -> bool {
        let followed = self.followed.get(&(room, follower));
        followed.is_none_or(|known| number >= known.has)
    }

    /// A ticket for a timer: what had another for this is stale.
    pub(super) fn ticket(&mut self, item: Item) -> Option<Ticket> {
        let ticket = self.last_ticket.wrapping_add(1);
        let old = self.sent(item)?.ticket.replace(ticket);
        self.last_ticket = ticket;
        self.void(old);
        self.tickets.insert(ticket, item);
        Some(ticket)
    }

    fn void(&mut self, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket {
            self.tickets.remove(&ticket);
        }
    }

    /// A request goes to a provider.
    pub(super) fn ask(&mut self, asked: Asked, to: ProviderId, envelope: Envelope) {
        self.answered(asked);
        self.rows.write(envelope.packet.len());
        self.requests.insert(asked, Sent::first(to, envelope));
    }

    /// Whether a follower has not taken all events of a room.
    pub(super) fn owes(&self, room: RoomId, to: ProviderId) -> bool {
        let all = (room, to, 0)..=(room, to, u64::MAX);
        self.events.range(all).next().is_some()
    }

    /// An event goes to a follower when it has those before.
    pub(super) fn owe_later(&mut self, room: RoomId, to: ProviderId, envelope: Envelope) {
        let place = (room, to, envelope.sequence);
        self.rows.write(envelope.packet.len());
        let sent = Sent {
            sendings: 0,
            ..Sent::first(to, envelope)
        };
        self.events.insert(place, sent);
    }

    /// The oldest event that a follower has not taken, where it was not sent yet: it is sent with this, and others behind it as far as one
    /// body holds them.
    pub(super) fn next_held(&mut self, room: RoomId, to: ProviderId) -> Option<Again> {
        let all = (room, to, 0)..=(room, to, u64::MAX);
        let (place, sent) = self.events.range(all).next()?;
        if sent.sendings > 0 {
            return None;
        }
        let item = Item::Event(*place);
        self.waits_no_more(room, to);
        self.put_together(room, to);
        self.again(item)
    }

    /// Whether the oldest event that a follower has not taken was sent.
    pub(super) fn is_under_way(&self, room: RoomId, to: ProviderId) -> bool {
        let all = (room, to, 0)..=(room, to, u64::MAX);
        let oldest = self.events.range(all).next();
        oldest.is_some_and(|(_, sent)| sent.sendings > 0)
    }

    /// Requests about a room that have no answer, with who asks.
    pub(super) fn requests_about(
        &self,
        room: RoomId,
    ) -> impl Iterator<Item = (RequestId, &Envelope)> {
        let least = RequestId {
            provider: ProviderId(0),
            client: ClientId(0),
            number: 0,
        };
        let most = RequestId {
            provider: ProviderId(u16::MAX),
            client: ClientId(u32::MAX),
            number: u32::MAX,
        };
        let all = self.requests.range((room, least)..=(room, most));
        all.map(|((_, request), sent)| (*request, &sent.envelope))
    }

    /// A request that has no answer, as it went out.
    pub(super) fn question(&self, room: RoomId, request: RequestId) -> Option<&Envelope> {
        let sent = self.requests.get(&(room, request))?;
        Some(&sent.envelope)
    }

    /// Requests to bare hubs that have no answer.
    pub(super) fn requests_to(&self, known: &Bare) -> Vec<(RoomId, RequestId, Packet)> {
        let bare = self
            .requests
            .iter()
            .filter(|(_, sent)| known.is_bare(sent.to));
        bare.map(|((room, request), sent)| (*room, *request, sent.envelope.packet.clone()))
            .collect()
    }

    /// Whom a request was passed on to that has no answer.
    pub(super) fn asked(&self, room: RoomId, request: RequestId) -> Option<ProviderId> {
        self.requests.get(&(room, request)).map(|sent| sent.to)
    }

    /// A request has its answer.
    pub(super) fn answered(&mut self, asked: Asked) {
        if let Some(sent) = self.requests.remove(&asked) {
            self.rows.delete();
            self.void(sent.ticket);
        }
    }

    /// An event goes to a follower; its number is in the envelope.
    pub(super) fn owe(&mut self, room: RoomId, to: ProviderId, envelope: Envelope) {
        let place = (room, to, envelope.sequence);
        self.rows.write(envelope.packet.len());
        self.events.insert(place, Sent::first(to, envelope));
    }

    /// A follower has an event, and all that went behind it: 201. One that it said so of before is nothing new.
    pub(super) fn taken(&mut self, room: RoomId, by: ProviderId, number: u64) {
        for number in self.apart(room, by, number) {
            if let Some(sent) = self.events.remove(&(room, by, number)) {
                self.rows.delete();
                self.void(sent.ticket);
            }
        }
    }

    /// A follower asks to be spared in a room until then (Retry-After).
    pub(super) fn spare(&mut self, room: RoomId, to: ProviderId, until: SimTime) {
        let all = (room, to, 0)..=(room, to, u64::MAX);
        for (_, sent) in self.events.range_unstored(all) {
            sent.spare = sent.spare.max(until);
        }
    }

    fn sent(&mut self, item: Item) -> Option<&mut Sent> {
        match item {
            Item::Request(asked) => self.requests.get_unstored(&asked),
            Item::Event(place) => self.events.get_unstored(&place),
        }
    }

    /// The timer of a ticket is due. Nothing, where that was answered, or sent again since.
    pub(super) fn due(&mut self, ticket: Ticket, now: SimTime) -> Option<Due> {
        let item = *self.tickets.get(&ticket)?;
        let spare = self.sent(item)?.spare;
        if spare > now {
            return Some(Due::Later(item.room(), spare - now));
        }
        self.again(item).map(Due::Now)
    }

    /// Send something again.
    pub(super) fn again(&mut self, item: Item) -> Option<Again> {
        let sent = self.sent(item)?;
        sent.sendings = sent.sendings.saturating_add(1);
        let mut again = Again {
            item,
            to: sent.to,
            envelope: sent.envelope.clone(),
            sendings: sent.sendings,
        };
        if let Item::Event(_) = item {
            again.envelope = self.body(&again.envelope, again.to);
        }
        Some(again)
    }

    /// After a restart nobody knows what arrived: all of it, to be sent again. How often that was done before went with the
    /// process, and so did its timers.
    pub(super) fn all_again(&mut self, known: &Bare) -> Vec<Again> {
        self.tickets.clear();
        let requests = self.requests.all_unstored();
        for sent in requests.chain(self.events.all_unstored()) {
            (sent.sendings, sent.ticket, sent.spare) = (0, None, SimTime::ZERO);
        }
        let requests = self.requests.keys().copied().map(Item::Request);
        // Of what a bare follower has not taken, or one that gets several in a body, only the first.
        let gathers = self.bodies.most.gathers();
        let mut last = None;
        let events = self.events.keys().copied().filter(|(room, to, _)| {
            let follows = last.replace((*room, *to)) == Some((*room, *to));
            !(follows && (gathers || known.is_bare(*to)))
        });
        let events = events.map(Item::Event);
        let all: Vec<Item> = requests.chain(events).collect();
        let again = |item| match item {
            Item::Event((room, to, _)) if gathers => self.next_held(room, to),
            item => self.again(item),
        };
        all.into_iter().filter_map(again).collect()
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

impl Sent {
    pub(super) fn first(to: ProviderId, envelope: Envelope) -> Self {
        Self {
            to,
            envelope,
            sendings: 1,
            ticket: None,
            spare: SimTime::ZERO,
        }
    }
}

impl Item {
    pub(super) fn room(self) -> RoomId {
        match self {
            Self::Request((room, _)) | Self::Event((room, ..)) => room,
        }
    }
}
