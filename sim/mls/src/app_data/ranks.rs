//! Which of many numbered things are there, and how many before each.

/// Flags by number, with ranks: a Fenwick tree (Fenwick 1994, "A new data structure for cumulative frequency tables").
#[derive(Debug, Clone, Default)]
pub(super) struct Ranks {
    /// The sum of the flags that end at each number, one to as many as the lowest bit of the number plus one says.
    sums: Vec<u32>,
}

fn lowest_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}

impl Ranks {
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// One more, that is there.
    pub(super) fn push(&mut self) {
        let number = self.sums.len() + 1;
        let mut sum = 1;
        let mut before = number - 1;
        while before > number - lowest_bit(number) {
            sum += self.sums[before - 1];
            before -= lowest_bit(before);
        }
        self.sums.push(sum);
    }

    /// Take back the last one.
    pub(super) fn pop(&mut self) {
        self.sums.pop();
    }

    /// It goes, having been there, or comes back.
    pub(super) fn set(&mut self, number: u32, there: bool) {
        let mut at = number as usize + 1;
        while let Some(sum) = self.sums.get_mut(at - 1) {
            match there {
                true => *sum += 1,
                false => *sum -= 1,
            }
            at += lowest_bit(at);
        }
    }

    /// How many are there before it.
    pub(super) fn rank(&self, number: u32) -> u32 {
        let mut at = (number as usize).min(self.sums.len());
        let mut rank = 0;
        while at > 0 {
            rank += self.sums[at - 1];
            at -= lowest_bit(at);
        }
        rank
    }

    /// The one that has so many before it.
    pub(super) fn select(&self, rank: u32) -> Option<u32> {
        let (mut at, mut left) = (0, rank);
        let mut step = (self.sums.len() + 1).next_power_of_two();
        while step > 0 {
            if let Some(sum) = self.sums.get(at + step - 1)
                && *sum <= left
            {
                left -= sum;
                at += step;
            }
            step /= 2;
        }
        (at < self.sums.len()).then_some(at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranks;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_are_those_of_a_plain_list(
            steps in prop::collection::vec((0u8..4, 0u32..40), 0..120),
        ) {
            let mut ranks = Ranks::default();
            let mut plain: Vec<bool> = Vec::new();
            for (what, at) in steps {
                match what {
                    0 | 1 => {
                        ranks.push();
                        plain.push(true);
                    }
                    2 if plain.last() == Some(&true) => {
                        ranks.pop();
                        plain.pop();
                    }
                    _ => if let Some(there) = plain.get_mut(at as usize) {
                        *there = !*there;
                        ranks.set(at, *there);
                    }
                }
                let there: Vec<u32> = (0..).zip(&plain).filter(|(_, there)| **there).map(|(at, _)| at).collect();
                for (rank, at) in there.iter().enumerate() {
                    prop_assert_eq!(ranks.rank(*at), rank as u32);
                    prop_assert_eq!(ranks.select(rank as u32), Some(*at));
                }
                prop_assert_eq!(ranks.select(there.len() as u32), None);
            }
        }
    }
}
