//! Rooms of one kind, and how much of what people say they say there.

use crate::dist::Dist;
use crate::scenario::model::Scenario;
use std::f64::consts::FRAC_PI_2;

/// Parts that a distribution is looked at in.
const STRATA: u32 = 64;

/// Rooms of one kind.
pub(super) struct Kind {
    /// How many.
    pub(super) rooms: f64,
    /// Their initial sizes, each as likely as the others.
    pub(super) sizes: Vec<f64>,
    pub(super) talk: f64,
    pub(super) churn: f64,
}

impl Kind {
    pub(super) fn memberships(&self) -> f64 {
        self.rooms * mean(&self.sizes)
    }

    /// The part of what a member says that is said in a room of this kind, where the rooms that it has besides are Poisson of the means
    /// b of their kinds: E[w / (w + Σ other weights)] = ∫ exp(Σ b (u^(v/w) − 1)) du over u from 0 to 1, v being a kind's weight; where all
    /// have one weight that is (1 − e^−b) / b. Of rooms whose weights come to less than 1, taken to be all that anybody has of such, as much
    /// is said as they weigh where there are no others.
    pub(super) fn share_of_talk(&self, kinds: &[Self], users: f64) -> f64 {
        if self.talk <= 0.0 {
            return 0.0;
        }
        let others = |kind: &Self| {
            let own = if std::ptr::eq(kind, self) { 1.0 } else { 0.0 };
            let rooms = (kind.rooms - own).max(0.0);
            (rooms * mean(&kind.sizes) / users, kind.talk)
        };
        let others: Vec<(f64, f64)> = kinds.iter().map(others).collect();
        let all = part_among(self.talk, &others);
        if self.talk >= 1.0 {
            return all;
        }
        let (loud, quiet): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(_, talk)| *talk >= 1.0);
        let none_loud = libm::exp(-loud.iter().map(|(mean, _)| mean).sum::<f64>());
        all + none_loud * (self.talk - part_among(self.talk, &quiet))
    }
}

/// The expectation of `weight` / (`weight` + Σ others' weights), where others are Poisson of these means and have these weights.
fn part_among(weight: f64, others: &[(f64, f64)]) -> f64 {
    /// Where weights lie far apart all happens near one of the ends, so that points crowd there: the double exponential rule (Takahasi and
    /// Mori 1974), which has eight digits with these.
    const STEP: f64 = 0.05;
    const STEPS: i32 = 64;
    let at = |step: i32| {
        let x = f64::from(step) * STEP;
        let inner = FRAC_PI_2 * libm::sinh(x);
        let u = 1.0 / (1.0 + libm::exp(-2.0 * inner));
        let width = FRAC_PI_2 * libm::cosh(x) / (2.0 * libm::pow(libm::cosh(inner), 2.0)) * STEP;
        let terms = others
            .iter()
            .map(|(mean, other)| mean * (libm::pow(u, other / weight) - 1.0));
        width * libm::exp(terms.sum())
    };
    (-STEPS..=STEPS).map(at).sum()
}

pub(super) fn kinds(scenario: &Scenario) -> Vec<Kind> {
    let most = f64::from(scenario.users.count);
    let rooms = &scenario.rooms;
    let paces = rooms.kinds.iter().map(|kind| (kind.talk, kind.churn));
    let paces = paces.chain(std::iter::repeat((1.0, 1.0)));
    let kind = |((size, count), (talk, churn)): ((&Dist, u32), _)| Kind {
        rooms: count.into(),
        sizes: strata(size)
            .into_iter()
            .map(|size| size.round().clamp(1.0, most))
            .collect(),
        talk,
        churn,
    };
    rooms.sizes().into_iter().zip(paces).map(kind).collect()
}

/// Values of a distribution, each as likely as the others.
pub(super) fn strata(dist: &Dist) -> Vec<f64> {
    if let Dist::Constant(value) = dist {
        return vec![*value];
    }
    dist.strata(STRATA).collect()
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against sums over the Poisson distribution.
    #[test]
    fn parts_among_others_are_what_sums_say() {
        for (weight, other, mean) in [
            (1.0, 1.0, 1.7),
            (0.002, 4.0, 0.8),
            (4.0, 0.002, 0.8),
            (0.3, 0.2, 3.0),
        ] {
            let mut chance = libm::exp(-mean);
            let mut sum = 0.0;
            for others in 0..60 {
                sum += chance * weight / (weight + other * f64::from(others));
                chance *= mean / f64::from(others + 1);
            }
            let part = part_among(weight, &[(mean, other)]);
            assert!(
                (part / sum - 1.0).abs() < 1e-6,
                "{weight} {other} {mean}: {part} {sum}"
            );
        }
    }
}
