//! Where along one number something that holds for small values ends to hold: a search that is told of one value after another.
//!
//! It first grows or shrinks geometrically until it has a value that holds below one that does not, then closes in on where the change is.
//! Whoever knows how far a value is from the limit (its margin, positive where it holds) spares it most steps: the next value is then where
//! the logarithms of margins and values lie on one line, a little to either side of it, and every third step halves what is left, so that
//! a line that misleads costs little (false position with a safeguard).

/// Where is searched, and how finely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// No smaller value is tried; above 0.
    pub low: f64,
    /// No larger value is tried.
    pub high: f64,
    /// Whether values are whole numbers.
    pub whole: bool,
    /// How far apart the ends may be in the end, as a part of the lower one. Of whole numbers, neighbours are near enough.
    pub precision: f64,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// The value.
    pub value: f64,
    /// Whether it holds.
    pub holds: bool,
    /// How far from the limit it is: the logarithm of how many times as large the limit is, where that is known.
    pub margin: Option<f64>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Try this value.
    Try(f64),
    /// It is over.
    End(End),
}

/// How a search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// It holds up to here. Of whole numbers that are neighbours, this is the last that holds; otherwise the best guess between the ends.
    Crossing {
        /// The guess.
        at: f64,
        /// A value that holds.
        holds: f64,
        /// A value above it that does not.
        fails: f64,
    },
    /// Even the largest value that may be tried holds.
    AllHold(f64),
    /// Not even the smallest value that may be tried holds.
    NoneHolds(f64),
}

/// Times as large the first step is where nothing is known beforehand.
const FIRST_STEP: f64 = 2.0;

/// A step that grows grows no further.
const LARGEST_STEP: f64 = 4.0;

/// How far to either side of the guess is tried, as a part of the precision: both together are within it.
const ASIDE: f64 = 0.45;

/// A search under way.
///
/// ```
/// use throng_experiments::capacity::search::{End, Next, Range, Search};
/// let range = Range { low: 1.0, high: 1e6, whole: true, precision: 0.01 };
/// let mut search = Search::new(range, 10.0);
/// let end = loop {
///     match search.next() {
///         Next::Try(value) => search.tell(value, value <= 137.0, None),
///         Next::End(end) => break end,
///     }
/// };
/// assert_eq!(end, End::Crossing { at: 137.0, holds: 137.0, fails: 138.0 });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    range: Range,
    start: f64,
    step: f64,
    told: Vec<Told>,
    /// The ends, once there are both.
    ends: Option<[Told; 2]>,
    /// Steps since there are.
    steps: u32,
}

impl Search {
    /// One that begins here.
    pub fn new(range: Range, start: f64) -> Self {
        Self::near(range, start, FIRST_STEP)
    }

    /// One that begins where the end is likely, with a first step of so many times the value, more than 1.
    pub fn near(range: Range, start: f64, step: f64) -> Self {
        let mut search = Self {
            range,
            start,
            step: step.max(1.0 + range.precision),
            told: Vec::new(),
            ends: None,
            steps: 0,
        };
        search.start = search.sound(start);
        search
    }

    /// All that it was told, in order.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// What to try next, or how it ended.
    pub fn next(&self) -> Next {
        match (self.ends, self.told.last()) {
            (_, None) => Next::Try(self.start),
            (Some([holds, fails]), _) => self.within(holds, fails),
            (None, Some(last)) => self.beyond(last),
        }
    }

    /// Hears what became of a value.
    pub fn tell(&mut self, value: f64, holds: bool, margin: Option<f64>) {
        let told = Told {
            value,
            holds,
            margin: margin.filter(|margin| margin.is_finite() && (*margin >= 0.0) == holds),
        };
        self.told.push(told);
        match &mut self.ends {
            Some(ends) => {
                ends[usize::from(!holds)] = told;
                self.steps += 1;
            }
            None => self.ends = self.both(),
        }
    }

    /// The most values that are still to be tried, where it goes as badly as it can, but for growing, which ends where it may.
    pub fn at_most(&self) -> u32 {
        let halvings = |ratio: f64| {
            let parts = ratio.ln() / self.range.precision.ln_1p();
            parts.max(1.0).log2().ceil() as u32
        };
        match (self.next(), self.ends) {
            (Next::End(_), _) => 0,
            // Two of three steps may not shrink it much.
            (_, Some([holds, fails])) => 3 * halvings(fails.value / holds.value),
            (_, None) => 2 + 3 * halvings(self.step),
        }
    }

    /// Values that do not hold below ones that do, where there are any: then there is no one end.
    pub fn is_monotone(&self) -> bool {
        let least = self.told.iter().filter(|told| !told.holds);
        let least = least.map(|told| told.value).fold(f64::INFINITY, f64::min);
        self.told
            .iter()
            .all(|told| !told.holds || told.value < least)
    }

    fn both(&self) -> Option<[Told; 2]> {
        let fails = self.told.iter().filter(|told| !told.holds);
        let fails = fails.min_by(|one, other| one.value.total_cmp(&other.value))?;
        let holds = self
            .told
            .iter()
            .filter(|told| told.holds && told.value < fails.value);
        let holds = holds.max_by(|one, other| one.value.total_cmp(&other.value))?;
        Some([*holds, *fails])
    }

    /// While all that was tried holds, or nothing does.
    fn beyond(&self, last: &Told) -> Next {
        let Range { low, high, .. } = self.range;
        let step = self.step.powi(1 << (self.told.len() - 1).min(6));
        let step = step.min(LARGEST_STEP.max(self.step));
        if last.holds {
            if last.value >= high {
                return Next::End(End::AllHold(last.value));
            }
            let next = self.sound(last.value * step);
            return Next::Try(match next > last.value {
                true => next,
                false => (last.value + 1.0).min(high),
            });
        }
        if last.value <= low {
            return Next::End(End::NoneHolds(last.value));
        }
        let next = self.sound(last.value / step);
        Next::Try(match next < last.value {
            true => next,
            false => (last.value - 1.0).max(low),
        })
    }

    fn within(&self, holds: Told, fails: Told) -> Next {
        let (low, high) = (holds.value, fails.value);
        let guess = guess(&holds, &fails);
        let near = high / low - 1.0 <= self.range.precision;
        let neighbours = self.range.whole && high - low <= 1.0;
        if near || neighbours {
            let at = match (neighbours, self.range.whole) {
                (true, _) => low,
                (false, true) => guess.unwrap_or_else(|| (low * high).sqrt()).floor(),
                (false, false) => guess.unwrap_or_else(|| (low * high).sqrt()),
            };
            return Next::End(End::Crossing {
                at,
                holds: low,
                fails: high,
            });
        }
        let middle = (low * high).sqrt();
        let aside = 1.0 + ASIDE * self.range.precision;
        let next = match guess.filter(|_| self.steps % 3 != 2) {
            None => middle,
            Some(guess) => {
                let (down, up) = (guess / aside, guess * aside);
                match (down <= low, up >= high) {
                    (true, true) => middle,
                    (true, false) => up,
                    (false, true) => down,
                    // First from the side from which less is known to hold.
                    (false, false) if guess / low > high / guess => down,
                    (false, false) => up,
                }
            }
        };
        let next = match self.range.whole {
            true => next.round().clamp(low + 1.0, high - 1.0),
            false => next,
        };
        Next::Try(next)
    }

    fn sound(&self, value: f64) -> f64 {
        let value = match self.range.whole {
            true => value.round(),
            false => value,
        };
        value.clamp(self.range.low, self.range.high)
    }
}

/// Where margins and the logarithms of values lie on one line, strictly between the ends.
fn guess(holds: &Told, fails: &Told) -> Option<f64> {
    let (above, below) = (holds.margin?, fails.margin?);
    let part = above / (above - below);
    let at = holds.value * (fails.value / holds.value).powf(part);
    (part.is_finite() && at > holds.value && at < fails.value).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANGE: Range = Range {
        low: 1e-6,
        high: 1e9,
        whole: false,
        precision: 0.01,
    };

    /// How it ends, and how many values that took.
    fn found(mut search: Search, of: impl Fn(f64) -> (bool, Option<f64>)) -> (End, usize, Search) {
        for tried in 0..500 {
            match search.next() {
                Next::End(end) => return (end, tried, search),
                Next::Try(value) => {
                    let (holds, margin) = of(value);
                    search.tell(value, holds, margin);
                }
            }
        }
        panic!("no end: {search:?}");
    }

    #[test]
    fn margins_spare_most_steps() {
        // The waiting time of M/M/1 against a limit.
        let margin = |load: f64| (5.0 * (1.0 - load).max(1e-3) / load).ln();
        let of = |load: f64| (margin(load) >= 0.0, Some(margin(load)));
        let (end, tried, _) = found(Search::new(RANGE, 0.1), of);
        let (blind_end, blind, _) = found(Search::new(RANGE, 0.1), |load| (of(load).0, None));
        for end in [end, blind_end] {
            let End::Crossing { at, .. } = end else {
                panic!("{end:?}");
            };
            assert!((at / (5.0 / 6.0) - 1.0).abs() < 0.01, "{at}");
        }
        assert!(tried + 2 < blind, "{tried} and {blind}");
    }

    #[test]
    fn where_nothing_ends_that_is_said() {
        let range = Range {
            low: 2.0,
            high: 50.0,
            whole: true,
            ..RANGE
        };
        let all = found(Search::new(range, 10.0), |_| (true, None)).0;
        assert_eq!(all, End::AllHold(50.0));
        let none = found(Search::new(range, 10.0), |_| (false, Some(-1.0))).0;
        assert_eq!(none, End::NoneHolds(2.0));
    }

    #[test]
    fn what_fails_below_what_holds_is_noticed() {
        let mut search = Search::new(RANGE, 8.0);
        search.tell(8.0, false, None);
        search.tell(4.0, true, None);
        assert!(search.is_monotone());
        search.tell(9.0, true, None);
        assert!(!search.is_monotone());
    }

    proptest! {
        #[test]
        fn whatever_the_margins_say_the_end_is_found(
            end in 1u32..100_000,
            start in 1u32..100_000,
            lies in proptest::collection::vec(proptest::option::of(0.001f64..10.0), 7),
        ) {
            let range = Range { low: 1.0, high: 200_000.0, whole: true, precision: 1e-9 };
            let of = |value: f64| {
                let holds = value <= f64::from(end);
                let lie = lies[value as usize % 7];
                (holds, lie.map(|lie| if holds { lie } else { -lie }))
            };
            let (found, tried, search) = found(Search::new(range, f64::from(start)), of);
            let at = f64::from(end);
            prop_assert_eq!(found, End::Crossing { at, holds: at, fails: at + 1.0 });
            prop_assert!(search.is_monotone());
            prop_assert!(tried < 90, "{}", tried);
        }
    }
}
