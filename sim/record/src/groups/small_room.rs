//! One small room's ratchet tree at moments of its life, for a picture of it.
//!
//! Which room is the busiest is known at the end only, so all small rooms among the first are followed. Each keeps
//! every commit's tree to begin with; where that gets too many, every second, every fourth, and so on. So what is
//! kept neither grows with the run nor with the number of rooms.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use throng_mls::tree_health::NodeState;
use throng_workloads::time::SimTime;

/// Rooms with lower numbers than this are followed.
const ROOMS: u32 = 256;

/// A picture shows so many moments at most.
pub const MOMENTS: usize = 8;

/// Of one room so many moments are kept at most, besides the newest: enough to choose from.
const KEPT: usize = 2 * MOMENTS;

/// A room whose tree was small all along, and its tree as time went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallRoom {
    /// The room's number.
    pub room: u32,
    /// Its first tree, its last, and some between, about equally many commits apart: at most [`MOMENTS`].
    pub moments: Vec<TreeMoment>,
}

/// A ratchet tree right after a commit, or as it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeMoment {
    /// When the hub accepted the commit.
    pub time: SimTime,
    /// The epoch, counted from the room's first.
    pub epoch: u64,
    /// Every node, in the array representation of RFC 9420, appendix C.
    pub nodes: Vec<NodeState>,
}

/// The rooms that are followed.
#[derive(Debug, Default, Clone)]
pub(crate) struct SmallRooms {
    /// None: its tree has been too large for a picture.
    rooms: BTreeMap<u32, Option<Life>>,
}

impl SmallRoom {
    /// At most so many of the moments: the first, the last, and some between.
    pub fn shown(&self, most: usize) -> impl Iterator<Item = &TreeMoment> {
        evenly(self.moments.len(), most).filter_map(|at| self.moments.get(at))
    }
}

/// At most so many places of a list, ascending: the first, the last, and some between.
fn evenly(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let last = len.saturating_sub(1);
    let steps = last.min(most.saturating_sub(1));
    (0..=steps).map(move |step| (step * last + steps / 2) / steps.max(1))
}

impl SmallRooms {
    /// A room's tree at an epoch counted from its first; none where it is too large.
    pub(crate) fn seen(
        &mut self,
        room: u32,
        time: SimTime,
        epoch: u64,
        tree: Option<&[NodeState]>,
    ) {
        if room >= ROOMS {
            return;
        }
        let life = self
            .rooms
            .entry(room)
            .or_insert_with(|| Some(Life::default()));
        match (life.as_mut(), tree) {
            (Some(life), Some(tree)) => life.add(TreeMoment {
                time,
                epoch,
                nodes: tree.to_vec(),
            }),
            _ => *life = None,
        }
    }

    /// The room with the most commits; of several the one with the lowest number.
    pub(crate) fn busiest(self) -> Option<SmallRoom> {
        let small = self
            .rooms
            .into_iter()
            .filter_map(|(room, life)| Some((room, life?)));
        let (room, life) = small.max_by_key(|(room, life)| (life.seen, Reverse(*room)))?;
        Some(SmallRoom {
            room,
            moments: life.picked(),
        })
    }
}

/// What one room came through.
#[derive(Debug, Clone)]
struct Life {
    /// Trees so far.
    seen: u64,
    /// One of so many is kept.
    every: u64,
    kept: Vec<TreeMoment>,
    /// The newest, where it is not kept.
    newest: Option<TreeMoment>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            seen: 0,
            every: 1,
            kept: Vec::new(),
            newest: None,
        }
    }
}

impl Life {
    fn add(&mut self, moment: TreeMoment) {
        self.newest = None;
        if self.seen.is_multiple_of(self.every) {
            if self.kept.len() == KEPT {
                let mut at = 0..;
                self.kept
                    .retain(|_| at.next().is_some_and(|at: usize| at.is_multiple_of(2)));
                self.every *= 2;
            }
            self.kept.push(moment);
        } else {
            self.newest = Some(moment);
        }
        self.seen += 1;
    }

    /// First, last, and some between.
    fn picked(self) -> Vec<TreeMoment> {
        let mut all = self.kept;
        all.extend(self.newest);
        let mut wanted = evenly(all.len(), MOMENTS).peekable();
        let mut at = 0..;
        all.retain(|_| wanted.next_if_eq(&at.next().unwrap_or_default()).is_some());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many commits after its first epoch.
    fn live(rooms: &mut SmallRooms, room: u32, commits: u64) {
        for epoch in 0..=commits {
            let time = SimTime::from_nanos(epoch);
            rooms.seen(room, time, epoch, Some(&[NodeState::FULL]));
        }
    }

    fn epochs(rooms: SmallRooms) -> (u32, Vec<u64>) {
        let busiest = rooms.busiest().expect("a small room");
        let epochs = busiest.moments.iter().map(|moment| moment.epoch);
        (busiest.room, epochs.collect())
    }

    #[test]
    fn a_short_life_is_shown_whole_and_a_long_one_in_even_steps() {
        for (commits, shown) in [
            (0, vec![0]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 1, 2, 3, 4, 5, 6, 7]),
            (15, vec![0, 2, 4, 6, 9, 11, 13, 15]),
            (1_000, vec![0, 128, 320, 448, 576, 704, 896, 1_000]),
        ] {
            let mut rooms = SmallRooms::default();
            live(&mut rooms, 0, commits);
            assert_eq!(epochs(rooms), (0, shown));
        }
    }

    #[test]
    fn first_and_last_are_shown_however_few_fit() {
        let places = |len, most| evenly(len, most).collect::<Vec<_>>();
        assert_eq!(places(8, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(places(8, 4), [0, 2, 5, 7]);
        assert_eq!(places(2, 4), [0, 1]);
        assert_eq!(places(1, 4), [0]);
    }

    #[test]
    fn the_busiest_room_is_shown_of_those_that_stayed_small() {
        let mut rooms = SmallRooms::default();
        for (room, commits) in [(3, 2), (5, 4), (6, 4), (9, 30), (ROOMS, 40)] {
            live(&mut rooms, room, commits);
        }
        rooms.seen(9, SimTime::ZERO, 31, None);
        // Small again, but it has been large.
        live(&mut rooms, 9, 40);
        assert_eq!(epochs(rooms), (5, vec![0, 1, 2, 3, 4]));
        assert_eq!(SmallRooms::default().busiest(), None);
    }
}
