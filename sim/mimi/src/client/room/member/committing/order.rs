//! Whose turn it is.

use super::activity::Activity;
use crate::rendezvous::score;
use throng_workloads::scenario::Committer;

/// What a member sees of its group, as far as it decides who commits.
pub(in crate::client::room::member) trait Sight {
    /// Its own leaf.
    fn own_leaf(&self) -> u32;
    /// The leaves of all who could commit, ascending: a member that a pending proposal removes cannot (RFC 9420, section 12.4).
    fn able(&self) -> Vec<u32>;
    /// How many of them have lower leaves than its own.
    fn lower(&self) -> u32 {
        let own = self.own_leaf();
        self.able().partition_point(|leaf| *leaf < own) as u32
    }
    /// The group's name and epoch.
    fn group(&self) -> (&[u8], u64);
    /// Who was heard of, and when.
    fn activity(&self) -> &Activity;
    /// Whether it is the room's creator, or that has gone.
    fn is_admin(&self) -> bool;
}

/// How many come before this member in committing what is proposed; `None` where it is not for it to do.
pub(in crate::client::room::member) fn turn(
    committer: Committer,
    sight: &impl Sight,
) -> Option<u32> {
    let own = sight.own_leaf();
    match committer {
        Committer::Anyone => Some(0),
        Committer::Admin | Committer::AdminCovers => sight.is_admin().then_some(0),
        Committer::LowestLeaf => Some(sight.lower()),
        Committer::MostActive => {
            let activity = sight.activity();
            let place = activity.place(own);
            Some(before(sight, |leaf| activity.place(leaf) < place))
        }
        Committer::Rendezvous => {
            let (group, epoch) = sight.group();
            let place = |leaf: u32| (score(group, epoch, leaf.into()), leaf);
            let own = place(own);
            Some(before(sight, |leaf| place(leaf) > own))
        }
    }
}

/// How many of those who could commit come first.
fn before(sight: &impl Sight, first: impl Fn(u32) -> bool) -> u32 {
    let able = sight.able().into_iter();
    able.filter(|leaf| first(*leaf)).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the member at `own` sees.
    struct Seen {
        own: u32,
        able: Vec<u32>,
        epoch: u64,
        activity: Activity,
        admin: bool,
    }

    impl Sight for Seen {
        fn own_leaf(&self) -> u32 {
            self.own
        }

        fn able(&self) -> Vec<u32> {
            self.able.clone()
        }

        fn group(&self) -> (&[u8], u64) {
            (b"mimi://a.example/g/1", self.epoch)
        }

        fn activity(&self) -> &Activity {
            &self.activity
        }

        fn is_admin(&self) -> bool {
            self.admin
        }
    }

    const ABLE: [u32; 5] = [1, 2, 5, 8, 9];

    fn seen(own: u32) -> Seen {
        Seen {
            own,
            able: ABLE.to_vec(),
            epoch: 3,
            activity: Activity::default(),
            admin: false,
        }
    }

    /// The turns of all, by what each sees.
    fn turns(committer: Committer, change: impl Fn(&mut Seen)) -> Vec<Option<u32>> {
        let each = ABLE.iter().map(|own| {
            let mut seen = seen(*own);
            change(&mut seen);
            turn(committer, &seen)
        });
        each.collect()
    }

    #[test]
    fn anyone_is_everybody_and_an_admin_alone() {
        assert_eq!(turns(Committer::Anyone, |_| ()), [Some(0); 5]);
        for committer in [Committer::Admin, Committer::AdminCovers] {
            let only_eight = |seen: &mut Seen| seen.admin = seen.own == 8;
            assert_eq!(
                turns(committer, only_eight),
                [None, None, None, Some(0), None]
            );
        }
    }

    #[test]
    fn the_lowest_leaf_comes_first_and_the_others_after_it() {
        let all: Vec<Option<u32>> = (0..5).map(Some).collect();
        assert_eq!(turns(Committer::LowestLeaf, |_| ()), all);
        // It is about to be removed: the next one comes first.
        let without = |seen: &mut Seen| seen.able.retain(|leaf| *leaf != 1);
        let turns = turns(Committer::LowestLeaf, without);
        assert_eq!(turns[1..], [Some(0), Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn who_spoke_last_comes_first_as_far_as_it_was_heard() {
        let heard = |seen: &mut Seen| {
            seen.activity = [(8, 70), (2, 90), (4, 100)].into_iter().collect();
        };
        // Leaf 4 is nobody's any more; the silent come by leaf.
        assert_eq!(
            turns(Committer::MostActive, heard),
            [Some(2), Some(0), Some(3), Some(1), Some(4)]
        );
        // Who has missed the last message takes another for the first: both commit, and one loses.
        let mut late = seen(8);
        late.activity = [(8, 70)].into_iter().collect();
        assert_eq!(turn(Committer::MostActive, &late), Some(0));
    }

    #[test]
    fn all_agree_on_an_order_that_is_another_in_the_next_epoch() {
        let at = |epoch| turns(Committer::Rendezvous, |seen: &mut Seen| seen.epoch = epoch);
        for epoch in 0..50 {
            let mut turns = at(epoch);
            turns.sort_unstable();
            let all: Vec<Option<u32>> = (0..5).map(Some).collect();
            assert_eq!(turns, all, "each turn is one member's");
        }
        let firsts = |member: usize| {
            (0..50)
                .filter(|epoch| at(*epoch)[member] == Some(0))
                .count()
        };
        assert!((0..5).all(|member| firsts(member) > 0));
    }
}
