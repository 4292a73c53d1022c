//! How rooms of different kinds differ while they last: how much is said in them, and how often those in them change.

use crate::dist::{below, unit};
use crate::intent::RoomId;
use crate::scenario::Rooms;
use crate::stream::Stream;

/// What is so of each room.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Nothing where all are alike.
    kinds: Vec<Kind>,
}

#[derive(Debug)]
struct Kind {
    /// The first room that is of a later kind.
    end: u32,
    /// How likely something is said in one of this kind, against others.
    talk: f64,
    /// How often those in it change, against what the scenario says of all.
    churn: f64,
}

impl Kinds {
    pub(super) fn of(rooms: &Rooms) -> Self {
        let mut end = 0;
        let kinds = rooms.kind_counts().into_iter().zip(&rooms.kinds);
        let kinds = kinds.map(|(count, kind)| {
            end += count;
            Kind {
                end,
                talk: kind.talk,
                churn: kind.churn,
            }
        });
        Self {
            kinds: kinds.collect(),
        }
    }

    fn of_room(&self, room: RoomId) -> Option<&Kind> {
        let place = self.kinds.partition_point(|kind| kind.end <= room.0);
        self.kinds.get(place)
    }

    fn weight(&self, room: RoomId) -> f64 {
        self.of_room(room).map_or(0.0, |kind| kind.talk)
    }

    /// How often those in the room change, against what the scenario says of all.
    pub(super) fn churn(&self, room: RoomId) -> f64 {
        self.of_room(room).map_or(1.0, |kind| kind.churn)
    }

    /// One of these, with one draw; none where nothing is said after all: in rooms whose weights come to less than 1 less is said by that.
    pub(super) fn pick(&self, rooms: &[RoomId], draws: &mut Stream) -> Option<RoomId> {
        if self.kinds.is_empty() {
            let place = below(draws, rooms.len() as u64) as usize;
            return rooms.get(place).copied();
        }
        let all: f64 = rooms.iter().map(|room| self.weight(*room)).sum();
        let mut left = unit(draws) * all.max(1.0);
        let said = |room: &RoomId| {
            left -= self.weight(*room);
            left < 0.0
        };
        rooms.iter().copied().find(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{StreamOwner, Streams};

    #[test]
    fn rooms_are_picked_as_likely_as_their_kinds_say() {
        let kind = |(end, talk)| Kind {
            end,
            talk,
            churn: talk,
        };
        let kinds = Kinds {
            kinds: [(2, 3.0), (3, 0.0), (5, 1.0)].map(kind).into(),
        };
        let mut draws = Streams::new(1, 0).stream(StreamOwner::Run, "talk");
        let rooms = [1, 2, 4].map(RoomId);
        let mut counts = [0u32; 5];
        for _ in 0..40_000 {
            let room = kinds.pick(&rooms, &mut draws).expect("two talk");
            counts[room.0 as usize] += 1;
        }
        assert_eq!((counts[0], counts[2], counts[3]), (0, 0, 0));
        // Three of four: within four standard deviations of the binomial distribution.
        assert!(counts[1].abs_diff(30_000) < 350, "{counts:?}");
        assert_eq!(kinds.pick(&[RoomId(2)], &mut draws), None);
        assert_eq!(kinds.pick(&[], &mut draws), None);
        // In a room of a quarter less is said, where there is no other.
        let quiet = Kinds {
            kinds: vec![kind((1, 0.25))],
        };
        let said = (0..40_000).filter(|_| quiet.pick(&[RoomId(0)], &mut draws).is_some());
        assert!(said.count().abs_diff(10_000) < 350);
        assert_eq!(
            [0, 1, 2, 4].map(|room| kinds.churn(RoomId(room))),
            [3.0, 3.0, 0.0, 1.0]
        );
        assert_eq!(Kinds::default().churn(RoomId(7)), 1.0);
    }
}
