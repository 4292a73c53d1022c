//! Clients in rooms, as hubs' decisions have them: what is to come to each, and when it was a member.
//!
//! There are hundreds of thousands, and each delivery looks one up: a row is one line of the processor's cache, found by a hash.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::VecDeque;
use std::fmt;
use throng_stack::spread;
use throng_workloads::intent::{ClientId, RoomId};

/// The epochs of one membership.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    from: u64,
    /// The first epoch without it; the largest number while there is none.
    until: u64,
}

impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            u64::MAX => write!(f, "from {}", self.from),
            until => write!(f, "{} to before {until}", self.from),
        }
    }
}

/// Numbers of events in their order; most of the time there is one or none.
#[derive(Debug, Clone, Default)]
struct Due {
    first: Option<u64>,
    #[expect(clippy::box_collection, reason = "most of the time there is none")]
    rest: Option<Box<VecDeque<u64>>>,
}

impl Due {
    fn push(&mut self, event: u64) {
        match self.first {
            None => self.first = Some(event),
            Some(_) => self.rest.get_or_insert_default().push_back(event),
        }
    }

    fn pop(&mut self) -> Option<u64> {
        let next = self.rest.as_mut().and_then(|rest| rest.pop_front());
        if next.is_none() {
            self.rest = None;
        }
        std::mem::replace(&mut self.first, next)
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.as_ref().map_or(0, |rest| rest.len())
    }
}

/// One client in one room.
#[derive(Debug, Clone)]
struct Seat {
    room: RoomId,
    client: ClientId,
    /// Nothing where nothing has ever been to come.
    due: Option<Due>,
    stay: Option<Stay>,
    /// Those before `stay`: a client that was removed and added again while offline still reads what waited from its earlier stay.
    #[expect(clippy::box_collection, reason = "hardly anybody has any")]
    earlier: Option<Box<Vec<Stay>>>,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats {
    table: HashTable<Seat>,
}

fn hash(room: RoomId, client: ClientId) -> u64 {
    spread(room.0, client.0.into())
}

impl Seats {
    fn get(&self, room: RoomId, client: ClientId) -> Option<&Seat> {
        let same = |seat: &Seat| (seat.room, seat.client) == (room, client);
        self.table.find(hash(room, client), same)
    }

    fn get_mut(&mut self, room: RoomId, client: ClientId) -> Option<&mut Seat> {
        let same = |seat: &Seat| (seat.room, seat.client) == (room, client);
        self.table.find_mut(hash(room, client), same)
    }

    fn or_new(&mut self, room: RoomId, client: ClientId) -> &mut Seat {
        let same = |seat: &Seat| (seat.room, seat.client) == (room, client);
        let key = |seat: &Seat| hash(seat.room, seat.client);
        match self.table.entry(hash(room, client), same, key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry
                .insert(Seat {
                    room,
                    client,
                    due: None,
                    stay: None,
                    earlier: None,
                })
                .into_mut(),
        }
    }

    /// An event is to come to a client, after those that were to come before.
    pub(crate) fn expect(&mut self, room: RoomId, client: ClientId, event: u64) {
        let seat = self.or_new(room, client);
        seat.due.get_or_insert_default().push(event);
    }

    /// What was to come next to a client, which has come or is not what has.
    pub(crate) fn next(&mut self, room: RoomId, client: ClientId) -> Option<u64> {
        self.get_mut(room, client)?.due.as_mut()?.pop()
    }

    /// A client is a member from an epoch on.
    pub(crate) fn begin(&mut self, room: RoomId, client: ClientId, from: u64) {
        let seat = self.or_new(room, client);
        let until = u64::MAX;
        if let Some(before) = seat.stay.replace(Stay { from, until }) {
            seat.earlier.get_or_insert_default().push(before);
        }
    }

    /// A client is no member from an epoch on.
    pub(crate) fn end(&mut self, room: RoomId, client: ClientId, until: u64) {
        if let Some(stay) = self
            .get_mut(room, client)
            .and_then(|seat| seat.stay.as_mut())
        {
            stay.until = until;
        }
    }

    /// Whether a client was a member in an epoch.
    pub(crate) fn was_member(&self, room: RoomId, client: ClientId, epoch: u64) -> bool {
        let holds = |stay: &Stay| stay.from <= epoch && epoch < stay.until;
        self.get(room, client).is_some_and(|seat| {
            let mut earlier = seat.earlier.iter().flat_map(|stays| stays.iter());
            seat.stay.iter().any(holds) || earlier.any(holds)
        })
    }

    /// When a client was a member, in order.
    pub(crate) fn stays(&self, room: RoomId, client: ClientId) -> Vec<Stay> {
        let seat = self.get(room, client);
        let all = seat.into_iter().flat_map(|seat| {
            let earlier = seat.earlier.iter().flat_map(|stays| stays.iter());
            earlier.chain(&seat.stay).copied()
        });
        all.collect()
    }

    /// To whom in which room something was ever to come, and how much still is, by rooms and clients.
    pub(crate) fn waiting(&self) -> Vec<(RoomId, ClientId, usize)> {
        let waiting = self.table.iter().filter_map(|seat| {
            let due = seat.due.as_ref()?;
            Some((seat.room, seat.client, due.len()))
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_unstable();
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const ROOM: RoomId = RoomId(7);

    #[test]
    fn a_row_is_no_longer_than_a_line_of_the_cache() {
        assert!(size_of::<Seat>() <= 64, "{}", size_of::<Seat>());
    }

    #[test]
    fn who_comes_back_was_a_member_twice() {
        let (mut seats, me) = (Seats::default(), ClientId(1));
        seats.begin(ROOM, me, 3);
        seats.end(ROOM, me, 5);
        seats.begin(ROOM, me, 9);
        let member = [2, 3, 4, 5, 8, 9, 900].map(|epoch| seats.was_member(ROOM, me, epoch));
        assert_eq!(member, [false, true, true, false, false, true, true]);
        assert_eq!(
            format!("{:?}", seats.stays(ROOM, me)),
            "[3 to before 5, from 9]"
        );
        assert!(!seats.was_member(RoomId(8), me, 4));
    }

    proptest! {
        /// The same as a queue each in a map.
        #[test]
        fn events_come_in_their_order(steps in prop::collection::vec((0u32..4, 0u32..4, prop::option::of(0u64..99)), 0..200)) {
            let mut seats = Seats::default();
            let mut plain: BTreeMap<(RoomId, ClientId), VecDeque<u64>> = BTreeMap::new();
            for (room, client, event) in steps {
                let (room, client) = (RoomId(room), ClientId(client));
                match event {
                    Some(event) => {
                        seats.expect(room, client, event);
                        plain.entry((room, client)).or_default().push_back(event);
                    }
                    None => {
                        let next = plain.get_mut(&(room, client)).and_then(VecDeque::pop_front);
                        prop_assert_eq!(seats.next(room, client), next);
                    }
                }
            }
            let plain = plain.iter().map(|((room, client), due)| (*room, *client, due.len()));
            prop_assert_eq!(seats.waiting(), plain.collect::<Vec<_>>());
        }
    }
}
