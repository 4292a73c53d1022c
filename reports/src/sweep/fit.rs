//! How a measure grows with a number.
//!
//! Each law y = a + b·f(N) is fitted to the means of the points by least squares of relative errors: the sizes of a sweep span
//! orders of magnitude, and a law that holds for the large ones alone is none. (A mean of 0 is weighed as the least that is more.)
//! Nothing grows unless it is sure: b must differ from 0 by a t test at 99 %. Of the laws that grow, which all have two parameters, the best is the one with the least error; by the
//! Bayesian information criterion (Schwarz 1978) the odds between two of them are the ratio of their errors to the power of the
//! number of points. (A criterion that weighs parameters too, such as Akaike's, is of no use for as few points as a sweep has: its
//! correction for small samples puts odds of 20,000 on the constant at five points, and without it noise grows.)

use crate::measures::Unit;
use crate::units;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A law of growth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// It does not grow.
    Constant,
    /// With the logarithm.
    Log,
    /// With the square root.
    Root,
    /// In proportion.
    Linear,
    /// A little more than in proportion.
    LinearLog,
    /// With the square: what all do to all.
    Square,
}

impl Law {
    /// All of them, from the slowest.
    pub const ALL: [Self; 6] = [
        Self::Constant,
        Self::Log,
        Self::Root,
        Self::Linear,
        Self::LinearLog,
        Self::Square,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Log => "log N",
            Self::Root => "√N",
            Self::Linear => "N",
            Self::LinearLog => "N log N",
            Self::Square => "N²",
        }
    }

    fn of(self, n: f64) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Log => n.log2(),
            Self::Root => n.sqrt(),
            Self::Linear => n,
            Self::LinearLog => n * n.log2(),
            Self::Square => n * n,
        }
    }
}

/// A law with its parameters: y = a + b·f(N), logarithms to base 2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The law.
    pub law: Law,
    /// What does not grow.
    pub a: f64,
    /// What grows, for each of f(N).
    pub b: f64,
    /// The root of the mean squared relative error.
    pub error: f64,
    /// Whether b surely differs from 0.
    pub grows: bool,
}

impl Fitted {
    /// The law with its parameters in this unit, such as `401 B + 118 B × log₂ N`.
    pub fn formula(&self, unit: Unit) -> String {
        let of = match self.law {
            Law::Constant => return amount(self.a, unit),
            Law::Log => "log₂ N",
            Law::LinearLog => "N log₂ N",
            law => law.name(),
        };
        let [a, b] = [self.a, self.b].map(|value| amount(value.abs(), unit));
        let sign = |value: f64, plus: &'static str| if value < 0.0 { "−" } else { plus };
        match self.a.abs() < NO_ERROR * self.b.abs() {
            true => format!("{}{b} × {of}", sign(self.b, "")),
            false => format!("{}{a} {} {b} × {of}", sign(self.a, ""), sign(self.b, "+")),
        }
    }

    /// What the law says for N.
    pub fn at(&self, n: f64) -> f64 {
        self.a + self.b * self.law.of(n)
    }
}

/// A parameter of a law in this unit: three digits, however small it is.
fn amount(value: f64, unit: Unit) -> String {
    let digits = |value: f64| match value.abs() {
        size if size == 0.0 || size >= 0.001 => units::significant(value),
        _ => format!("{value:.2e}"),
    };
    match unit {
        Unit::Bytes if value.abs() < 100.0 => format!("{} B", digits(value)),
        Unit::Milliseconds if value.abs() < 1e-4 => format!("{} ns", digits(value * 1e6)),
        Unit::Seconds if value.abs() < 1e-7 => format!("{} ns", digits(value * 1e9)),
        Unit::Count | Unit::PerSecond | Unit::Share => digits(value),
        unit => unit.show(value),
    }
}

/// The exponent of y ∝ N^p, with its 95 % interval: a straight line through the logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponent {
    /// The exponent.
    pub p: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// All laws, fitted to the same points.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The laws, the best first.
    pub laws: Vec<Fitted>,
    /// Points that they were fitted to.
    pub points: i32,
    /// The free exponent, where all values are positive.
    pub exponent: Option<Exponent>,
}

/// Points that a fit needs: two parameters, one more for the errors' size, and two that can speak against a law.
const LEAST_POINTS: usize = 5;

/// How sure growth has to be.
const SURE: f64 = 0.99;

/// A law that is off by so much is none.
const POOR: f64 = 0.25;

/// Relative errors below this are those of arithmetic.
const NO_ERROR: f64 = 1e-9;

impl Fit {
    /// Of points (N, y); `None` where there are fewer than five values of N, or all values of y are 0.
    ///
    /// ```
    /// use throng_reports::sweep::{Fit, Law};
    /// let points: Vec<_> = (4..12).map(|k| (f64::from(1 << k), 300.0 + 80.0 * f64::from(k))).collect();
    /// let fit = Fit::of(&points).unwrap();
    /// assert_eq!(fit.best().law, Law::Log);
    /// assert!((fit.best().b - 80.0).abs() < 1e-6);
    /// ```
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        let largest = points.iter().map(|(_, y)| y.abs()).fold(0.0, f64::max);
        let mut sizes: Vec<f64> = points.iter().map(|(n, _)| *n).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        if sizes.len() < LEAST_POINTS || largest == 0.0 {
            return None;
        }
        // All are relative errors; 0 has none, and weighs as much as the least that is more.
        let sizes = points.iter().map(|(_, y)| y.abs());
        let least = sizes.filter(|y| *y > 0.0).fold(largest, f64::min);
        let weight = |y: f64| 1.0 / y.abs().max(least);
        let mut laws: Vec<Fitted> = Law::ALL
            .iter()
            .map(|law| fitted(*law, points, weight))
            .collect();
        // Stable: of two that are equally good, the slower stays first.
        laws.sort_by(|one, two| one.error.total_cmp(&two.error));
        let still = laws.iter().position(|fitted| fitted.law == Law::Constant);
        let still = laws.remove(still.unwrap_or(0));
        let finite = laws.iter().all(|fitted| fitted.error.is_finite());
        let place = if laws[0].grows { laws.len() } else { 0 };
        laws.insert(place, still);
        finite.then(|| Self {
            laws,
            points: points.len() as i32,
            exponent: exponent(points),
        })
    }

    /// The law that explains the points best.
    pub fn best(&self) -> &Fitted {
        &self.laws[0]
    }

    /// The best law, unless even that is off by more than a quarter: then none describes the points.
    pub fn law(&self) -> Option<&Fitted> {
        Some(self.best()).filter(|best| best.error < POOR)
    }

    /// The odds of the best law against the next one, given the points; of the constant none, as it holds until something else
    /// is sure.
    pub fn odds(&self) -> Option<f64> {
        let error = |fitted: &Fitted| fitted.error.max(NO_ERROR);
        let ratio = error(&self.laws[1]) / error(self.law()?);
        (self.best().law != Law::Constant).then(|| ratio.powi(self.points))
    }
}

fn fitted(law: Law, points: &[(f64, f64)], weight: impl Fn(f64) -> f64) -> Fitted {
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, y) in points {
        let (x, squared) = (law.of(*n), weight(*y).powi(2));
        w += squared;
        wx += squared * x;
        wy += squared * y;
        wxx += squared * x * x;
        wxy += squared * x * y;
    }
    let b = match law {
        Law::Constant => 0.0,
        _ => (w * wxy - wx * wy) / (w * wxx - wx * wx),
    };
    let a = (wy - b * wx) / w;
    let count = points.len() as f64;
    let squares: f64 = points
        .iter()
        .map(|(n, y)| ((y - a - b * law.of(*n)) * weight(*y)).powi(2))
        .sum();
    let error = (squares / count).sqrt();
    let spread = (wxx - wx * wx / w).max(0.0);
    let sure = |student: StudentsT| {
        let least =
            student.inverse_cdf(0.5 + SURE / 2.0) * (squares / (count - 2.0) / spread).sqrt();
        b.abs() > least && (b * spread.sqrt()).abs() > NO_ERROR
    };
    Fitted {
        law,
        a,
        b,
        error,
        grows: StudentsT::new(0.0, 1.0, count - 2.0).is_ok_and(sure),
    }
}

fn exponent(points: &[(f64, f64)]) -> Option<Exponent> {
    if points.iter().any(|(_, y)| *y <= 0.0) {
        return None;
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|(n, y)| (n.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let xx: f64 = logs.iter().map(|log| (log.0 - x).powi(2)).sum();
    let xy: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    let p = xy / xx;
    let squares: f64 = logs
        .iter()
        .map(|log| (log.1 - y - p * (log.0 - x)).powi(2))
        .sum();
    let free = count - 2.0;
    let t = StudentsT::new(0.0, 1.0, free).ok()?.inverse_cdf(0.975);
    let half = t * (squares / free / xx).sqrt();
    Some(Exponent {
        p,
        low: p - half,
        high: p + half,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;
    use throng_workloads::stream::{StreamOwner, Streams};

    fn fit(y: impl Fn(f64) -> f64) -> Fit {
        let points: Vec<(f64, f64)> = (4..18)
            .map(|k| f64::from(1 << k))
            .map(|n| (n, y(n)))
            .collect();
        Fit::of(&points).expect("enough points")
    }

    #[test]
    fn each_law_is_recognised() {
        assert_eq!(fit(|_| 700.0).best().law, Law::Constant);
        assert_eq!(fit(|n| 400.0 + 75.0 * n.log2()).best().law, Law::Log);
        assert_eq!(fit(|n| 10.0 + 3.0 * n.sqrt()).best().law, Law::Root);
        assert_eq!(fit(|n| 500.0 + 78.0 * n).best().law, Law::Linear);
        assert_eq!(fit(|n| 5.0 + 2.0 * n * n.log2()).best().law, Law::LinearLog);
        assert_eq!(fit(|n| 9.0 + 2.0 * n * n).best().law, Law::Square);
    }

    #[test]
    fn noise_of_a_percent_does_not_hide_a_law() {
        // The signs of a fixed sequence; no luck is needed.
        let noise = |n: f64| 1.0 + 0.01 * (n.log2() * 12.9898).sin();
        let log = fit(|n| (400.0 + 75.0 * n.log2()) * noise(n));
        assert_eq!(log.best().law, Law::Log);
        assert!(log.odds() > Some(100.0), "{:?}", log.odds());
        assert_eq!(
            fit(|n| (500.0 + 78.0 * n) * noise(n)).best().law,
            Law::Linear
        );
    }

    #[test]
    fn a_law_is_written_with_its_parameters() {
        let formula = |y: fn(f64) -> f64, unit| fit(y).best().formula(unit);
        assert_eq!(
            formula(|n| 401.0 + 118.0 * n.log2(), Unit::Bytes),
            "401 B + 118 B × log₂ N"
        );
        assert_eq!(
            formula(|n| 9.0 - 0.5 * n.log2(), Unit::Milliseconds),
            "9.00 ms − 500 µs × log₂ N"
        );
        assert_eq!(formula(|n| 82.0 * n - 1.0, Unit::Count), "−1 + 82 × N");
        assert_eq!(formula(|n| n.log2(), Unit::Count), "1 × log₂ N");
        assert_eq!(formula(|n| 20.0 + 0.3 * n, Unit::Bytes), "20 B + 0.3 B × N");
        assert_eq!(
            formula(|n| 78.0 * n - 0.3, Unit::Bytes),
            "−0.3 B + 78 B × N"
        );
        assert_eq!(
            formula(|n| 0.01 + 3e-5 * n * n, Unit::Count),
            "0.01 + 3.00e-5 × N²"
        );
        assert_eq!(formula(|_| 8.0, Unit::Count), "8");
    }

    #[test]
    fn the_exponent_is_that_of_a_power() {
        let exponent = fit(|n| 3.0 * n.powf(0.7)).exponent.expect("positive");
        assert!((exponent.p - 0.7).abs() < 1e-9 && exponent.high - exponent.low < 1e-6);
    }

    /// Five points are few, but not so few that what grows a hundredfold is constant, or that noise grows.
    #[test]
    fn five_points_are_enough() {
        let mut stream = Streams::new(7, 0).stream(StreamOwner::Run, "noise");
        let mut points = |y: fn(f64) -> f64| {
            let mut noise = || f64::from(stream.next_u32()) / f64::from(u32::MAX) - 0.5;
            let sizes = [16.0, 64.0, 256.0, 1_024.0, 4_096.0];
            Fit::of(&sizes.map(|n| (n, y(n) * (1.0 + 0.1 * noise())))).expect("enough points")
        };
        let mut found = |y: fn(f64) -> f64, law: Law| {
            let rounds = (0..400).filter(|_| points(y).best().law == law);
            rounds.count()
        };
        assert_eq!(found(|n| 30.0 + 0.5 * n, Law::Linear), 400);
        assert!(found(|n| 400.0 + 118.0 * n.log2(), Law::Log) > 390);
        // One in a hundred by chance, and there are five laws to be lucky with.
        let still = found(|_| 700.0, Law::Constant);
        assert!((380..400).contains(&still), "{still}");
        assert_eq!(fit(|_| 700.0).odds(), None);
    }

    /// Values below a thousandth of the largest count like the others; what never happened in small groups is off by parts of the
    /// least that did happen, or a law would have to begin at 0.
    #[test]
    fn errors_are_relative_however_far_values_are_apart() {
        let error = |fit: &Fit, points: &[(f64, f64)], least: f64| {
            let off = |(n, y): &(f64, f64)| ((fit.best().at(*n) - y) / y.max(least)).powi(2);
            (points.iter().map(off).sum::<f64>() / points.len() as f64).sqrt()
        };
        let sizes = || (0..12).map(|k| f64::from(16 << k));
        let off = |k: usize| if k.is_multiple_of(2) { 1.1 } else { 0.9 };
        let far: Vec<(f64, f64)> = sizes()
            .enumerate()
            .map(|(k, n)| (n, n * n * off(k)))
            .collect();
        let fit = Fit::of(&far).expect("enough points");
        assert_eq!(fit.best().law, Law::Square);
        assert!(
            (fit.best().error - error(&fit, &far, 0.0)).abs() < 1e-12,
            "{fit:?}"
        );
        let rare = |n: f64| if n < 64.0 { 0.0 } else { n };
        let rare: Vec<(f64, f64)> = sizes().map(|n| (n, rare(n))).collect();
        let fit = Fit::of(&rare).expect("enough points");
        assert!(
            (fit.best().error - error(&fit, &rare, 64.0)).abs() < 1e-12,
            "{fit:?}"
        );
        assert_eq!(fit.law().map(|law| law.law), Some(Law::Linear));
    }

    /// A third of the way up is growth, even where a constant is never far off.
    #[test]
    fn slow_growth_is_growth() {
        let points = [
            (10.0, 100.0),
            (20.0, 110.0),
            (40.0, 125.0),
            (80.0, 128.0),
            (160.0, 150.0),
        ];
        assert_eq!(
            Fit::of(&points).expect("enough points").best().law,
            Law::Log
        );
    }

    #[test]
    fn what_no_law_describes_has_none() {
        assert_eq!(fit(|n| n.powi(3)).law(), None);
        let step = fit(|n| if n < 1_000.0 { 1.0 } else { 50.0 });
        assert_eq!(step.law(), None);
        assert!(fit(|n| 500.0 + 78.0 * n).law().is_some());
    }

    #[test]
    fn too_few_points_and_nothing_at_all_have_no_law() {
        assert_eq!(Fit::of(&[(1.0, 2.0); 4]), None);
        assert_eq!(
            Fit::of(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (5.0, 0.0)]),
            None
        );
        let some = Fit::of(&[(1.0, 0.0), (2.0, 1.0), (3.0, 2.0), (4.0, 3.0), (5.0, 4.0)]);
        assert_eq!(some.expect("a fit").exponent, None);
    }
}
