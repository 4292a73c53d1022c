//! Which of the numbers of a room's events something holds: nearly all from the first on, so that runs of them are kept and not each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A set of numbers, as runs of such as follow one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs {
    /// The last of each run by its first; between two there is a gap.
    runs: BTreeMap<u64, u64>,
}

impl Runs {
    /// One more.
    pub(super) fn insert(&mut self, number: u64) {
        if self.contains(number) {
            return;
        }
        let before = number.checked_sub(1);
        let before = before.and_then(|last| self.run_of(last));
        let after = number.checked_add(1);
        let after = after.and_then(|first| self.runs.remove(&first));
        let first = before.map_or(number, |(first, _)| first);
        self.runs.insert(first, after.unwrap_or(number));
    }

    /// Whether this is one of them.
    pub(super) fn contains(&self, number: u64) -> bool {
        self.run_of(number).is_some()
    }

    /// The least of them.
    pub(super) fn first(&self) -> Option<u64> {
        self.runs.keys().next().copied()
    }

    /// The largest of them.
    pub(super) fn last(&self) -> Option<u64> {
        self.runs.values().next_back().copied()
    }

    /// All numbers that are none of them, in order.
    pub(super) fn gaps(&self) -> impl Iterator<Item = RangeInclusive<u64>> {
        let begins = self.runs.values().map(|last| last.checked_add(1));
        let begins = std::iter::once(Some(0)).chain(begins);
        let ends = self.runs.keys().map(|first| first.checked_sub(1));
        let ends = ends.chain(std::iter::once(Some(u64::MAX)));
        begins
            .zip(ends)
            .filter_map(|(begin, end)| Some(begin?..=end?))
    }

    /// Forgets runs that end before this number, but the last of them.
    pub(super) fn forget_before(&mut self, number: u64) {
        let before = self.runs.range(..number).rev();
        let before = before.filter(|(_, last)| **last < number).skip(1);
        let before: Vec<u64> = before.map(|(first, _)| *first).collect();
        for first in before {
            self.runs.remove(&first);
        }
    }

    /// The run that a number is in.
    fn run_of(&self, number: u64) -> Option<(u64, u64)> {
        let run = self.runs.range(..=number).next_back();
        let run = run.map(|(first, last)| (*first, *last));
        run.filter(|(_, last)| number <= *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Whatever comes in whatever order, it is what a set of numbers is.
    #[test]
    fn runs_are_a_set() {
        let mut looks_random = 1_u64;
        for _ in 0..200 {
            let (mut runs, mut set) = (Runs::default(), BTreeSet::new());
            for _ in 0..60 {
                looks_random = looks_random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let (small, large) = (looks_random >> 33, looks_random >> 63 == 1);
                let number = match large {
                    true => u64::MAX - small % 6,
                    false => small % 40,
                };
                runs.insert(number);
                set.insert(number);
                let ends = (set.first().copied(), set.last().copied());
                assert_eq!((runs.first(), runs.last()), ends);
                for number in (0..42).chain(u64::MAX - 7..=u64::MAX) {
                    assert_eq!(runs.contains(number), set.contains(&number), "{number}");
                    let gaps = runs.gaps().filter(|gap| gap.contains(&number)).count();
                    assert_eq!(gaps, usize::from(!set.contains(&number)), "{number}");
                }
            }
        }
    }

    /// What goes on without a gap takes no more room for that.
    #[test]
    fn what_follows_is_one_run() {
        let mut runs = Runs::default();
        (7..10_000).for_each(|number| runs.insert(number));
        assert_eq!(runs.runs.len(), 1);
        let gaps: Vec<_> = runs.gaps().collect();
        assert_eq!(gaps, [0..=6, 10_000..=u64::MAX]);
    }

    #[test]
    fn what_is_past_is_forgotten_but_for_its_end() {
        let mut runs = Runs::default();
        for number in [1, 2, 5, 8, 9, 12] {
            runs.insert(number);
        }
        runs.forget_before(10);
        let gaps: Vec<_> = runs.gaps().collect();
        assert_eq!(gaps, [0..=7, 10..=11, 13..=u64::MAX]);
        runs.forget_before(9);
        assert_eq!(runs.first(), Some(8), "nothing ends before it");
    }
}
