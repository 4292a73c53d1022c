//! Rooms that are stuck: what was proposed waits there, and nobody is left who could commit it.
//!
//! Nobody can remove themselves (RFC 9420, section 12.2), and the hub takes no commit that leaves out a proposal which it has
//! cached. So a room in which proposals wait goes on by a member that none of them removes, and stays as it is once each of those
//! has lost its device for good: nobody inside can commit, speak or let others in. Only somebody who joins from outside
//! ends that, whose commit voids the proposals. Members that are merely offline may come back; those that only receive are taken
//! to have their devices.

use std::collections::BTreeMap;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::SimTime;

/// A room that was stuck at the end of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StuckRoom {
    /// Its number.
    pub room: u32,
    /// Since when nobody could commit.
    pub since: SimTime,
    /// Messages with proposals that wait.
    pub proposals: u64,
    /// Members who are to be removed.
    pub leaving: u64,
    /// Members who would stay; all of them have lost their devices.
    pub lost: u64,
}

/// What waits in one room.
#[derive(Debug)]
struct Waiting {
    /// When the last of it was accepted.
    since: SimTime,
    proposals: u64,
    leaving: u64,
    /// Members that none of it removes.
    stay: Arc<[ClientId]>,
}

/// The rooms in which proposals wait, and the clients that are lost.
#[derive(Debug, Default)]
pub(crate) struct Standstill {
    waiting: BTreeMap<RoomId, Waiting>,
    lost: BTreeMap<ClientId, SimTime>,
}

impl Standstill {
    /// Proposals were accepted; with all that wait now, so many members are to leave and these would stay.
    pub(crate) fn propose(
        &mut self,
        at: SimTime,
        room: RoomId,
        leaving: u64,
        stay: &Arc<[ClientId]>,
    ) {
        let proposals = 1 + self.waiting.get(&room).map_or(0, |room| room.proposals);
        let waiting = Waiting {
            since: at,
            proposals,
            leaving,
            stay: Arc::clone(stay),
        };
        self.waiting.insert(room, waiting);
    }

    /// A commit was accepted: it covers what waited, or voids it.
    pub(crate) fn commit(&mut self, room: RoomId) {
        self.waiting.remove(&room);
    }

    /// A client has lost its device.
    pub(crate) fn lose(&mut self, at: SimTime, client: ClientId) {
        self.lost.entry(client).or_insert(at);
    }

    /// The rooms that are stuck now, ascending.
    pub(crate) fn rooms(&self) -> Vec<StuckRoom> {
        let stuck = |(room, waiting): (&RoomId, &Waiting)| {
            let lost = waiting.stay.iter().map(|client| self.lost.get(client));
            let last = lost.collect::<Option<Vec<_>>>()?.into_iter().max();
            Some(StuckRoom {
                room: room.0,
                since: last.copied().unwrap_or_default().max(waiting.since),
                proposals: waiting.proposals,
                leaving: waiting.leaving,
                lost: waiting.stay.len() as u64,
            })
        };
        self.waiting.iter().filter_map(stuck).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(3);

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    fn clients(numbers: &[u32]) -> Arc<[ClientId]> {
        numbers.iter().map(|number| ClientId(*number)).collect()
    }

    #[test]
    fn a_room_is_stuck_from_the_last_of_the_losses_and_proposals_on() {
        let mut standstill = Standstill::default();
        standstill.lose(at(1), ClientId(7));
        standstill.propose(at(2), ROOM, 0, &clients(&[6, 7, 8]));
        standstill.propose(at(3), ROOM, 1, &clients(&[7, 8]));
        assert_eq!(standstill.rooms(), []);
        standstill.lose(at(5), ClientId(8));
        standstill.lose(at(9), ClientId(8));
        let mut stuck = StuckRoom {
            room: 3,
            since: at(5),
            proposals: 2,
            leaving: 1,
            lost: 2,
        };
        assert_eq!(standstill.rooms(), [stuck]);
        standstill.propose(at(6), ROOM, 2, &clients(&[7]));
        (stuck.since, stuck.proposals, stuck.leaving, stuck.lost) = (at(6), 3, 2, 1);
        assert_eq!(standstill.rooms(), [stuck]);
    }

    #[test]
    fn a_commit_sets_a_room_free() {
        let mut standstill = Standstill::default();
        standstill.lose(at(1), ClientId(7));
        standstill.propose(at(2), ROOM, 1, &clients(&[7]));
        standstill.commit(ROOM);
        assert_eq!(standstill.rooms(), []);
        standstill.propose(at(4), ROOM, 1, &clients(&[7]));
        assert_eq!(standstill.rooms()[0].proposals, 1);
    }
}
