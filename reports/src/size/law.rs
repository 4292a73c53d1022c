//! How what a provider has to do grows with the population, by runs of parts of it.
//!
//! As long as rooms do not grow with the population, whatever a user causes is the same in every run, so a quantity y of n users is b·n, and b is
//! estimated as the quotient of the sums (the ratio estimator: W. G. Cochran, *Sampling Techniques*, 3rd ed. 1977, section 6.3), with
//! Var(b) ≈ k/(k−1) · Σ(y − b·n)² / (Σn)². That it is so is looked at, not believed: a straight line through the logarithms gives the power
//! with which y grows, and the law of the smaller runs has to foretell the largest. As many quantities are looked at, chance would show some
//! of them to grow: a power is taken only where that is as unlikely for all of them together as it is commonly asked of one (Bonferroni).

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// How far the power may be from 1 before rooms are said to grow with the population.
const NEAR: f64 = 0.1;

/// What is outside of an interval of 95 %.
const SURE: f64 = 0.05;

/// A quantity by the number of users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Law {
    /// y = `each` · n^`power`.
    pub each: f64,
    /// 1 where every user causes the same.
    pub power: f64,
    /// Half of the 95 % interval of `each`, as a part of it.
    pub error: f64,
    /// Half of the 95 % interval of `power`, where it was taken from the runs, and the logarithm of the users in their middle.
    #[serde(skip)]
    leans: (f64, f64),
    /// What the smaller runs foretell of the largest, less what that had, as a part of that; `None` where there is but one size, or nothing.
    pub held_out: Option<f64>,
    /// The power that the runs show, with half of its 95 % interval; `None` where one cannot be told.
    pub seen: Option<(f64, f64)>,
}

impl Law {
    /// Fits the law to (users, quantity) of several runs, one of so many that are looked at together.
    ///
    /// ```
    /// use throng_reports::size::Law;
    /// let law = Law::fit(&[(100.0, 4.9), (100.0, 5.1), (200.0, 10.1), (400.0, 20.2)], 1);
    /// assert_eq!(law.power, 1.0);
    /// assert!((law.at(1e6) - 50_375.0).abs() < 1e-6 && law.error < 0.02);
    /// assert!((law.held_out.unwrap() - (0.050_25 * 400.0 / 20.2 - 1.0)).abs() < 1e-12);
    /// ```
    pub fn fit(runs: &[(f64, f64)], together: usize) -> Self {
        // A power is believed where it is sure, and far enough from 1 to matter.
        let sure = power(runs, SURE / together.max(1) as f64);
        let sure = sure.is_some_and(|(power, half)| (power - 1.0).abs() > half.max(NEAR));
        let seen = power(runs, SURE);
        let (power, half) = seen.filter(|_| sure).unwrap_or((1.0, 0.0));
        Self::growing(runs, power, half)
    }

    /// The law of a quantity of which it is known with which power it grows, give or take `half` with 95 %.
    pub(super) fn growing(runs: &[(f64, f64)], power: f64, half: f64) -> Self {
        let seen = self::power(runs, SURE);
        let middle = runs.iter().map(|run| run.0.ln()).sum::<f64>() / runs.len().max(1) as f64;
        let (each, error) = ratio(runs, power);
        let largest = runs.iter().map(|run| run.0).fold(0.0, f64::max);
        let (all, smaller): (Vec<_>, Vec<_>) =
            runs.iter().copied().partition(|run| run.0 >= largest);
        let mean = all.iter().map(|run: &(f64, f64)| run.1).sum::<f64>() / all.len().max(1) as f64;
        let held_out = (!smaller.is_empty() && mean > 0.0)
            .then(|| ratio(&smaller, power).0 * largest.powf(power) / mean - 1.0);
        Self {
            each,
            power,
            error,
            leans: (half, middle),
            held_out,
            seen,
        }
    }

    /// What it says of so many users.
    pub fn at(&self, users: f64) -> f64 {
        self.each * users.powf(self.power)
    }

    /// Half of the 95 % interval of what it says of so many users, as a part of it: the farther they are from those who were simulated, the
    /// more it matters that a power is not known.
    pub fn error_at(&self, users: f64) -> f64 {
        let (half, middle) = self.leans;
        self.error.hypot(half * (users.ln() - middle))
    }

    /// Half of the 95 % interval of the power, where it was taken from the runs.
    pub(super) fn power_half(&self) -> f64 {
        self.leans.0
    }

    /// What it is called.
    pub fn says(&self) -> String {
        match self.power == 1.0 {
            true => "N".to_owned(),
            false => format!("N^{:.2}", self.power),
        }
    }
}

/// The quotient of sums, and half of its 95 % interval as a part of it.
fn ratio(runs: &[(f64, f64)], power: f64) -> (f64, f64) {
    let scale = |n: f64| n.powf(power);
    let all: f64 = runs.iter().map(|run| scale(run.0)).sum();
    let each = runs.iter().map(|run| run.1).sum::<f64>() / all;
    if !each.is_finite() || each == 0.0 || runs.len() < 2 {
        return (if each.is_finite() { each } else { 0.0 }, 0.0);
    }
    let k = runs.len() as f64;
    let squares = runs.iter().map(|(n, y)| (y - each * scale(*n)).powi(2));
    let deviation = (k / (k - 1.0) * squares.sum::<f64>()).sqrt() / all;
    (each, quantile(k - 1.0, SURE) * deviation / each)
}

/// The slope of a straight line through the logarithms, with half of the interval outside of which it is with this chance.
fn power(runs: &[(f64, f64)], chance: f64) -> Option<(f64, f64)> {
    if runs.len() < 3 || runs.iter().any(|run| run.1 <= 0.0) {
        return None;
    }
    let logs: Vec<(f64, f64)> = runs.iter().map(|(n, y)| (n.ln(), y.ln())).collect();
    let k = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / k;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let xx: f64 = logs.iter().map(|log| (log.0 - x).powi(2)).sum();
    if xx == 0.0 {
        return None;
    }
    let slope = logs
        .iter()
        .map(|log| (log.0 - x) * (log.1 - y))
        .sum::<f64>()
        / xx;
    let rest = logs
        .iter()
        .map(|log| (log.1 - y - slope * (log.0 - x)).powi(2));
    let half = quantile(k - 2.0, chance) * (rest.sum::<f64>() / (k - 2.0) / xx).sqrt();
    Some((slope, half))
}

/// What Student's t is beyond with this chance, on either side.
fn quantile(freedom: f64, chance: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(1.0 - chance / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_with_the_square_is_found_to() {
        let runs = [100.0, 100.0, 200.0, 400.0].map(|n: f64| (n, 3.0 * n * n));
        let law = Law::fit(&runs, 54);
        assert!((law.power - 2.0).abs() < 1e-9, "{law:?}");
        assert!((law.at(1_000.0) / 3e6 - 1.0).abs() < 1e-9);
        assert!(law.held_out.expect("several sizes").abs() < 1e-9);
    }

    #[test]
    fn what_never_happens_is_nothing_at_any_size() {
        let law = Law::fit(&[(100.0, 0.0), (200.0, 0.0), (400.0, 0.0)], 1);
        assert_eq!((law.at(1e9), law.error, law.held_out), (0.0, 0.0, None));
    }

    #[test]
    fn the_interval_is_that_of_the_textbooks_formula() {
        // b = 30/300; residuals 1 and -1 around 10 and 20: k/(k-1)·2/300² = 4/90000, so s = 2/300.
        let (each, error) = ratio(&[(100.0, 11.0), (200.0, 19.0)], 1.0);
        assert!((each - 0.1).abs() < 1e-12);
        // Student's t with one degree of freedom: 12.706.
        assert!(
            (error - 12.706_2 * (2.0 / 300.0) / 0.1).abs() < 1e-3,
            "{error}"
        );
    }

    /// Of 300 families of 54 quantities that grow with the population, each half as much again at random, one in twenty may show
    /// one that does not, where each by itself would in nearly all.
    #[test]
    fn chance_among_many_is_not_taken_for_growth() {
        use throng_workloads::dist::Dist;
        use throng_workloads::stream::{StreamOwner, Streams};
        let noise = Dist::LogNormal {
            median: 1.0,
            sigma: 0.5,
        };
        let sizes = [250.0, 250.0, 250.0, 250.0, 500.0, 500.0, 1_000.0];
        let mut draws = Streams::new(7, 0).stream(StreamOwner::Run, "laws");
        let mut families = [0, 0];
        for _ in 0..300 {
            let mut shown = [false; 2];
            for _ in 0..54 {
                let runs = sizes.map(|n| (n, n * noise.sample(&mut draws)));
                for (shown, together) in shown.iter_mut().zip([1, 54]) {
                    *shown |= Law::fit(&runs, together).power != 1.0;
                }
            }
            for (count, shown) in families.iter_mut().zip(shown) {
                *count += u32::from(shown);
            }
        }
        assert!(families[0] > 240, "{families:?}");
        // 15, give or take four standard deviations.
        assert!(families[1] <= 15 + 16, "{families:?}");
    }

    #[test]
    fn a_power_that_is_not_known_matters_more_the_farther_away_one_looks() {
        let runs = [100.0, 200.0, 400.0].map(|n: f64| (n, 3.0 * n * n));
        let law = Law::growing(&runs, 2.0, 0.1);
        assert!(law.error_at(200.0) < 1e-9, "{law:?}");
        // A tenth of the logarithm of a thousand.
        assert!((law.error_at(200_000.0) - 0.1 * 1_000f64.ln()).abs() < 1e-9);
        assert_eq!(Law::growing(&runs, 2.0, 0.0).error_at(1e9), law.error);
    }
}
