//! Who is in a room, in the order of joining.

use crate::flat::Flat;
use crate::intent::UserId;

/// The users of a room in the order of joining; joining, leaving and finding the k-th are O(log n).
///
/// Every joining gets a slot of its own; a Fenwick tree counts the slots that are still taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    order: Vec<UserId>,
    /// Fenwick tree: entry i−1 counts the taken slots in (i − lowbit(i), i], slots counted from 1.
    counts: Vec<u32>,
    /// By user.
    slots: Flat,
}

const fn lowbit(i: usize) -> usize {
    i & i.wrapping_neg()
}

impl Roster {
    /// How many users are in.
    pub(crate) fn len(&self) -> u32 {
        self.slots.len()
    }

    /// Whether the user is in.
    pub(crate) fn contains(&self, user: UserId) -> bool {
        self.slot(user).is_some()
    }

    /// The slot that the user got on joining; another one after every joining.
    pub(crate) fn slot(&self, user: UserId) -> Option<u32> {
        self.slots.get(user.0)
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, users: usize) {
        self.order.reserve(users);
        self.counts.reserve(users);
    }

    /// Lets a user in; false where they are in already.
    pub(crate) fn add(&mut self, user: UserId) -> bool {
        if self.contains(user) {
            return false;
        }
        self.slots.insert(user.0, self.order.len() as u32);
        self.order.push(user);
        let i = self.order.len();
        let (mut count, mut below) = (1, i - 1);
        while below > i - lowbit(i) {
            count += self.counts[below - 1];
            below -= lowbit(below);
        }
        self.counts.push(count);
        true
    }

    /// Lets a user out; false where they are not in.
    pub(crate) fn remove(&mut self, user: UserId) -> bool {
        let Some(slot) = self.slots.remove(user.0) else {
            return false;
        };
        let mut i = slot as usize + 1;
        while i <= self.counts.len() {
            self.counts[i - 1] -= 1;
            i += lowbit(i);
        }
        true
    }

    /// The user of this rank by joining, from 0; `None` beyond the last.
    pub(crate) fn at(&self, rank: u32) -> Option<UserId> {
        if rank >= self.len() {
            return None;
        }
        let (mut slot, mut left) = (0, rank);
        let mut step = self.counts.len().next_power_of_two();
        while step > 0 {
            if let Some(count) = self.counts.get(slot + step - 1)
                && *count <= left
            {
                slot += step;
                left -= count;
            }
            step /= 2;
        }
        self.order.get(slot).copied()
    }

    /// All users in the order of joining.
    pub(crate) fn iter(&self) -> impl Iterator<Item = UserId> {
        let taken = |(slot, user): (usize, &UserId)| {
            (self.slot(*user) == Some(slot as u32)).then_some(*user)
        };
        self.order.iter().enumerate().filter_map(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_roster_is_an_ordered_list(steps in prop::collection::vec((any::<bool>(), 0u32..20), 0..200)) {
            let mut roster = Roster::default();
            let mut list: Vec<UserId> = Vec::new();
            for (join, user) in steps {
                let user = UserId(user);
                let listed = list.contains(&user);
                if join {
                    prop_assert_eq!(roster.add(user), !listed);
                    if !listed {
                        list.push(user);
                    }
                } else {
                    prop_assert_eq!(roster.remove(user), listed);
                    list.retain(|u| *u != user);
                }
                prop_assert_eq!(roster.iter().collect::<Vec<_>>(), list.clone());
                for rank in 0..=list.len() {
                    prop_assert_eq!(roster.at(rank as u32), list.get(rank).copied());
                }
            }
        }
    }
}
