//! Clients who stand for many, as hubs name them: for how many.

use std::collections::BTreeMap;
use throng_stack::{Accepted, OpenRoom};
use throng_workloads::intent::{ClientId, RoomId};

/// Those who stand in each room for all at their provider who do nothing but receive there, and for how many each does.
#[derive(Debug, Default)]
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

    /// For how many each of its receivers stands who stands for many.
    fn among(&self, accepted: &Accepted) -> impl Iterator<Item = u64> {
        let stand_ins = self.rooms.get(&accepted.room).into_iter().flatten();
        stand_ins
            .filter(|(client, _)| accepted.receivers.binary_search(client).is_ok())
            .map(|(_, clients)| *clients)
    }
}
