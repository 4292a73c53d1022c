//! Distributions as small bars that a terminal can show.

use crate::summary::Stats;

/// Columns of a bar, where there is room for them.
const WIDTH: usize = 12;

/// What each letter stands for.
pub(super) const LEGEND: &str = "█ p50 to p90, ▓ to p99, ░ to the greatest";

/// A logarithmic axis that several bars share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sparks {
    low: f64,
    high: f64,
}

impl Sparks {
    /// From the least median to the greatest value; `None` where no distribution has any above 0.
    pub(super) fn over<'s>(all: impl Iterator<Item = &'s Stats>) -> Option<Self> {
        let mut axis = Self {
            low: f64::INFINITY,
            high: 0.0,
        };
        for stats in all {
            axis.high = axis.high.max(stats.max);
            if stats.p50 > 0.0 {
                axis.low = axis.low.min(stats.p50);
            }
        }
        (axis.high > 0.0 && axis.high.is_finite()).then(|| Self {
            low: axis.low.min(axis.high),
            ..axis
        })
    }

    /// Its two ends.
    pub(super) const fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// From the median to the greatest value, in so many columns at most.
    pub(super) fn bar(self, stats: &Stats, columns: usize) -> String {
        let columns = columns.min(WIDTH);
        let ends = [stats.p50, stats.p90, stats.p99, stats.max];
        let ends = ends.map(|value| self.column(value, columns));
        let letter = |column: usize| match column {
            column if column < ends[0] || column > ends[3] => ' ',
            column if column <= ends[1] => '█',
            column if column <= ends[2] => '▓',
            _ => '░',
        };
        (0..columns).map(letter).collect()
    }

    fn column(self, value: f64, columns: usize) -> usize {
        let span = (self.high / self.low).ln();
        if span <= 0.0 || value <= self.low {
            return 0;
        }
        let place = (value / self.low).ln() / span * columns as f64;
        (place as usize).min(columns.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(p50: f64, p90: f64, p99: f64, max: f64) -> Stats {
        Stats {
            mean: p50,
            p50,
            p90,
            p95: p90,
            p99,
            p999: p99,
            max,
        }
    }

    #[test]
    fn bars_share_a_logarithmic_axis() {
        let (quick, slow) = (stats(1.0, 4.0, 16.0, 64.0), stats(30.0, 65.0, 250.0, 256.0));
        let sparks = Sparks::over([&quick, &slow].into_iter()).expect("an axis");
        assert_eq!(sparks.bar(&quick, 99), "████▓▓▓░░░  ");
        assert_eq!(sparks.bar(&slow, 99), "       ███▓▓");
        assert_eq!(sparks.bar(&quick, 4), "██▓░");
    }

    #[test]
    fn a_single_value_is_a_block_and_nothing_is_no_axis() {
        let one = stats(5.0, 5.0, 5.0, 5.0);
        let sparks = Sparks::over([&one].into_iter()).expect("an axis");
        assert_eq!(sparks.bar(&one, 99), "█           ");
        let none = stats(0.0, 0.0, 0.0, 0.0);
        assert!(Sparks::over([&none].into_iter()).is_none());
        assert!(Sparks::over([].into_iter()).is_none());
    }
}
