//! How far the clocks of two machines are apart, by asking: what the other says is of some moment between question and answer, and of the
//! answer that came soonest that is known best (F. Cristian, Probabilistic clock synchronization, 1989).

use super::words::Began;

/// So often each is asked.
pub(super) const ASKED: u32 = 8;

/// What is known of somebody's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// The question that is to be answered next, and when it was asked.
    asked: Option<(u32, u64)>,
    /// How long the soonest answer took, and how far the other clock was ahead then.
    best: Option<(u64, i64)>,
}

impl Clock {
    /// Asks the question of this number, now.
    pub(super) fn ask(&mut self, number: u32, now: u64) {
        self.asked = Some((number, now));
    }

    /// An answer came now, and says what time it was there. Whether it is one.
    pub(super) fn answered(&mut self, number: u32, there: u64, now: u64) -> bool {
        let Some((_, asked)) = self.asked.filter(|(asked, _)| *asked == number) else {
            return false;
        };
        self.asked = None;
        let took = now.saturating_sub(asked);
        let here = asked.saturating_add(took / 2);
        if self.best.is_none_or(|(best, _)| took < best) {
            self.best = Some((took, difference(there, here)));
        }
        true
    }

    /// Whether an answer is still to come.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// A moment of this machine as the other has it.
    pub(super) fn there(&self, moment: u64) -> Began {
        let (took, ahead) = self.best.unwrap_or_default();
        Began {
            moment: moment.saturating_add_signed(ahead),
            apart: took.div_ceil(2),
            ahead,
        }
    }
}

/// How much more the one is.
fn difference(one: u64, other: u64) -> i64 {
    let difference = i128::from(one) - i128::from(other);
    difference.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However long ways take and wherever a clock stands: what is said of it is no further off than what is said of that.
    #[test]
    fn a_clock_is_known_as_well_as_the_soonest_answer_allows() {
        for ahead in [-5_000_000_i64, 0, 123_456_789_000] {
            let mut clock = Clock::default();
            let mut now = 10_000_000_u64;
            for (number, (there, back)) in
                [(900, 100), (20, 60), (400, 4_000)].into_iter().enumerate()
            {
                let number = number as u32;
                clock.ask(number, now);
                let says = (now + there).saturating_add_signed(ahead);
                assert!(
                    !clock.answered(number + 1, 1, now + 1),
                    "another question's"
                );
                assert!(clock.answered(number, says, now + there + back));
                assert!(!clock.answered(number, says, now + there + back), "twice");
                now += 1_000_000;
            }
            let began = clock.there(now);
            assert_eq!(began.apart, 40);
            let right = now.saturating_add_signed(ahead);
            assert!(began.moment.abs_diff(right) <= began.apart, "{began:?}");
        }
    }
}
