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

/// What one of `intervals` exceeds, of a rate with this mean and variance.
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
    let gamma = Gamma::new(mean * mean / variance, mean / variance);
    gamma.map_or(mean, |gamma| {
        gamma.inverse_cdf(1.0 - 1.0 / intervals).max(mean)
    })
}
