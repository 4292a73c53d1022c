//! How long requests wait for a core: the queue M/M/c by Erlang's formula, and others by the approximation of Allen and Cunneen.
//!
//! Of c cores that are offered a erlangs (core seconds a second), a request waits with probability C(c, a) (A. K. Erlang 1917; D. Gross, C. M.
//! Harris, *Fundamentals of Queueing Theory*, section 2.3). In M/M/c those who wait do so for an exponential time with mean S/(c − a), S being the
//! mean time on a core. Where arrivals come in bursts and times on cores vary more or less than exponential ones, that mean is times
//! (Ca² + Cs²)/2 (A. O. Allen, *Probability, Statistics, and Queueing Theory with Computer Science Applications*, 2nd ed. 1990, section 5.3, after
//! J. Cunneen), Cs² being the squared coefficient of variation of times on cores, and Ca² the index of dispersion of how many come in an
//! interval, which is 1 for Poisson arrivals.

use serde::Serialize;

/// No provider gets more: beyond that the request is a mistake, or hopeless.
pub const MOST_CORES: u32 = 1_000_000;

/// What comes to a station, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Offered {
    /// Core seconds a second.
    pub erlangs: f64,
    /// Seconds that a request takes on a core, in the mean.
    pub service_s: f64,
    /// The index of dispersion of arrivals.
    pub arrivals: f64,
    /// The squared coefficient of variation of times on cores.
    pub services: f64,
}

/// The part of a wait that is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Of {
    /// The mean of all requests.
    Mean,
    /// So large a part of all requests waits no longer.
    Quantile(f64),
}

/// The probability that a request waits, of `cores` that are offered `erlangs`: 1 where that is too much for them.
///
/// ```
/// use throng_reports::size::erlang_c;
/// assert!((erlang_c(1, 0.3) - 0.3).abs() < 1e-12);
/// assert!((erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn erlang_c(cores: u32, erlangs: f64) -> f64 {
    let c = f64::from(cores);
    if erlangs >= c {
        return 1.0;
    }
    // Erlang's B by its recursion, which does not overflow, and C from it.
    let mut blocked = 1.0;
    for k in 1..=cores {
        blocked = erlangs * blocked / (f64::from(k) + erlangs * blocked);
    }
    blocked / (1.0 - erlangs / c * (1.0 - blocked))
}

impl Offered {
    /// How long requests wait, in seconds; infinitely long where the cores are too few.
    pub fn wait(&self, cores: u32, of: Of) -> f64 {
        let c = f64::from(cores);
        if self.erlangs >= c {
            return f64::INFINITY;
        }
        let waits = erlang_c(cores, self.erlangs);
        let varied = (self.arrivals + self.services) / 2.0;
        let mean_of_those = self.service_s / (c - self.erlangs) * varied;
        match of {
            Of::Mean => waits * mean_of_those,
            Of::Quantile(part) => mean_of_those * (waits / (1.0 - part)).ln().max(0.0),
        }
    }

    /// The fewest cores of which no more than `most` are busy in the mean, at least 1.
    pub fn cores_for_use(&self, most: f64) -> u32 {
        (self.erlangs / most)
            .ceil()
            .clamp(1.0, f64::from(MOST_CORES)) as u32
    }

    /// The fewest cores with which requests wait no longer than `bound` seconds; `None` where no number is enough.
    pub fn cores_for_wait(&self, of: Of, bound: f64) -> Option<u32> {
        if bound.is_nan() || bound < 0.0 || self.erlangs >= f64::from(MOST_CORES) {
            return None;
        }
        let least = self.erlangs.floor() as u32 + 1;
        (least..=MOST_CORES).find(|cores| self.wait(*cores, of) <= bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Erlang's C by its definition, summed out.
    fn by_definition(cores: u32, a: f64) -> f64 {
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let c = f64::from(cores);
        let last = a.powi(cores as i32) / factorial(cores) * c / (c - a);
        let sum: f64 = (0..cores).map(|k| a.powi(k as i32) / factorial(k)).sum();
        last / (sum + last)
    }

    #[test]
    fn the_formula_is_that_of_its_definition_and_of_tables() {
        for (cores, erlangs) in [(1, 0.9), (3, 2.0), (5, 4.0), (10, 8.0), (20, 15.5)] {
            let (found, told) = (erlang_c(cores, erlangs), by_definition(cores, erlangs));
            assert!(
                (found - told).abs() < 1e-12,
                "{cores} {erlangs}: {found} {told}"
            );
        }
        // Tables of Erlang's C: two of three servers busy wait in 4/9 of all cases, four of five in 55.41 %, eight of ten in 40.92 %.
        assert!((erlang_c(3, 2.0) - 4.0 / 9.0).abs() < 1e-12);
        assert!((erlang_c(5, 4.0) - 0.5541).abs() < 5e-5);
        assert!((erlang_c(10, 8.0) - 0.4092).abs() < 5e-5);
    }

    #[test]
    fn one_core_waits_as_pollaczek_and_khinchine_say() {
        // M/G/1: λ·E[S²]/2/(1−ρ), for which the approximation is exact.
        let (rate, service, services) = (70.0, 0.01, 4.0);
        let offered = Offered {
            erlangs: rate * service,
            service_s: service,
            arrivals: 1.0,
            services,
        };
        let told = rate * service * service * (1.0 + services) / 2.0 / (1.0 - 0.7);
        assert!((offered.wait(1, Of::Mean) - told).abs() < 1e-12);
    }

    #[test]
    fn the_chosen_number_is_the_least() {
        let offered = Offered {
            erlangs: 6.3,
            service_s: 0.02,
            arrivals: 3.0,
            services: 2.0,
        };
        assert_eq!(offered.cores_for_use(0.6), 11);
        let p99 = Of::Quantile(0.99);
        let cores = offered.cores_for_wait(p99, 0.05).expect("some");
        assert!(offered.wait(cores, p99) <= 0.05);
        assert!(offered.wait(cores - 1, p99) > 0.05);
        assert_eq!(offered.cores_for_wait(p99, -0.001), None);
        assert!(offered.wait(6, p99).is_infinite());
    }
}
