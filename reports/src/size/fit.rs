//! What the runs come to: laws for each provider and quantity, and what they say of so many users.

use super::inputs::{Inputs, Tried};
use super::law::Law;
use super::level::Level;
use super::model::Levels;
use super::peak::{MINUTES, SECONDS, busiest};
use super::queue::Offered;
use super::sample::{Quantity, Service};
use crate::units;

/// What the runs come to, before machines are chosen.
#[derive(Debug)]
pub struct Fitted<'i> {
    pub(super) inputs: &'i Inputs,
    pub(super) peak: Vec<Tried>,
    pub(super) mean: Option<Tried>,
    pub(super) levels: Vec<Level>,
    /// By provider and quantity.
    pub(super) laws: Vec<Vec<Law>>,
}

impl<'i> Fitted<'i> {
    /// Fits laws to runs in the peak; those at other factors are of the mean.
    pub fn new(inputs: &'i Inputs, tried: Vec<Tried>) -> Self {
        let (peak, mean): (Vec<Tried>, Vec<Tried>) = tried
            .into_iter()
            .partition(|run| run.factor == inputs.factor);
        let providers = peak.iter().map(|run| run.samples.len()).min().unwrap_or(0);
        let runs = |provider: usize, quantity: Quantity| {
            let run = |run: &Tried| (f64::from(run.users), run.samples[provider].value(quantity));
            peak.iter().map(run).collect::<Vec<_>>()
        };
        let together = providers * Quantity::ALL.len();
        let law = |provider: usize, quantity: Quantity| match quantity.grows_as() {
            None => Law::fit(&runs(provider, quantity), together),
            Some((cause, times)) => {
                let cause = Law::fit(&runs(provider, cause), together);
                let power = 1.0 + times * (cause.power - 1.0);
                let half = times * cause.power_half();
                Law::growing(&runs(provider, quantity), power, half)
            }
        };
        let laws = (0..providers)
            .map(|provider| {
                Quantity::ALL
                    .iter()
                    .map(|one| law(provider, *one))
                    .collect()
            })
            .collect();
        let largest = peak.iter().rev().max_by_key(|run| run.users);
        let measures = largest.map_or(&[][..], |run| &run.measures);
        let levels = inputs.levels.iter().cloned();
        Self {
            levels: levels.map(|rule| Level::of(rule, measures)).collect(),
            inputs,
            peak,
            mean: mean.into_iter().next(),
            laws,
        }
    }

    pub(super) fn law(&self, provider: usize, quantity: Quantity) -> &Law {
        &self.laws[provider][quantity as usize]
    }

    /// The largest run in the peak.
    pub(super) fn largest(&self) -> Option<&Tried> {
        // Of several the first, which is the one that was made at the mean, too.
        self.peak.iter().rev().max_by_key(|run| run.users)
    }

    /// A quantity with its peaks, of so many users.
    pub(super) fn levels_of(
        &self,
        provider: usize,
        [mean, second, minute]: [Quantity; 3],
        users: f64,
    ) -> Levels {
        let at = |quantity| self.law(provider, quantity).at(users);
        let hour = at(mean);
        let quiet = match &self.mean {
            // The same people in both: what differs is how often they act.
            Some(run) => self.largest().map_or(0.0, |peak| {
                let [quiet, busy] = [run, peak].map(|run| run.samples[provider].value(mean));
                quiet / busy * hour
            }),
            None => hour,
        };
        let peak_minute = busiest(hour, at(minute), MINUTES);
        Levels {
            mean: if quiet.is_finite() { quiet } else { 0.0 },
            peak_hour: hour,
            peak_minute,
            peak_second: busiest(hour, at(second), SECONDS).max(peak_minute),
            error: self.law(provider, mean).error_at(users),
        }
    }

    /// What comes to a provider's cores in the busiest minute, of so many users.
    pub(super) fn offered(&self, provider: usize, users: f64) -> Offered {
        let at = |quantity| self.law(provider, quantity).at(users);
        let cpu = [Quantity::Cpu, Quantity::CpuSecond, Quantity::CpuMinute];
        let runs = self
            .peak
            .iter()
            .map(|run| (&run.samples[provider].service, f64::from(run.users)));
        let weight: f64 = runs.clone().map(|run| run.1).sum::<f64>().max(1.0);
        let weighed = |of: fn(&Service) -> f64| {
            runs.clone()
                .map(|(service, n)| of(service) * n)
                .sum::<f64>()
                / weight
        };
        Offered {
            erlangs: self.levels_of(provider, cpu, users).peak_minute,
            service_s: weighed(|service| service.mean),
            // A trickle of requests is Poisson's: fewer than it would have would be chance.
            arrivals: (at(Quantity::RequestsSecond) / at(Quantity::Requests)).max(1.0),
            services: weighed(|service| service.varied),
        }
    }

    /// The fewest cores for each reason, of so many users: use, then each service level that leaves something for waiting.
    pub(super) fn reasons(&self, offered: &Offered) -> Vec<(String, u32)> {
        let headroom = self.inputs.headroom;
        let use_ = format!("{} of headroom", units::percent(headroom, 1.0));
        let mut reasons = vec![(use_, offered.cores_for_use(1.0 - headroom))];
        for level in self.levels.iter().filter(|level| level.base_ms.is_some()) {
            if let Some(cores) = offered.cores_for_wait(level.of, level.wait_s) {
                reasons.push((level.rule.text().to_owned(), cores));
            }
        }
        reasons
    }

    /// How many cores each provider of so many users is given by the rule, headroom included: what a run is to bear out.
    pub fn cores(&self, users: u32) -> Vec<u32> {
        let of = |provider| {
            let offered = self.offered(provider, f64::from(users));
            let reasons = self.reasons(&offered).into_iter();
            reasons.map(|reason| reason.1).max().unwrap_or(1)
        };
        (0..self.laws.len()).map(of).collect()
    }
}
