//! Costs from measurements.

use crate::work::{MOST_UNITS, Work};

/// One measured operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// What it did.
    pub work: Work,
    /// How long it took, in nanoseconds.
    pub nanos: f64,
}

/// How far predictions are from measurements: |predicted − measured| / measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Errors {
    /// How many points were compared.
    pub points: usize,
    /// The median.
    pub median: f64,
    /// The largest.
    pub worst: f64,
}

impl Errors {
    /// Compare what `nanos` predicts for each sample with what was measured. Samples without time
    /// are left out.
    pub fn of(nanos: &[f64; MOST_UNITS], samples: &[Sample]) -> Self {
        let mut errors: Vec<f64> = samples
            .iter()
            .filter(|sample| sample.nanos > 0.0)
            .map(|sample| relative_error(nanos, sample).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        Self {
            points: errors.len(),
            median: errors.get(errors.len() / 2).copied().unwrap_or(0.0),
            worst: errors.last().copied().unwrap_or(0.0),
        }
    }
}

/// The time that `nanos` predicts for `work`, in nanoseconds.
pub fn predict(nanos: &[f64; MOST_UNITS], work: &Work) -> f64 {
    dot(&counts(work), nanos)
}

/// (predicted − measured) / measured, of a sample whose time is not 0.
pub fn relative_error(nanos: &[f64; MOST_UNITS], sample: &Sample) -> f64 {
    predict(nanos, &sample.work) / sample.nanos - 1.0
}

/// The nonnegative nanoseconds for one of each unit with the least sum of *relative* errors to the fourth
/// power: relative, so that an encryption of microseconds counts as much as a join of milliseconds; to the fourth, because
/// a profile is to be trusted for every operation, so its worst error matters more than its typical one.
///
/// Samples without time or without work say nothing and are left out. Units that no sample has cost
/// nothing.
///
/// ```
/// use throng_cost::fit::{Errors, Sample, fit};
///
/// throng_cost::units! {
///     struct Parcels in UNITS {
///         /// Houses stopped at.
///         stops: "stop";
///         /// Parcels left there.
///         parcels: "parcel";
///     }
/// }
/// let sample = |stops, parcels, nanos| Sample {
///     work: Parcels { stops, parcels, ..Parcels::default() }.into(),
///     nanos,
/// };
/// let samples = [sample(1, 0, 50.0), sample(1, 10, 1050.0), sample(1, 3, 350.0)];
/// let nanos = fit(&samples);
/// assert!((nanos[0] - 50.0).abs() < 0.1);
/// assert!((nanos[1] - 100.0).abs() < 0.1);
/// assert!(Errors::of(&nanos, &samples).worst < 0.001);
/// ```
pub fn fit(samples: &[Sample]) -> [f64; MOST_UNITS] {
    let rows: Vec<Row> = samples
        .iter()
        .filter(|sample| sample.nanos > 0.0 && !sample.work.is_nothing())
        .map(|sample| counts(&sample.work).map(|count| count / sample.nanos))
        .collect();
    nonnegative_least_fourth_powers(&rows)
}

type Row = [f64; MOST_UNITS];

fn counts(work: &Work) -> Row {
    work.counts.map(|count| count as f64)
}

fn dot(a: &Row, b: &Row) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Minimise Σ (row · x − 1)⁴ over x ≥ 0 by least squares whose weights follow the squares of the errors: halfway each
/// time, because all the way would swing to and fro.
fn nonnegative_least_fourth_powers(rows: &[Row]) -> Row {
    const ROUNDS: usize = 30;
    let mut rows: Vec<(Row, f64)> = rows.iter().map(|row| (*row, 1.0)).collect();
    let mut x = nonnegative_least_squares(&rows);
    for _ in 0..ROUNDS {
        let square = |row: &Row| (dot(row, &x) - 1.0).powi(2);
        let squares: Vec<f64> = rows.iter().map(|(row, _)| square(row)).collect();
        let mean = squares.iter().sum::<f64>() / rows.len() as f64;
        // No rows, or as good as exact.
        if mean.is_nan() || mean < 1e-12 {
            break;
        }
        for ((_, weight), square) in rows.iter_mut().zip(&squares) {
            *weight = (*weight + square / mean) / 2.0;
        }
        x = nonnegative_least_squares(&rows);
    }
    x
}

/// Minimise Σ weight · (row · x − 1)² over x ≥ 0 by cyclic coordinate descent: each step puts one coordinate
/// at its best value, others fixed. The problem is convex, so this converges; it does so slowly where two
/// columns are nearly proportional, hence the many rounds, which are cheap.
fn nonnegative_least_squares(rows: &[(Row, f64)]) -> Row {
    const N: usize = MOST_UNITS;
    const ROUNDS: usize = 100_000;
    const STILL: f64 = 1e-13;
    let mut gram = [[0.0; N]; N];
    let mut target = [0.0; N];
    for (row, weight) in rows {
        for i in 0..N {
            target[i] += weight * row[i];
            for j in 0..N {
                gram[i][j] += weight * row[i] * row[j];
            }
        }
    }
    let mut x = [0.0; N];
    for _ in 0..ROUNDS {
        let mut moved: f64 = 0.0;
        for i in 0..N {
            if gram[i][i] > 0.0 {
                let others = dot(&gram[i], &x) - gram[i][i] * x[i];
                let best = ((target[i] - others) / gram[i][i]).max(0.0);
                // In units of what the coordinate adds to a prediction relative to what was measured.
                moved = moved.max((best - x[i]).abs() * gram[i][i].sqrt());
                x[i] = best;
            }
        }
        if moved < STILL {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::units! {
        struct Parcels in UNITS {
            /// Houses stopped at.
            stops: "stop";
            /// Parcels left there.
            parcels: "parcel";
            /// Parcels taken back.
            returns: "return";
            /// The way.
            metres: "metre";
        }
    }
    use proptest::prelude::*;

    #[test]
    fn costs_are_never_negative() {
        let sample = |seals, opens, nanos| Sample {
            work: Parcels {
                parcels: seals,
                returns: opens,
                ..Parcels::default()
            }
            .into(),
            nanos,
        };
        // The best unrestricted solution makes an open cost less than nothing.
        let nanos = fit(&[sample(1, 0, 100.0), sample(1, 1, 90.0), sample(2, 1, 190.0)]);
        let cost = |unit| nanos[UNITS.position(unit).expect("a unit")];
        assert_eq!(cost("return"), 0.0);
        assert!(cost("parcel") > 80.0);
    }

    /// Two samples of the same work: whatever the power, the best lies between them, and the power says where. Of relative
    /// errors c/a − 1 and c/b − 1 the cubes, over a and b, must cancel.
    #[test]
    fn what_no_cost_explains_is_shared_by_fourth_powers() {
        let sample = |nanos| Sample {
            work: Parcels {
                parcels: 1,
                ..Parcels::default()
            }
            .into(),
            nanos,
        };
        let (a, b) = (100.0, 150.0f64);
        let found = fit(&[sample(a), sample(b)])[1];
        // ((c − a) / a)³ / a = ((b − c) / b)³ / b, so (c − a) / (b − c) = (a / b)^(4/3).
        let ratio = (a / b).powf(4.0 / 3.0);
        let expected = (a + ratio * b) / (1.0 + ratio);
        assert!((found - expected).abs() < 1e-3, "{found}, {expected}");
        // Many alike on one side move it less than least squares would have them.
        let many: Vec<Sample> = [a; 99].into_iter().chain([b]).map(sample).collect();
        let ratio = (99.0f64).powf(-1.0 / 3.0) * (a / b).powf(4.0 / 3.0);
        let expected = (a + ratio * b) / (1.0 + ratio);
        let found = fit(&many)[1];
        assert!((found - expected).abs() < 1e-3, "{found}, {expected}");
    }

    #[test]
    fn nothing_measured_costs_nothing() {
        assert_eq!(fit(&[]), [0.0; MOST_UNITS]);
        assert_eq!(Errors::of(&[0.0; MOST_UNITS], &[]), Errors::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever the costs, samples that obey them exactly give them back as predictions.
        #[test]
        fn exact_samples_are_predicted_exactly(
            costs in proptest::collection::vec(1.0..1e5f64, 4),
            counts in proptest::collection::vec((1..50u64, 0..50u64, 0..2_000u64, 0..9_000u64), 8..40),
        ) {
            let samples: Vec<Sample> = counts
                .into_iter()
                .map(|(stops, parcels, returns, metres)| {
                    let work = Parcels { stops, parcels, returns, metres, ..Parcels::default() }.into();
                    let nanos = stops as f64 * costs[0]
                        + parcels as f64 * costs[1]
                        + returns as f64 * costs[2]
                        + metres as f64 * costs[3];
                    Sample { work, nanos }
                })
                .collect();
            let errors = Errors::of(&fit(&samples), &samples);
            prop_assert!(errors.worst < 1e-3, "{errors:?}");
        }
    }
}
