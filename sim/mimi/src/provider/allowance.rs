//! How often one user may ask for KeyPackages.

use std::collections::BTreeMap;
use throng_workloads::time::{SimSpan, SimTime};

/// Users beyond which it is looked whom to forget.
const MANY: usize = 1024;

/// What each has asked for lately, by name: so many may be asked for at once, and as many again evenly over each period, no earlier than
/// that (the generic cell rate algorithm, ITU-T I.371, with the period as its tolerance). A process that begins anew has forgotten it.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    /// When as much is allowed again as at first.
    full: BTreeMap<Vec<u8>, SimTime>,
    look_at: usize,
}

impl Allowance {
    /// Whether this user may ask now, where so many are allowed in a period; if so, it has.
    pub(super) fn take(&mut self, now: SimTime, who: &[u8], many: u32, period: SimSpan) -> bool {
        let each = SimSpan::from_nanos(period.as_nanos() / u64::from(many.max(1)));
        let full = self.full.get(who).copied().unwrap_or(now).max(now) + each;
        if full.since(now) > period {
            return false;
        }
        self.forget(now);
        self.full.insert(who.to_vec(), full);
        true
    }

    /// Those to whom all is allowed again are as those who never asked.
    fn forget(&mut self, now: SimTime) {
        if self.full.len() >= self.look_at.max(MANY) {
            self.full.retain(|_, full| *full > now);
            self.look_at = 2 * self.full.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SimSpan = SimSpan::from_secs(3600);

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimSpan::from_secs(seconds)
    }

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let mut allowance = Allowance::default();
        let mut ask = |seconds| allowance.take(at(seconds), b"a", 4, HOUR);
        assert_eq!([0; 5].map(&mut ask), [true, true, true, true, false]);
        // A quarter of an hour later one more.
        assert_eq!([899, 900, 901].map(&mut ask), [false, true, false]);
        // Whoever waits a whole period has all again, and no more.
        assert_eq!([9000; 5].map(&mut ask), [true, true, true, true, false]);
        assert!(
            allowance.take(at(0), b"b", 4, HOUR),
            "others have their own"
        );
    }

    #[test]
    fn over_a_long_time_nobody_gets_more_than_the_rate() {
        let mut allowance = Allowance::default();
        let mut taken = 0;
        for second in 0..36_000 {
            taken += u32::from(allowance.take(at(second), b"a", 10, HOUR));
        }
        // Ten at the beginning, and one every 360 s after that.
        assert_eq!(taken, 10 + 99);
    }

    #[test]
    fn those_who_asked_long_ago_are_forgotten() {
        let mut allowance = Allowance::default();
        for user in 0..10_000u64 {
            assert!(allowance.take(at(user), &user.to_le_bytes(), 10, SimSpan::from_secs(10)));
        }
        assert!(allowance.full.len() <= MANY);
    }
}
