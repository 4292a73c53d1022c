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

/// One room to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPlan {
    /// The state of its tree.
    pub tree: Tree,
    /// Members that it is made of; a half-blank tree then loses every second one.
    pub members: u32,
    /// Whether the fit does not see it.
    pub held_out: bool,
}

/// Which rooms are measured, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The rooms, small ones first.
    pub rooms: Vec<RoomPlan>,
    /// How often all rooms are gone through. Rounds are far apart in time, so that what disturbs one of
    /// them does not disturb all.
    pub rounds: u32,
}

/// Sizes, and whether they are held out: near to powers of two, between them, and a largest one for which the fit
/// has to extrapolate.
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

/// Making a full tree takes as many external joins as it has members, each linear in them, so larger ones would take
/// longer than all the rest.
const LARGEST_FULL: u32 = 1000;

/// A half-blank tree of fewer members says nothing new.
const SMALLEST_HALF_BLANK: u32 = 10;

impl Plan {
    /// The members of the largest group that is measured unless asked otherwise.
    pub const LARGEST: u32 = 2000;

    /// The plan for groups of at most `largest` members (at least 2), in a few minutes.
    ///
    /// ```
    /// use throng_calibrate::Plan;
    ///
    /// let plan = Plan::new(Plan::LARGEST);
    /// assert!(plan.rooms.iter().any(|room| room.held_out && room.members == 1000));
    /// assert!(Plan::new(100).rooms.iter().all(|room| room.members <= 100));
    /// ```
    pub fn new(largest: u32) -> Self {
        let mut sizes: Vec<(u32, bool)> = SIZES.to_vec();
        // Further on by half again, the last of them held out.
        let mut next = 3000;
        while next <= largest {
            sizes.push((next, false));
            next += next / 2;
        }
        sizes.retain(|(members, _)| *members <= largest.max(2));
        if largest > Self::LARGEST
            && let Some((_, held_out)) = sizes.last_mut()
        {
            *held_out = true;
        }
        let room = |tree, (members, held_out)| RoomPlan {
            tree,
            members,
            held_out,
        };
        let rooms = sizes.into_iter().flat_map(|size| {
            let trees = [
                Some(Tree::Bare),
                (size.0 >= SMALLEST_HALF_BLANK).then_some(Tree::HalfBlank),
                (size.0 <= LARGEST_FULL).then_some(Tree::Full),
            ];
            trees
                .into_iter()
                .flatten()
                .map(move |tree| room(tree, size))
        });
        Self {
            rooms: rooms.collect(),
            rounds: 9,
        }
    }

    /// A rougher one of groups of at most 300 members, in about ten seconds.
    pub fn quick(largest: u32) -> Self {
        Self {
            rounds: 4,
            ..Self::new(largest.min(300))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_has_sizes_to_fit() {
        for largest in [0, 1, 2, 9, 300, 5_000, 20_000] {
            let plan = Plan::new(largest);
            assert!(plan.rooms.iter().any(|room| !room.held_out), "{largest}");
            let most = plan.rooms.iter().map(|room| room.members).max();
            assert!(most <= Some(largest.max(2)), "{most:?}");
        }
        let large = Plan::new(20_000);
        let last = large.rooms.last().unwrap();
        assert!(last.held_out && last.members > 10_000);
    }

    #[test]
    fn a_quick_plan_holds_something_out_too() {
        let plan = Plan::quick(Plan::LARGEST);
        assert!(plan.rooms.iter().any(|room| room.held_out));
        assert!(plan.rooms.iter().all(|room| room.members <= 300));
    }
}
