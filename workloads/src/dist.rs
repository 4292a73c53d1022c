//! Distributions of what people vary, sampled the same on every platform.
//!
//! Samplers are our own, short, and built on `libm`: the field's crates take logarithms from the
//! platform's mathematics library wherever another dependency switches that on, and a last digit that
//! differs between platforms would move a fingerprint.

use crate::stream::Stream;
use quantile::{empirical_quantile, normal_quantile, zipf_quantile};
use rand_core::Rng;

mod quantile;

/// A distribution over non-negative numbers, in the base unit of what it describes (seconds, bytes,
/// or a plain count).
///
/// ```
/// use throng_workloads::{dist::Dist, stream::{StreamOwner, Streams}};
/// let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "doc");
/// let wait = Dist::Exponential { mean: 30.0 }.sample(&mut stream);
/// assert!(wait > 0.0);
/// assert_eq!(Dist::Constant(2.5).sample(&mut stream), 2.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Dist {
    /// Always this.
    Constant(f64),
    /// Evenly between `min` and `max`.
    Uniform {
        /// Lower end.
        min: f64,
        /// Upper end.
        max: f64,
    },
    /// Memoryless, with this mean.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// The exponential of a normal: `median · exp(sigma · N(0,1))`.
    LogNormal {
        /// The median.
        median: f64,
        /// Standard deviation of the logarithm; no unit.
        sigma: f64,
    },
    /// Ranks 1…`n` with probability ∝ rank^−`exponent`, times `unit`.
    Zipf {
        /// How steep; 0 is uniform.
        exponent: f64,
        /// The largest rank.
        n: u32,
        /// The value of rank 1; rank k gives k times as much.
        unit: f64,
    },
    /// Pareto (type I), cut off at `max`.
    Pareto {
        /// The smallest value.
        min: f64,
        /// The tail exponent alpha.
        shape: f64,
        /// Draws above this become this; `f64::INFINITY` for none.
        max: f64,
    },
    /// One of the given values, with the given weights.
    Empirical {
        /// Values and their cumulated weights, the last of which is 1.
        cumulated: Vec<(f64, f64)>,
    },
}

impl Dist {
    /// An empirical distribution of values with weights (need not add up to 1).
    ///
    /// Returns `None` where there is no value, a weight is negative or not finite, or all are 0.
    pub fn empirical(values: &[f64], weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        let sound = values.len() == weights.len()
            && weights.iter().all(|w| w.is_finite() && *w >= 0.0)
            && total > 0.0
            && total.is_finite();
        if !sound {
            return None;
        }
        let mut sum = 0.0;
        let mut cumulated: Vec<(f64, f64)> = values
            .iter()
            .zip(weights)
            .map(|(value, weight)| {
                sum += weight / total;
                (*value, sum)
            })
            .collect();
        if let Some(last) = cumulated.last_mut() {
            last.1 = 1.0;
        }
        Some(Self::Empirical { cumulated })
    }

    /// One draw.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { min, max } => min + (max - min) * unit(stream),
            Self::Exponential { mean } => -mean * libm::log(open_unit(stream)),
            Self::LogNormal { median, sigma } => median * libm::exp(sigma * normal(stream)),
            Self::Zipf { exponent, n, unit } => unit * f64::from(zipf(*exponent, *n, stream)),
            Self::Pareto { min, shape, max } => {
                (min * libm::pow(open_unit(stream), -1.0 / shape)).min(*max)
            }
            Self::Empirical { cumulated } => {
                let u = unit(stream);
                let at = cumulated.partition_point(|(_, c)| *c <= u);
                cumulated[at.min(cumulated.len() - 1)].0
            }
        }
    }

    /// The inverse of the distribution function: the least value that a draw does not exceed with a
    /// probability of at least `u`.
    ///
    /// `u` is a probability. What is below 0, and NaN, counts as 0 and gives the least value that a
    /// draw can take; what is above 1 counts as 1 and gives the largest, infinite where there is none.
    /// Never decreases in `u` (but for rounding in the last digit).
    ///
    /// A uniform draw put in gives a draw of this distribution. [`sample`](Self::sample) does not
    /// work that way: the two agree in distribution, not draw by draw.
    ///
    /// ```
    /// use throng_workloads::dist::Dist;
    /// let latency = Dist::LogNormal { median: 0.020, sigma: 0.5 };
    /// assert_eq!(latency.quantile(0.5), 0.020);
    /// assert!((latency.quantile(0.975) / 0.020 - (0.5f64 * 1.959964).exp()).abs() < 1e-5);
    /// ```
    pub fn quantile(&self, u: f64) -> f64 {
        let u = if u > 0.0 { u.min(1.0) } else { 0.0 };
        match self {
            Self::Constant(value) => *value,
            // Exact at both ends, which min + (max - min) is not.
            Self::Uniform { min, max } if u < 0.5 => min + (max - min) * u,
            Self::Uniform { min, max } => max - (max - min) * (1.0 - u),
            Self::Exponential { mean } if *mean == 0.0 => 0.0,
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::LogNormal { median, sigma } if *median == 0.0 || *sigma == 0.0 => *median,
            Self::LogNormal { median, sigma } => median * libm::exp(sigma * normal_quantile(u)),
            Self::Zipf { exponent, n, unit } => unit * f64::from(zipf_quantile(*exponent, *n, u)),
            Self::Pareto { min, .. } if u == 0.0 => *min,
            Self::Pareto { min, shape, max } => {
                (min * libm::exp(-libm::log1p(-u) / shape)).min(*max)
            }
            Self::Empirical { cumulated } => empirical_quantile(cumulated, u),
        }
    }

    /// The same with each value so many times as large.
    ///
    /// ```
    /// use throng_workloads::dist::Dist;
    /// let twice = Dist::Uniform { min: 1.0, max: 4.0 }.times(2.0);
    /// assert_eq!(twice, Dist::Uniform { min: 2.0, max: 8.0 });
    /// ```
    pub fn times(&self, factor: f64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(value * factor),
            Self::Uniform { min, max } => Self::Uniform {
                min: min * factor,
                max: max * factor,
            },
            Self::Exponential { mean } => Self::Exponential {
                mean: mean * factor,
            },
            Self::LogNormal { median, sigma } => Self::LogNormal {
                median: median * factor,
                sigma: *sigma,
            },
            Self::Zipf { exponent, n, unit } => Self::Zipf {
                exponent: *exponent,
                n: *n,
                unit: unit * factor,
            },
            Self::Pareto { min, shape, max } => Self::Pareto {
                min: min * factor,
                shape: *shape,
                max: max * factor,
            },
            Self::Empirical { cumulated } => Self::Empirical {
                cumulated: cumulated
                    .iter()
                    .map(|(value, weight)| (value * factor, *weight))
                    .collect(),
            },
        }
    }

    /// Values that are each as likely as the others: what is in the middle of each of so many equal parts.
    ///
    /// ```
    /// use throng_workloads::dist::Dist;
    /// let quarters: Vec<f64> = Dist::Uniform { min: 0.0, max: 8.0 }.strata(4).collect();
    /// assert_eq!(quarters, [1.0, 3.0, 5.0, 7.0]);
    /// ```
    pub fn strata(&self, parts: u32) -> impl Iterator<Item = f64> + '_ {
        let middle = move |part: u32| (f64::from(part) + 0.5) / f64::from(parts);
        (0..parts).map(move |part| self.quantile(middle(part)))
    }

    /// The mean in closed form; infinite for a Pareto whose tail has none.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { min, max } => (min + max) / 2.0,
            Self::Exponential { mean } => *mean,
            Self::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Self::Zipf { exponent, n, unit } => {
                let weight = |k: u32, s: f64| libm::pow(f64::from(k), -s);
                let (top, bottom) = (1..=*n).fold((0.0, 0.0), |(t, b), k| {
                    (t + weight(k, exponent - 1.0), b + weight(k, *exponent))
                });
                unit * top / bottom
            }
            Self::Pareto { min, shape, max } => pareto_mean(*min, *shape, *max),
            Self::Empirical { cumulated } => {
                let mut before = 0.0;
                cumulated.iter().fold(0.0, |mean, (value, c)| {
                    let weight = c - before;
                    before = *c;
                    mean + value * weight
                })
            }
        }
    }

    /// The largest value that a draw can take; infinite where there is none.
    pub fn max(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { max, .. } | Self::Pareto { max, .. } => *max,
            Self::Exponential { mean } if *mean == 0.0 => 0.0,
            Self::LogNormal { median, sigma } if *sigma == 0.0 => *median,
            Self::Exponential { .. } | Self::LogNormal { .. } => f64::INFINITY,
            Self::Zipf { n, unit, .. } => unit * f64::from(*n),
            Self::Empirical { cumulated } => cumulated.iter().map(|(v, _)| *v).fold(0.0, f64::max),
        }
    }

    /// The least value that a draw can take.
    pub fn min(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { min, .. } | Self::Pareto { min, .. } => *min,
            Self::Exponential { .. } | Self::LogNormal { .. } => 0.0,
            Self::Zipf { unit, .. } => *unit,
            Self::Empirical { cumulated } => cumulated
                .iter()
                .map(|(v, _)| *v)
                .fold(f64::INFINITY, f64::min),
        }
    }
}

/// The mean of a Pareto draw that is replaced by `max` where it exceeds it:
/// min + ∫ P(X > x) dx from `min` to `max`.
fn pareto_mean(min: f64, shape: f64, max: f64) -> f64 {
    if max.is_infinite() {
        return if shape > 1.0 {
            shape * min / (shape - 1.0)
        } else {
            f64::INFINITY
        };
    }
    if (shape - 1.0).abs() < 1e-12 {
        return min + min * libm::log(max / min);
    }
    min + min / (shape - 1.0) * (1.0 - libm::pow(max / min, 1.0 - shape))
}

/// Uniform on [0, 1) with 53 bits.
pub fn unit(stream: &mut Stream) -> f64 {
    (stream.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Uniform on (0, 1]: safe to take the logarithm of.
fn open_unit(stream: &mut Stream) -> f64 {
    1.0 - unit(stream)
}

/// Uniform on 0…`bound`−1 without bias (Lemire 2019); 0 where `bound` is 0.
pub fn below(stream: &mut Stream, bound: u64) -> u64 {
    if bound == 0 {
        return 0;
    }
    loop {
        let product = u128::from(stream.next_u64()) * u128::from(bound);
        let low = product as u64;
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 64) as u64;
        }
    }
}

/// Standard normal by Box–Muller, one of the pair: a draw always takes two words of the stream.
fn normal(stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(open_unit(stream)));
    radius * libm::cos(2.0 * std::f64::consts::PI * unit(stream))
}

/// Zipf by rejection-inversion (Hörmann & Derflinger 1996): no table, O(1) a draw.
fn zipf(exponent: f64, n: u32, stream: &mut Stream) -> u32 {
    if exponent <= 0.0 {
        return 1 + below(stream, u64::from(n)) as u32;
    }
    // The integral of x^-s and its inverse; the logarithm is the limit at s = 1.
    let h = |x: f64| {
        if (exponent - 1.0).abs() < 1e-9 {
            libm::log(x)
        } else {
            (libm::pow(x, 1.0 - exponent) - 1.0) / (1.0 - exponent)
        }
    };
    let h_inverse = |y: f64| {
        if (exponent - 1.0).abs() < 1e-9 {
            libm::exp(y)
        } else {
            libm::pow(1.0 + y * (1.0 - exponent), 1.0 / (1.0 - exponent))
        }
    };
    let low = h(1.5) - 1.0;
    let high = h(f64::from(n) + 0.5);
    loop {
        let u = high + unit(stream) * (low - high);
        let x = h_inverse(u);
        let k = libm::round(x).clamp(1.0, f64::from(n));
        if u >= h(k + 0.5) - libm::pow(k, -exponent) {
            return k as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{StreamOwner, Streams};

    fn sample_mean(dist: &Dist, draws: u32) -> f64 {
        let mut stream = Streams::new(11, 0).stream(StreamOwner::Run, "dist");
        (0..draws).map(|_| dist.sample(&mut stream)).sum::<f64>() / f64::from(draws)
    }

    #[test]
    fn sample_means_meet_the_closed_forms() {
        for dist in [
            Dist::Constant(3.0),
            Dist::Uniform { min: 1.0, max: 4.0 },
            Dist::Exponential { mean: 2.0 },
            Dist::LogNormal {
                median: 2.0,
                sigma: 0.5,
            },
            Dist::Zipf {
                exponent: 1.0,
                n: 100,
                unit: 1.0,
            },
            Dist::Zipf {
                exponent: 1.7,
                n: 50,
                unit: 2.0,
            },
            Dist::Zipf {
                exponent: 0.0,
                n: 9,
                unit: 1.0,
            },
            Dist::Pareto {
                min: 1.0,
                shape: 2.5,
                max: f64::INFINITY,
            },
            Dist::Pareto {
                min: 2.0,
                shape: 1.0,
                max: 40.0,
            },
            Dist::empirical(&[1.0, 10.0], &[3.0, 1.0]).expect("sound"),
        ] {
            let (got, want) = (sample_mean(&dist, 200_000), dist.mean());
            assert!(
                (got - want).abs() < 0.02 * want,
                "{dist:?}: {got} against {want}"
            );
        }
    }

    #[test]
    fn a_multiple_draws_multiples() {
        for dist in [
            Dist::Constant(3.0),
            Dist::Uniform { min: 1.0, max: 4.0 },
            Dist::Exponential { mean: 2.0 },
            Dist::LogNormal {
                median: 2.0,
                sigma: 0.5,
            },
            Dist::Zipf {
                exponent: 1.7,
                n: 50,
                unit: 2.0,
            },
            Dist::Pareto {
                min: 2.0,
                shape: 1.0,
                max: 40.0,
            },
            Dist::empirical(&[1.0, 10.0], &[3.0, 1.0]).expect("sound"),
        ] {
            let stream = || Streams::new(11, 0).stream(StreamOwner::Run, "dist");
            let (mut one, mut other) = (stream(), stream());
            let times = dist.times(2.0);
            for _ in 0..100 {
                assert_eq!(2.0 * dist.sample(&mut one), times.sample(&mut other));
            }
        }
    }

    #[test]
    fn zipf_ranks_have_zipf_frequencies() {
        let dist = Dist::Zipf {
            exponent: 1.2,
            n: 5,
            unit: 1.0,
        };
        let mut stream = Streams::new(3, 0).stream(StreamOwner::Run, "zipf");
        let mut counts = [0u32; 6];
        for _ in 0..200_000 {
            counts[dist.sample(&mut stream) as usize] += 1;
        }
        let total: f64 = (1..=5).map(|k| f64::from(k).powf(-1.2)).sum();
        for (k, count) in counts.into_iter().enumerate().skip(1) {
            let want = f64::from(k as u32).powf(-1.2) / total;
            let got = f64::from(count) / 200_000.0;
            assert!((got - want).abs() < 0.005, "rank {k}: {got} against {want}");
        }
    }
}
