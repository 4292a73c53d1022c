//! What the runs have to bear out: service levels, queues, laws, peaks, and what arithmetic alone says.

use super::facts;
use super::fit::Fitted;
use super::inputs::Tried;
use super::law::Law;
use super::model::{Check, LawRow};
use super::peak::busiest;
use super::queue::Of;
use super::sample::Quantity;
use super::sheets::give_or_take;
use crate::measures::{self, threshold};
use crate::run_info::RunInfo;
use crate::summary::Summary;
use crate::units;
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// How far a foretold figure may be from what was found before that is a doubt.
const DOUBT: f64 = 0.15;

impl Fitted<'_> {
    /// How the quantities that machines follow from grow.
    pub(super) fn law_rows(&self) -> Vec<LawRow> {
        let shown = [
            Quantity::Cpu,
            Quantity::CpuMinute,
            Quantity::In,
            Quantity::Out,
            Quantity::Events,
            Quantity::Queued,
            Quantity::Groups,
            Quantity::Members,
        ];
        let providers = self
            .inputs
            .scenario
            .providers
            .iter()
            .enumerate()
            .take(self.laws.len());
        let row = |(at, domain): (usize, &String), quantity: Quantity| LawRow {
            provider: domain.clone(),
            quantity: quantity.says(),
            law: *self.law(at, quantity),
        };
        providers
            .flat_map(|(at, provider)| shown.map(|quantity| row((at, &provider.domain), quantity)))
            .collect()
    }

    /// All that is checked; `borne` is a run of the largest part with the cores that the rule gives it.
    pub(super) fn checks(&self, (scenario, record): (&Scenario, &Record)) -> Vec<Check> {
        let mut checks = Vec::new();
        let summary = Summary::new(scenario, record, &RunInfo::default());
        let users = scenario.users.count;
        let people = units::count(u64::from(users));
        let cores: Vec<String> = scenario
            .providers
            .iter()
            .map(|one| one.cores.to_string())
            .collect();
        let cores = cores.join(", ");
        for outcome in threshold::check(&self.inputs.levels, &measures::of(&summary)) {
            checks.push(Check {
                met: outcome.met,
                decides: true,
                found: outcome.values(),
                what: format!("{}: {people} users simulated in the peak hour with the cores that the rule gives them ({cores})", outcome.rule),
            });
        }
        for level in self.levels.iter().filter(|level| level.wait_s < 0.0) {
            checks.push(Check {
                met: false,
                decides: true,
                what: format!(
                    "{}: leaves something for waiting at providers",
                    level.rule.text()
                ),
                found: format!(
                    "{} where nobody waits: no number of cores is enough",
                    units::millis(level.base_ms.unwrap_or(0.0))
                ),
            });
        }
        checks.push(self.waits(scenario, record));
        checks.extend(facts::messages(
            self.inputs,
            self.largest().map(|run| (run.users, &run.common)),
        ));
        let all =
            [Quantity::Cpu, Quantity::In, Quantity::Out].map(|quantity| self.foretold(quantity));
        checks.extend(all.into_iter().flatten());
        checks.push(self.known());
        checks.push(self.peaks());
        checks.push(self.conserved());
        checks
    }

    /// Whether waits are as the queue says of the busiest minute, or so short that no level notices.
    fn waits(&self, scenario: &Scenario, record: &Record) -> Check {
        let providers = scenario.providers.iter().enumerate();
        let each = providers.take(self.laws.len()).map(|(at, provider)| {
            let offered = self.offered(at, f64::from(scenario.users.count));
            offered.wait(provider.cores, Of::Quantile(0.99))
        });
        let told = each.fold(0.0, f64::max);
        let levels = self.levels.iter().map(|level| level.wait_s);
        let leaves = levels.filter(|wait| *wait >= 0.0 && wait.is_finite());
        let leaves = leaves.fold(0.0, f64::max);
        let found = record.latencies.provider_wait.value_at_quantile(0.99) as f64 / 1e6;
        Check {
            // Histograms are exact to three digits.
            met: found <= told.max(leaves) * 1.001 + 1e-6,
            decides: false,
            what: "99 of 100 requests wait no longer than the queue's formula says of the busiest minute, or than service levels leave".to_owned(),
            found: format!(
                "{} by the formula, {} left, {} of all in the simulated hour",
                units::seconds(told),
                units::seconds(leaves),
                units::seconds(found)
            ),
        }
    }

    /// Whether what chance leaves open is no more than the headroom.
    fn known(&self) -> Check {
        let all = f64::from(self.inputs.scenario.users.count);
        let laws = self.laws.iter().flat_map(|laws| {
            let quantities = [Quantity::Cpu, Quantity::In, Quantity::Out];
            quantities.map(|one| laws[one as usize].error_at(all))
        });
        let worst = laws.fold(0.0, f64::max);
        let headroom = self.inputs.headroom;
        Check {
            met: worst <= headroom,
            decides: false,
            what: "the 95 % intervals of cores and network are within the headroom; where they are not, a larger --simulate makes them narrower".to_owned(),
            found: format!(
                "{} at the widest, {} of headroom",
                give_or_take(worst),
                units::percent(headroom, 1.0)
            ),
        }
    }

    /// Whether the smaller runs foretell the largest, all providers together.
    fn foretold(&self, quantity: Quantity) -> Option<Check> {
        let sum = |run: &Tried| {
            run.samples
                .iter()
                .map(|sample| sample.value(quantity))
                .sum::<f64>()
        };
        let runs: Vec<(f64, f64)> = self
            .peak
            .iter()
            .map(|run| (f64::from(run.users), sum(run)))
            .collect();
        let law = Law::fit(&runs, 1);
        let off = law.held_out?;
        let power = law.seen.map_or_else(String::new, |(power, half)| {
            format!("; grows with N^{power:.2} ± {half:.2}")
        });
        let largest = units::count(u64::from(self.largest()?.users));
        Some(Check {
            met: off.abs() <= DOUBT,
            decides: false,
            what: format!(
                "{}, all providers: smaller runs foretell that of {largest} users within {}",
                quantity.says(),
                units::percent(DOUBT, 1.0)
            ),
            found: format!("{}{power}", units::change(off)),
        })
    }

    /// Whether the busiest minute and second of the largest run are what its mean and variance foretell.
    fn peaks(&self) -> Check {
        let mut sums = [0.0; 4];
        for sample in self.largest().iter().flat_map(|run| &run.samples) {
            let value = |quantity| sample.value(quantity);
            let told = |variance, intervals: usize| {
                busiest(value(Quantity::Cpu), value(variance), intervals as f64)
            };
            let one = [
                told(Quantity::CpuMinute, sample.seconds / 60),
                sample.busiest_cpu[1],
                told(Quantity::CpuSecond, sample.seconds),
                sample.busiest_cpu[0],
            ];
            sums.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
        let [minute, seen_minute, second, seen_second] = sums;
        let off = |told: f64, seen: f64| if seen > 0.0 { told / seen - 1.0 } else { 0.0 };
        let (minute, second) = (off(minute, seen_minute), off(second, seen_second));
        Check {
            met: minute.abs() <= 2.0 * DOUBT && second.abs() <= 2.0 * DOUBT,
            decides: false,
            what: format!(
                "busiest minute and second of the largest run, core time, providers summed: as its mean and variance foretell, within {}",
                units::percent(2.0 * DOUBT, 1.0)
            ),
            found: format!(
                "minute {}, second {}",
                units::change(minute),
                units::change(second)
            ),
        }
    }

    /// What providers say that they sent each other, and what they say that they took.
    fn conserved(&self) -> Check {
        let all = f64::from(self.inputs.scenario.users.count);
        let sum = |quantity| {
            (0..self.laws.len())
                .map(|at| self.law(at, quantity).at(all))
                .sum::<f64>()
        };
        let (out, come) = (sum(Quantity::OutProviders), sum(Quantity::InProviders));
        Check {
            met: (out - come).abs() <= 0.01 * out.max(come),
            decides: false,
            what: "providers send each other as much as they take from each other, but for what links lose".to_owned(),
            found: format!("{}/s out, {}/s in", units::bytes_f64(out), units::bytes_f64(come)),
        }
    }
}
