//! What is measured: sizes of groups, states of trees, how often.

use std::fmt;

/// The state of a ratchet tree, which decides what operations on it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// All members were added at once: every parent is blank.
    Bare,
    /// Then every second member was removed.
    HalfBlank,
    /// Every parent is filled.
    Full,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "bare",
            Self::HalfBlank => "half blank",
            Self::Full => "full",
        })
    }
}

/// How it is measured what adding everybody to a new group in one commit takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddAll {
    /// In every round.
    EachRound,
    /// Once, when the room is made, with the tree in the Welcome and beside it. That takes ten thousand members most of a
    /// minute, which no short disturbance changes much.
    Once,
    /// Once, and only with the tree beside the Welcome: in it, it is sealed anew for every joiner, which takes minutes.
    OnceBeside,
}

/// One room to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPlan {
    /// The state of its tree.
    pub tree: Tree,
    /// Members that it is made of; a half-blank tree then loses every second one.
    pub members: u32,
    /// Users on the participant list in its GroupContext; its members are not among them.
    pub listed: u32,
    /// Whether the fit does not see it.
    pub held_out: bool,
    /// How often it is gone through. Rounds are far apart in time, so that what disturbs one of them does not disturb
    /// all.
    pub rounds: u32,
    /// How its beginning is measured, if that is one commit.
    pub add_all: AddAll,
}

/// Which rooms are measured, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The rooms, small ones first, and at last those with participant lists.
    pub rooms: Vec<RoomPlan>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Groups of at most 300 members, in about ten seconds.
    Quick,
    /// All sizes; large rooms are bare, and of the largest only that is measured which takes seconds.
    #[default]
    Normal,
    /// Everything in the largest rooms too, and large rooms of which half is blank.
    Thorough,
}

/// Sizes, and whether they are held out: near to powers of two and between them.
const SIZES: [(u32, bool); 13] = [
    (2, false),
    (5, false),
    (10, true),
    (20, false),
    (50, false),
    (90, true),
    (128, false),
    (300, false),
    (500, true),
    (700, false),
    (1000, true),
    (1500, false),
    (2000, true),
];

/// Users on participant lists, and whether they are held out. Each takes 31 bytes of the GroupContext, up to 3 MB of it.
const LISTS: [(u32, bool); 5] = [
    (1_000, false),
    (5_000, true),
    (20_000, false),
    (50_000, true),
    (100_000, false),
];

/// Members of the rooms with such lists, few as they are: what their trees take is measured elsewhere.
const LISTED_MEMBERS: u32 = 20;

/// The longest list of a quick calibration.
const LONGEST_QUICK: u32 = 5_000;

/// The first of the large sizes, of which each is twice the one before. What grows with the square of a group is a small part
/// of anything below, and trees leave the caches next to a core here.
const FIRST_LARGE: u32 = 5000;

/// Making a full tree takes as many external joins as it has members, each with a part that grows with the square of the
/// members, so larger ones would take longer than all the rest.
const LARGEST_FULL: u32 = 1000;

/// A half-blank tree of fewer members says nothing new.
const SMALLEST_HALF_BLANK: u32 = 10;

/// More members than this are added in one commit with the tree in the Welcome only where time is no matter.
const LARGEST_ADD_ALL: u32 = 10_000;

/// The largest group of a quick calibration.
const LARGEST_QUICK: u32 = 300;

impl Effort {
    fn rounds(self, members: u32) -> u32 {
        match (self, members >= FIRST_LARGE) {
            (Self::Quick, _) => 4,
            (_, false) => 9,
            (Self::Normal, true) => 2,
            (Self::Thorough, true) => 3,
        }
    }

    fn add_all(self, members: u32) -> AddAll {
        match members {
            ..FIRST_LARGE => AddAll::EachRound,
            FIRST_LARGE..=LARGEST_ADD_ALL => AddAll::Once,
            _ if self == Self::Thorough => AddAll::Once,
            _ => AddAll::OnceBeside,
        }
    }

    fn trees(self, members: u32) -> impl Iterator<Item = Tree> {
        let large = members >= FIRST_LARGE && self != Self::Thorough;
        let half_blank = members >= SMALLEST_HALF_BLANK && !large;
        [
            Some(Tree::Bare),
            half_blank.then_some(Tree::HalfBlank),
            (members <= LARGEST_FULL).then_some(Tree::Full),
        ]
        .into_iter()
        .flatten()
    }
}

impl Plan {
    /// How often the room is gone through that is gone through most often.
    pub fn rounds(&self) -> u32 {
        let rounds = self.rooms.iter().map(|room| room.rounds);
        rounds.max().unwrap_or(0)
    }

    /// The members of the largest group that is measured unless asked otherwise.
    pub const LARGEST: u32 = 20_000;

    /// The plan for groups of at most `largest` members (at least 2). On an idle core of a server, up to 2,000 members take
    /// some three minutes, and up to 20,000 another five, or twelve with [`Effort::Thorough`].
    ///
    /// ```
    /// use throng_calibrate::{Effort, Plan};
    ///
    /// let plan = Plan::new(Plan::LARGEST, Effort::Normal);
    /// assert!(plan.rooms.iter().any(|room| room.held_out && room.members == 10_000));
    /// let small = Plan::new(100, Effort::Normal);
    /// assert!(small.rooms.iter().all(|room| room.members <= 100));
    /// ```
    pub fn new(largest: u32, effort: Effort) -> Self {
        let largest = match effort {
            Effort::Quick => largest.min(LARGEST_QUICK),
            _ => largest,
        };
        let mut sizes: Vec<(u32, bool)> = SIZES.to_vec();
        sizes.retain(|(members, _)| *members <= largest.max(2));
        let large = std::iter::successors(Some(FIRST_LARGE), |members| members.checked_mul(2));
        let large: Vec<u32> = large.take_while(|members| *members <= largest).collect();
        // The fit sees the largest, so that it has not to extrapolate, and of the others every second one.
        let count = large.len();
        let large = large.into_iter().enumerate();
        sizes.extend(large.map(|(at, members)| (members, (count - at).is_multiple_of(2))));
        let rooms = sizes.into_iter().flat_map(|(members, held_out)| {
            effort.trees(members).map(move |tree| RoomPlan {
                tree,
                members,
                listed: 0,
                held_out,
                rounds: effort.rounds(members),
                add_all: effort.add_all(members),
            })
        });
        let lists = LISTS.into_iter();
        let lists = lists.filter(|(users, _)| effort != Effort::Quick || *users <= LONGEST_QUICK);
        let listed = lists.flat_map(|(listed, held_out)| {
            let members = LISTED_MEMBERS.min(largest.max(2));
            [Tree::Bare, Tree::Full].map(|tree| RoomPlan {
                tree,
                members,
                listed,
                held_out,
                rounds: effort.rounds(members),
                add_all: effort.add_all(members),
            })
        });
        Self {
            rooms: rooms.chain(listed).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_has_sizes_to_fit() {
        for largest in [0, 1, 2, 9, 300, 5_000, 20_000, u32::MAX] {
            for effort in [Effort::Normal, Effort::Thorough] {
                let plan = Plan::new(largest, effort);
                assert!(plan.rooms.iter().any(|room| !room.held_out), "{largest}");
                let most = plan.rooms.iter().map(|room| room.members).max();
                assert!(most <= Some(largest.max(2)), "{most:?}");
            }
        }
    }

    #[test]
    fn the_fit_sees_the_largest_room_and_not_the_one_before() {
        let large = Plan::new(20_000, Effort::Normal);
        let of = |members| large.rooms.iter().find(|room| room.members == members);
        assert!(!of(20_000).unwrap().held_out && of(10_000).unwrap().held_out);
        assert!(!of(5_000).unwrap().held_out);
        assert_eq!(of(20_000).unwrap().add_all, AddAll::OnceBeside);
        assert_eq!(of(10_000).unwrap().add_all, AddAll::Once);
        let thorough = Plan::new(20_000, Effort::Thorough);
        let last = thorough
            .rooms
            .iter()
            .rfind(|room| room.listed == 0)
            .unwrap();
        assert_eq!((last.tree, last.add_all), (Tree::HalfBlank, AddAll::Once));
    }

    #[test]
    fn a_quick_plan_holds_something_out_too() {
        let plan = Plan::new(Plan::LARGEST, Effort::Quick);
        assert!(plan.rooms.iter().any(|room| room.held_out));
        assert!(plan.rooms.iter().all(|room| room.members <= 300));
    }
}
