//! Clients who stand for many, as hubs name them: for how many.

use std::collections::BTreeMap;
use throng_stack::{Accepted, OpenRoom};
use throng_workloads::intent::{ClientId, RoomId};

/// Those who stand in each room for all at their provider who do nothing but receive there, and for how many each does.
#[derive(Debug, Default, Clone)]
pub struct StandIns {
    rooms: BTreeMap<RoomId, BTreeMap<ClientId, u64>>,
}

impl StandIns {
    /// Those of a room that exists before time zero.
    pub fn open_room(&mut self, room: &OpenRoom) {
        let stand_ins = room.listeners.iter();
        let stand_ins = stand_ins.map(|all| (all.stand_in, all.seats.len() as u64));
        if !room.listeners.is_empty() {
            self.rooms.insert(room.room, stand_ins.collect());
        }
    }

    /// For how many a client stands in a room, itself among them; `None` where it is there for itself.
    pub fn clients(&self, room: RoomId, client: ClientId) -> Option<u64> {
        self.rooms.get(&room)?.get(&client).copied()
    }

    /// How many receive an event by those who stand for them.
    pub fn passive(&self, accepted: &Accepted) -> u64 {
        self.among(accepted).sum()
    }

    /// How many receive an event.
    pub fn receivers(&self, accepted: &Accepted) -> u64 {
        let others = self.among(accepted).map(|clients| clients - 1);
        accepted.receivers.len() as u64 + others.sum::<u64>()
    }

    /// One who stands for many in the room and is not among the receivers of an event, or is put out by it.
    pub fn left_out(&self, accepted: &Accepted) -> Option<ClientId> {
        let change = accepted.change.as_ref();
        let gone = |client| {
            let mut gone = change.into_iter().flat_map(|change| &change.excludes);
            gone.any(|(_, excluded)| *excluded == client)
        };
        let mut all = self.rooms.get(&accepted.room)?.keys().copied();
        all.find(|client| accepted.receivers.binary_search(client).is_err() || gone(*client))
    }

    /// For how many each of its receivers stands who stands for many.
    fn among(&self, accepted: &Accepted) -> impl Iterator<Item = u64> {
        let stand_ins = self.rooms.get(&accepted.room).into_iter().flatten();
        stand_ins
            .filter(|(client, _)| accepted.receivers.binary_search(client).is_ok())
            .map(|(_, clients)| *clients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::{DELIVERED, Invariants};
    use throng_stack::Fact;
    use throng_stack::fact::Change;
    use throng_stack::vocabulary::SubjectClass;
    use throng_stack::{RequestId, Subject};
    use throng_workloads::intent::{ProviderId, UserId};

    const ROOM: RoomId = RoomId(3);
    static SAID: Subject = Subject {
        id: "said",
        class: SubjectClass::Message,
    };

    fn event(room: RoomId, receivers: &[u32]) -> Accepted {
        let request = RequestId {
            provider: ProviderId(0),
            client: ClientId(1),
            number: 0,
        };
        let receivers = receivers.iter().copied().map(ClientId).collect();
        Accepted::new((room, 0), &SAID, request, receivers)
    }

    #[test]
    fn whom_a_hub_forgets_is_found_and_all_for_whom_one_stands_are_counted() {
        let (five, nine) = (ClientId(5), ClientId(9));
        let all = BTreeMap::from([(five, 40), (nine, 2)]);
        let stand_ins = StandIns {
            rooms: BTreeMap::from([(ROOM, all)]),
        };
        let whole = event(ROOM, &[2, 5, 9]);
        assert_eq!(stand_ins.left_out(&whole), None);
        assert_eq!(
            (stand_ins.passive(&whole), stand_ins.receivers(&whole)),
            (42, 43)
        );
        assert_eq!(stand_ins.left_out(&event(ROOM, &[2, 5])), Some(nine));
        let observed = |accepted: Accepted| {
            let fact = Fact::Accepted(Box::new(accepted));
            Invariants::default().observe(None, &fact, &stand_ins)
        };
        assert!(observed(event(ROOM, &[2, 5, 9])).is_ok());
        let broken = observed(event(ROOM, &[2, 5])).expect_err("nine is left out");
        assert_eq!(broken.name, DELIVERED);
        assert_eq!(stand_ins.left_out(&event(ROOM, &[])), Some(five));
        assert_eq!(stand_ins.left_out(&event(RoomId(4), &[2])), None);
        let put_out = Accepted {
            change: Some(Change {
                excludes: vec![(UserId(9), nine)],
                ..Change::default()
            }),
            ..whole
        };
        assert_eq!(stand_ins.left_out(&put_out), Some(nine));
    }
}
