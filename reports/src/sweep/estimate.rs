//! The mean of replicas, and how sure it is.

use crate::units::without_dust;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::statistics::{Data, OrderStatistics, Statistics};
use throng_workloads::dist::below;
use throng_workloads::stream::{StreamOwner, Streams};

/// How sure an interval is: 95 %.
pub const CONFIDENCE: f64 = 0.95;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 2_000;

/// Replicas below which resampling says less than Student's t: means of few resampled values hardly leave the middle.
pub const LEAST_TO_RESAMPLE: u32 = 8;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Student's t on the replicas.
    Student,
    /// The percentiles of the means of resampled replicas (Efron 1979), expanded for their number (Hesterberg 2015).
    Bootstrap,
    /// One replica has none.
    None,
}

impl Method {
    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Bootstrap => "bootstrap",
            Self::None => "none",
        }
    }
}

/// The mean of some replicas with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Replicas that have a value.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The replicas' standard deviation; 0 for one of them.
    pub deviation: f64,
    /// How the interval was made.
    pub method: Method,
}

impl Estimate {
    /// With an interval by Student's t: of measures that are sums or means, which are nearly normal.
    ///
    /// ```
    /// use throng_reports::sweep::Estimate;
    /// let estimate = Estimate::student(&[4.0, 5.0, 6.0]);
    /// assert_eq!(estimate.mean, 5.0);
    /// // t(0.975; 2) = 4.3027, over the root of 3.
    /// assert!((estimate.high - (5.0 + 4.3027 / 3f64.sqrt())).abs() < 1e-4);
    /// ```
    pub fn student(values: &[f64]) -> Self {
        let point = Self::point(values);
        let free = values.len().saturating_sub(1) as f64;
        let Ok(student) = StudentsT::new(0.0, 1.0, free) else {
            return point;
        };
        let t = student.inverse_cdf(0.5 + CONFIDENCE / 2.0);
        let half = t * point.deviation / (values.len() as f64).sqrt();
        Self {
            low: without_dust(point.mean - half),
            high: without_dust(point.mean + half),
            method: Method::Student,
            ..point
        }
    }

    /// With an interval by resampling, for quantiles, whose replicas are skewed; by Student's t where there are fewer than eight.
    /// The draws are named by `purpose`, so the interval is the same every time.
    pub fn bootstrap(values: &[f64], streams: &Streams, purpose: &str) -> Self {
        if values.len() < LEAST_TO_RESAMPLE as usize {
            return Self::student(values);
        }
        let count = values.len() as f64;
        let mut stream = streams.named(StreamOwner::Run, format_args!("bootstrap of {purpose}"));
        let mut mean_of_some = || {
            let draw = |_| values[below(&mut stream, values.len() as u64) as usize];
            (0..values.len()).map(draw).sum::<f64>() / count
        };
        let means: Vec<f64> = (0..RESAMPLES).map(|_| mean_of_some()).collect();
        let mut means = Data::new(means);
        // Resampled means spread too little, by n/(n − 1) in variance, and as if that were known.
        let tail =
            StudentsT::new(0.0, 1.0, count - 1.0).map_or(0.5 - CONFIDENCE / 2.0, |student| {
                let t = student.inverse_cdf(0.5 + CONFIDENCE / 2.0);
                Normal::standard().cdf(-t * (count / (count - 1.0)).sqrt())
            });
        Self {
            low: without_dust(means.quantile(tail)),
            high: without_dust(means.quantile(1.0 - tail)),
            method: Method::Bootstrap,
            ..Self::point(values)
        }
    }

    /// Both ends of the interval, where there is one.
    pub fn interval(&self) -> Option<[f64; 2]> {
        (self.method != Method::None).then_some([self.low, self.high])
    }

    fn point(values: &[f64]) -> Self {
        let mean = without_dust(Statistics::mean(values));
        Self {
            count: values.len(),
            mean,
            low: mean,
            high: mean,
            deviation: if values.len() > 1 {
                without_dust(values.std_dev())
            } else {
                0.0
            },
            method: Method::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn one_replica_has_no_interval() {
        let one = Estimate::student(&[3.0]);
        assert_eq!(
            (one.low, one.mean, one.high, one.method),
            (3.0, 3.0, 3.0, Method::None)
        );
        let streams = Streams::new(1, 0);
        assert_eq!(Estimate::bootstrap(&[3.0], &streams, "one"), one);
    }

    /// Of normal values, 95 % intervals hold the true mean about 95 times in 100.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let streams = Streams::new(7, 0);
        let mut stream = streams.stream(StreamOwner::Run, "normal");
        let mut normal = || {
            // Twelve uniform values, Irwin–Hall: near enough to normal here.
            let uniform = |_| f64::from(stream.next_u32()) / f64::from(u32::MAX);
            (0..12).map(uniform).sum::<f64>() - 6.0
        };
        let mut held = |replicas: usize, of: &dyn Fn(&[f64], usize) -> Estimate| {
            let rounds = (0..400).filter(|round| {
                let values: Vec<f64> = (0..replicas).map(|_| normal()).collect();
                let estimate = of(&values, *round);
                estimate.low <= 0.0 && 0.0 <= estimate.high
            });
            rounds.count()
        };
        let student = |values: &[f64], _: usize| Estimate::student(values);
        let bootstrap = |values: &[f64], round: usize| {
            Estimate::bootstrap(values, &streams, &round.to_string())
        };
        // 380 of 400, within three standard deviations.
        for replicas in [2, 3, 5, 8, 20] {
            for held in [held(replicas, &student), held(replicas, &bootstrap)] {
                assert!(
                    (367..=393).contains(&held),
                    "{held} with {replicas} replicas"
                );
            }
        }
    }
}
