//! A cost profile from measurements.

use crate::mls::profile::CostProfile;
use crate::mls::work::Work;

/// One measured operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// What it did.
    pub work: Work,
    /// How long it took, in nanoseconds.
    pub nanos: f64,
}

/// A fitted profile, and how far it is from the measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The profile.
    pub profile: CostProfile,
    /// The median of |predicted − measured| / measured.
    pub median_error: f64,
    /// The largest of them.
    pub worst_error: f64,
}

const UNITS: usize = Work::COUNTERS;

/// The units in the order of [`CostProfile`]'s fields.
fn units(work: &Work) -> [f64; UNITS] {
    work.counters().map(|(_, count)| count as f64)
}

/// The nonnegative coefficients with the least sum of squared *relative* errors, so that an
/// encryption of microseconds counts as much as a join of milliseconds.
///
/// Samples without time or without work say nothing and are left out. Units that no sample has cost
/// nothing.
///
/// ```
/// use throng_sim::mls::fit::{Sample, fit};
/// use throng_sim::mls::work::Work;
///
/// let sample = |operations, seals, nanos| Sample {
///     work: Work { operations, seals, ..Work::default() },
///     nanos,
/// };
/// let fit = fit("mine", "made up", &[sample(1, 0, 50.0), sample(1, 10, 1050.0), sample(1, 3, 350.0)]);
/// assert!((fit.profile.seal_ns - 100.0).abs() < 0.1);
/// assert!((fit.profile.operation_ns - 50.0).abs() < 0.1);
/// assert!(fit.worst_error < 0.001);
/// ```
pub fn fit(name: &str, source: &str, samples: &[Sample]) -> Fit {
    let rows: Vec<[f64; UNITS]> = samples
        .iter()
        .filter(|sample| sample.nanos > 0.0 && sample.work != Work::default())
        .map(|sample| units(&sample.work).map(|count| count / sample.nanos))
        .collect();
    let solution = nonnegative_least_squares(&rows);
    let mut errors: Vec<f64> = rows
        .iter()
        .map(|row| residual(row, &solution).abs())
        .collect();
    errors.sort_by(f64::total_cmp);
    let [
        operation_ns,
        seal_ns,
        open_ns,
        key_pair_ns,
        signature_ns,
        verification_ns,
        tree_node_ns,
        filled_node_ns,
        leaf_check_ns,
        proposal_ns,
        ciphertext_ns,
        byte_ns,
        context_byte_ns,
        signed_tree_byte_ns,
    ] = solution;
    Fit {
        profile: CostProfile {
            name: name.to_owned(),
            source: source.to_owned(),
            operation_ns,
            seal_ns,
            open_ns,
            key_pair_ns,
            signature_ns,
            verification_ns,
            tree_node_ns,
            filled_node_ns,
            leaf_check_ns,
            proposal_ns,
            ciphertext_ns,
            byte_ns,
            context_byte_ns,
            signed_tree_byte_ns,
        },
        median_error: errors.get(errors.len() / 2).copied().unwrap_or(0.0),
        worst_error: errors.last().copied().unwrap_or(0.0),
    }
}

/// How much more than 1, the measured time relative to itself, the solution predicts for a row.
fn residual(row: &[f64; UNITS], solution: &[f64; UNITS]) -> f64 {
    row.iter().zip(solution).map(|(a, x)| a * x).sum::<f64>() - 1.0
}

/// Minimise Σ (row · x − 1)² over x ≥ 0 by cyclic coordinate descent: each step puts one coordinate
/// at its best value, others fixed. The problem is convex and has few coordinates, so this
/// converges.
fn nonnegative_least_squares(rows: &[[f64; UNITS]]) -> [f64; UNITS] {
    const ROUNDS: usize = 20_000;
    let mut gram = [[0.0; UNITS]; UNITS];
    let mut target = [0.0; UNITS];
    for row in rows {
        for i in 0..UNITS {
            target[i] += row[i];
            for j in 0..UNITS {
                gram[i][j] += row[i] * row[j];
            }
        }
    }
    let mut x = [0.0; UNITS];
    for _ in 0..ROUNDS {
        for i in 0..UNITS {
            if gram[i][i] > 0.0 {
                let others: f64 = (0..UNITS)
                    .filter(|j| *j != i)
                    .map(|j| gram[i][j] * x[j])
                    .sum();
                x[i] = ((target[i] - others) / gram[i][i]).max(0.0);
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_never_negative() {
        let sample = |seals, opens, nanos| Sample {
            work: Work {
                seals,
                opens,
                ..Work::default()
            },
            nanos,
        };
        // The best unrestricted solution makes an open cost less than nothing.
        let fit = fit(
            "",
            "",
            &[sample(1, 0, 100.0), sample(1, 1, 90.0), sample(2, 1, 190.0)],
        );
        assert_eq!(fit.profile.open_ns, 0.0);
        assert!(fit.profile.seal_ns > 80.0);
    }

    #[test]
    fn nothing_measured_costs_nothing() {
        let fit = fit("", "", &[]);
        assert_eq!(fit.profile.operation_ns, 0.0);
        assert_eq!(fit.worst_error, 0.0);
    }
}
