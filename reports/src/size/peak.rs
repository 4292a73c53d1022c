//! The busiest minute and the busiest second of an hour, of populations that were not simulated.
//!
//! Many people who act by themselves add up: the mean of what they do in a second grows with their number, and so does its variance. Both are measured
//! in the runs, second by second and minute by minute, and their laws ([`Law`](super::Law)) are taken to the whole population. What is done in an
//! interval is a sum of many amounts that come at random, which is near a gamma distribution of the same mean and variance (a usual
//! approximation of compound Poisson sums; E. Straub, *Non-Life Insurance Mathematics*, 1988). The busiest of m intervals is that which one
//! of m exceeds.

use statrs::distribution::{ContinuousCDF, Gamma};

/// Seconds of an hour.
pub const SECONDS: f64 = 3_600.0;

/// Minutes of an hour.
pub const MINUTES: f64 = 60.0;

/// What one of `intervals` exceeds, of a rate with this mean and variance. Where so much varies that hardly any interval has anything, more
/// variance would make the busiest of so many less busy, as that is then likely to be in none of them: it is taken to be as busy as it can be.
///
/// ```
/// use throng_reports::size::busiest;
/// // Exponential: the mean times ln m.
/// assert!((busiest(2.0, 4.0, 60.0) - 2.0 * 60f64.ln()).abs() < 1e-6);
/// // Nothing varies, nothing is busier.
/// assert_eq!(busiest(2.0, 0.0, 60.0), 2.0);
/// ```
pub fn busiest(mean: f64, variance: f64, intervals: f64) -> f64 {
    if mean <= 0.0 || variance <= mean * mean * 1e-12 {
        return mean.max(0.0);
    }
    let exceeded = |shape: f64| {
        let gamma = Gamma::new(shape, shape / mean);
        gamma.map_or(mean, |gamma| gamma.inverse_cdf(1.0 - 1.0 / intervals))
    };
    let shape = mean * mean / variance;
    if shape >= 1.0 {
        return exceeded(shape).max(mean);
    }
    // It rises up to some shape and falls from there on: the golden section finds where.
    let inner = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (shape.max(1e-4).ln(), 0.0);
    for _ in 0..40 {
        let [left, right] = [high - inner * (high - low), low + inner * (high - low)];
        match exceeded(left.exp()) > exceeded(right.exp()) {
            true => high = right,
            false => low = left,
        }
    }
    exceeded(((low + high) / 2.0).exp()).max(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_more_is_never_less_busy() {
        for intervals in [MINUTES, SECONDS] {
            let mut before = 0.0;
            for step in 0..60 {
                let variance = 10f64.powf(-3.0 + 0.2 * f64::from(step));
                let now = busiest(2.0, variance, intervals);
                assert!(now >= before * (1.0 - 1e-6), "{variance}: {before} {now}");
                before = now;
            }
            assert!(
                before < 2.0 * intervals,
                "all that is done, in one: {before}"
            );
        }
    }
}
