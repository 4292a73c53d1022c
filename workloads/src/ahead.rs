//! Moments to come, by number: until when something is busy, or on its way.

use crate::time::SimTime;
use std::collections::BTreeMap;

/// So many are remembered before those that are over are forgotten, and twice as many as were left then before it is done again.
const BEFORE_PRUNING: usize = 1024;

/// The moment of each number. One that is over may be missing.
///
/// ```
/// use throng_workloads::ahead::Ahead;
/// use throng_workloads::time::{SimSpan, SimTime};
///
/// let at = |seconds| SimTime::ZERO + SimSpan::from_secs(seconds);
/// let mut busy = Ahead::default();
/// busy.put(7, at(30), at(10));
/// assert_eq!(busy.get(7), Some(at(30)));
/// assert_eq!(busy.get(8), None);
/// ```
#[derive(Debug, Clone)]
pub struct Ahead {
    moments: BTreeMap<u32, SimTime>,
    prune_at: usize,
}

impl Default for Ahead {
    fn default() -> Self {
        Self {
            moments: BTreeMap::new(),
            prune_at: BEFORE_PRUNING,
        }
    }
}

impl Ahead {
    /// The moment of this number.
    pub fn get(&self, number: u32) -> Option<SimTime> {
        self.moments.get(&number).copied()
    }

    /// The moment of this number is that from `now` on, before which nobody asks any more.
    pub fn put(&mut self, number: u32, at: SimTime, now: SimTime) {
        self.moments.insert(number, at);
        if self.moments.len() >= self.prune_at {
            self.moments.retain(|_, at| *at > now);
            self.prune_at = BEFORE_PRUNING.max(2 * self.moments.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimSpan;

    #[test]
    fn what_is_over_is_forgotten_and_nothing_else() {
        let at = |seconds: u32| SimTime::ZERO + SimSpan::from_secs(seconds.into());
        let mut ahead = Ahead::default();
        let many = 10 * BEFORE_PRUNING as u32;
        for number in 0..many {
            // Each is there for a hundred seconds.
            ahead.put(number, at(number + 100), at(number));
        }
        assert!(ahead.moments.len() < 2 * BEFORE_PRUNING);
        for number in many - 100..many {
            assert_eq!(ahead.get(number), Some(at(number + 100)));
        }
        assert_eq!(ahead.get(0), None);
    }
}
