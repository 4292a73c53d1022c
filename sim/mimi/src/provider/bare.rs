//! What a provider keeps of others that speak the draft and nothing of ours ([`crate::bare`]), as a follower of theirs.
//!
//! Such a hub says neither which event of a room something is nor for whom. Both are worked out here: events are numbered in the order in
//! which they come, those that came before are known by a digest, and they go to all own clients that are in the room as far as that is
//! known: a Welcome was for them, or the hub took something of theirs. That somebody is removed is not known, since commits name leaves, and
//! clients none: who was goes on to get the room's events, and has no use for them.
//!
//! Nothing orders what such a hub sends but the epochs that are in it. What is of an epoch that has not begun here is put off, as the draft
//! has it (503 and Retry-After), for as long as it may still come in order.

use super::known_again::KnownAgain;
use crate::bare::Digest;
use crate::bare::digest;
use crate::kept::Kept;
use std::collections::{BTreeMap, VecDeque};
use throng_stack::RequestId;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// So many of a room's events are known again.
const MOST_TAKEN: u64 = 1024;

/// So many messages of own clients are known again when they come back; the oldest is forgotten then.
const MOST_SENT: usize = 4096;

/// So many epochs of rooms can be waited for at a time; beyond that the first is forgotten, and begins to be waited for anew.
const MOST_WAITING: usize = 4096;

/// For so long what is early in a room is put off. Then something was lost, and who misses it has to see to that.
const PATIENCE: SimSpan = SimSpan::from_secs(10);

/// A room whose hub is bare.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Followed {
    /// The number of its next event.
    pub(super) next_event: u64,
    /// How much of it came so far, Welcomes included.
    pub(super) taken: u64,
    /// The epoch that it is at, as far as commits say.
    pub(super) epoch: Option<u64>,
}

/// What is kept of bare providers. Messages that own clients sent are of the process: where one comes back that is not known any more, its
/// sender gets it, and has no use for it.
#[derive(Debug, Default)]
pub(super) struct Bare {
    /// Those of which the last that came was bare.
    pub(super) peers: Kept<ProviderId, ()>,
    pub(super) rooms: Kept<RoomId, Followed>,
    /// Own clients in rooms.
    pub(super) inside: Kept<(RoomId, ClientId), ()>,
    /// What came.
    pub(super) taken: KnownAgain<MOST_TAKEN>,
    /// Since when something of this epoch is put off in a room, until that goes on. With the process this is forgotten.
    waiting: BTreeMap<(RoomId, u64), SimTime>,
    /// What requests of own clients asked bare hubs to take.
    sent: BTreeMap<(RoomId, Digest), RequestId>,
    order: VecDeque<(RoomId, Digest)>,
}

impl Bare {
    /// Something came from a provider, with our fields or without.
    pub(super) fn hear(&mut self, from: ProviderId, bare: bool) {
        match (self.is_bare(from), bare) {
            (false, true) => {
                self.peers.insert(from, ());
            }
            (true, false) => {
                self.peers.remove(&from);
            }
            _ => {}
        }
    }

    /// Whether a provider speaks the draft alone.
    pub(super) fn is_bare(&self, provider: ProviderId) -> bool {
        self.peers.contains_key(&provider)
    }

    // ---- what comes ----

    /// Whether the room has had this.
    pub(super) fn has(&self, room: RoomId, body: &[u8]) -> bool {
        self.taken.has(room, digest(body))
    }

    /// The room has it from now on.
    pub(super) fn take(&mut self, room: RoomId, body: &[u8]) {
        let followed = self.rooms.or_default(room);
        let place = followed.taken;
        followed.taken += 1;
        self.taken.put(room, place, digest(body));
    }

    /// The number of a room's next event.
    pub(super) fn number(&mut self, room: RoomId) -> u64 {
        let followed = self.rooms.or_default(room);
        followed.next_event += 1;
        followed.next_event - 1
    }

    /// Whether the room is not yet where an event of this epoch belongs, and may still get there: `before` is the epoch of the oldest
    /// commit of an own client that has no answer.
    pub(super) fn puts_off(
        &mut self,
        now: SimTime,
        room: RoomId,
        epoch: u64,
        before: Option<u64>,
    ) -> bool {
        let known = self.rooms.get(&room).and_then(|followed| followed.epoch);
        let early = known.is_some_and(|known| known < epoch)
            || before.is_some_and(|before| before < epoch)
            || self.inside(room).next().is_none();
        if !early {
            self.waits_no_more(room, epoch);
            return false;
        }
        let since = *self.waiting.entry((room, epoch)).or_insert(now);
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_first();
        }
        now.since(since) < PATIENCE
    }

    /// The room is at this epoch at least.
    pub(super) fn reached(&mut self, room: RoomId, epoch: u64) {
        let known = self.rooms.get(&room).and_then(|followed| followed.epoch);
        if known.is_none_or(|known| known < epoch) {
            self.rooms.or_default(room).epoch = Some(epoch);
            self.waits_no_more(room, epoch);
        }
    }

    /// Nothing waits in the room for this epoch any more, or for one before it.
    fn waits_no_more(&mut self, room: RoomId, epoch: u64) {
        let over = self.waiting.range((room, 0)..=(room, epoch));
        let over: Vec<(RoomId, u64)> = over.map(|(key, _)| *key).collect();
        for key in over {
            self.waiting.remove(&key);
        }
    }

    // ---- who is there ----

    /// An own client is in the room.
    pub(super) fn enters(&mut self, room: RoomId, client: ClientId) {
        if !self.inside.contains_key(&(room, client)) {
            self.inside.insert((room, client), ());
            self.waits_no_more(room, u64::MAX);
        }
    }

    /// These own clients are here no more.
    pub(super) fn forget_clients(&mut self, clients: &[ClientId]) {
        let inside = self.inside.keys();
        let inside = inside.filter(|(_, client)| clients.contains(client));
        for key in inside.copied().collect::<Vec<_>>() {
            self.inside.remove(&key);
        }
    }

    /// The own clients that are in the room, ascending.
    pub(super) fn inside(&self, room: RoomId) -> impl Iterator<Item = ClientId> {
        let all = (room, ClientId(0))..=(room, ClientId(u32::MAX));
        self.inside.range(all).map(|((_, client), ())| *client)
    }

    // ---- what own clients send ----

    /// A request of an own client asks the hub to take this message.
    pub(super) fn sends(&mut self, room: RoomId, message: &[u8], request: RequestId) {
        let key = (room, digest(message));
        if self.sent.insert(key, request).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MOST_SENT {
            if let Some(oldest) = self.order.pop_front() {
                self.sent.remove(&oldest);
            }
        }
    }

    /// The hub sends on this message: which request of an own client brought it, if one did.
    pub(super) fn comes_back(&self, room: RoomId, message: &[u8]) -> Option<RequestId> {
        self.sent.get(&(room, digest(message))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(3);

    #[test]
    fn what_came_is_known_again_as_long_as_there_is_room() {
        let mut bare = Bare::default();
        for number in 0..MOST_TAKEN {
            bare.take(ROOM, &number.to_be_bytes());
        }
        assert!(bare.has(ROOM, &0u64.to_be_bytes()));
        assert!(!bare.has(RoomId(4), &0u64.to_be_bytes()));
        bare.take(ROOM, b"one more");
        assert!(!bare.has(ROOM, &0u64.to_be_bytes()));
        assert!(bare.has(ROOM, &1u64.to_be_bytes()));
        assert_eq!(bare.taken.len(), MOST_TAKEN as usize);
    }

    #[test]
    fn what_is_early_is_put_off_and_not_for_ever() {
        let mut bare = Bare::default();
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        // Nobody of ours is there: the Welcome may be under way.
        assert!(bare.puts_off(at(0), ROOM, 1, None));
        assert!(bare.puts_off(at(9), ROOM, 1, None));
        bare.enters(ROOM, ClientId(7));
        assert!(!bare.puts_off(at(9), ROOM, 1, None));
        bare.reached(ROOM, 2);
        assert!(!bare.puts_off(at(9), ROOM, 2, None));
        assert!(bare.puts_off(at(9), ROOM, 3, None));
        assert!(!bare.puts_off(at(19), ROOM, 3, None), "it never came");
        bare.reached(ROOM, 3);
        assert!(bare.puts_off(at(19), ROOM, 4, None));
        // A commit of an own client is under way.
        assert!(bare.puts_off(at(20), ROOM, 3, Some(2)));
    }

    /// What was early because of an own commit that then lost takes no patience from what is early later.
    #[test]
    fn each_epoch_is_waited_for_by_itself() {
        let mut bare = Bare::default();
        let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
        bare.enters(ROOM, ClientId(7));
        bare.reached(ROOM, 4);
        assert!(bare.puts_off(at(0), ROOM, 4, Some(3)), "ours is under way");
        assert!(!bare.puts_off(at(1), ROOM, 4, None), "it lost");
        bare.reached(ROOM, 4);
        assert!(
            bare.puts_off(at(20), ROOM, 5, None),
            "its commit comes after it"
        );
        assert!(bare.puts_off(at(29), ROOM, 5, None));
        assert!(!bare.puts_off(at(30), ROOM, 5, None));
    }

    /// Whatever somebody says of however many rooms.
    #[test]
    fn rooms_in_which_nobody_is_leave_nothing_behind() {
        let mut bare = Bare::default();
        for room in 0..=MOST_WAITING as u32 {
            assert!(bare.puts_off(SimTime::ZERO, RoomId(room), 1, None));
        }
        assert_eq!(bare.waiting.len(), MOST_WAITING);
        assert_eq!((bare.rooms.len(), bare.taken.len()), (0, 0));
    }

    #[test]
    fn of_what_own_clients_sent_no_more_is_kept_than_there_is_room_for() {
        let mut bare = Bare::default();
        let request = |number| RequestId {
            provider: ProviderId(0),
            client: ClientId(1),
            number,
        };
        for number in 0..=MOST_SENT as u32 {
            bare.sends(ROOM, &number.to_be_bytes(), request(number));
        }
        assert_eq!(bare.sent.len(), MOST_SENT);
        assert_eq!(bare.comes_back(ROOM, &0u32.to_be_bytes()), None);
        let one = bare.comes_back(ROOM, &1u32.to_be_bytes());
        assert_eq!(one, Some(request(1)));
    }
}
