//! Rooms that are stuck: something waits there for a change that settles it, and nobody is left who could make that.
//!
//! In MLS that is what was proposed. Nobody can remove themselves (RFC 9420, section 12.2), and the hub takes no commit that leaves
//! out a proposal which it has cached. So a room in which proposals wait goes on by a member that none of them removes, and stays as
//! it is once each of those has lost its device for good: nobody inside can commit, speak or let others in. Only somebody who
//! joins from outside ends that, whose commit voids the proposals. Members that are merely offline may come back; those that only
//! receive lose nothing.

use std::collections::BTreeMap;
use throng_stack::{Accepted, Waiting};
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
#[derive(Debug, Clone)]
struct Pause {
    /// When the last of it was accepted.
    since: SimTime,
    /// The events that asked for it.
    proposals: u64,
    waiting: Waiting,
}

/// The rooms in which something waits, and the clients that are lost.
#[derive(Debug, Default, Clone)]
pub(crate) struct Standstill {
    pauses: BTreeMap<RoomId, Pause>,
    lost: BTreeMap<ClientId, SimTime>,
}

impl Standstill {
    /// An event was accepted. A change settles what waited, or voids it.
    pub(crate) fn accepted(&mut self, at: SimTime, accepted: &Accepted) {
        if accepted.change.is_some() {
            self.pauses.remove(&accepted.room);
        }
        if let Some(waiting) = &accepted.waiting {
            self.wait(at, accepted.room, waiting.clone());
        }
    }

    fn wait(&mut self, at: SimTime, room: RoomId, waiting: Waiting) {
        let proposals = 1 + self.pauses.get(&room).map_or(0, |pause| pause.proposals);
        let pause = Pause {
            since: at,
            proposals,
            waiting,
        };
        self.pauses.insert(room, pause);
    }

    /// A client has lost its device.
    pub(crate) fn lose(&mut self, at: SimTime, client: ClientId) {
        self.lost.entry(client).or_insert(at);
    }

    /// The rooms that are stuck now, ascending.
    pub(crate) fn rooms(&self) -> Vec<StuckRoom> {
        let stuck = |(room, pause): (&RoomId, &Pause)| {
            let Waiting { leaving, stay } = &pause.waiting;
            let lost = stay.iter().map(|client| self.lost.get(client));
            let last = lost.collect::<Option<Vec<_>>>()?.into_iter().max();
            Some(StuckRoom {
                room: room.0,
                since: last.copied().unwrap_or_default().max(pause.since),
                proposals: pause.proposals,
                leaving: *leaving,
                lost: stay.len() as u64,
            })
        };
        self.pauses.iter().filter_map(stuck).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_stack::fact::Change;
    use throng_stack::vocabulary::SubjectClass;
    use throng_stack::{RequestId, Subject};
    use throng_workloads::intent::ProviderId;

    const ROOM: RoomId = RoomId(3);
    static ANYTHING: Subject = Subject {
        id: "anything",
        class: SubjectClass::Proposal,
    };

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    fn event() -> Accepted {
        let request = RequestId {
            provider: ProviderId(0),
            client: ClientId(7),
            number: 0,
        };
        Accepted::new((ROOM, 0), &ANYTHING, request, [].into())
    }

    /// So many leave by what waits since this event, and these stay.
    fn asking(leaving: u64, stay: &[u32]) -> Accepted {
        let stay = stay.iter().map(|number| ClientId(*number)).collect();
        Accepted {
            waiting: Some(Waiting { leaving, stay }),
            ..event()
        }
    }

    #[test]
    fn a_room_is_stuck_from_the_last_of_the_losses_and_proposals_on() {
        let mut standstill = Standstill::default();
        standstill.lose(at(1), ClientId(7));
        standstill.accepted(at(2), &asking(0, &[6, 7, 8]));
        standstill.accepted(at(3), &asking(1, &[7, 8]));
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
        standstill.accepted(at(6), &asking(2, &[7]));
        (stuck.since, stuck.proposals, stuck.leaving, stuck.lost) = (at(6), 3, 2, 1);
        assert_eq!(standstill.rooms(), [stuck]);
        // Something else that happens settles nothing.
        standstill.accepted(at(7), &event());
        assert_eq!(standstill.rooms(), [stuck]);
    }

    #[test]
    fn a_change_sets_a_room_free() {
        let mut standstill = Standstill::default();
        standstill.lose(at(1), ClientId(7));
        standstill.accepted(at(2), &asking(1, &[7]));
        let change = Accepted {
            change: Some(Change::default()),
            ..event()
        };
        standstill.accepted(at(3), &change);
        assert_eq!(standstill.rooms(), []);
        standstill.accepted(at(4), &asking(1, &[7]));
        assert_eq!(standstill.rooms()[0].proposals, 1);
    }
}
