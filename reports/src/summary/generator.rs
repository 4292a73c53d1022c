//! How the generator of a load fared.

use super::spread::{MICROS_PER_MILLI, Spread};
use crate::units::{self, without_dust};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_record::Generator;

/// How the generator of a load fared: what it was to do and what it did, how late, on how much of its machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeneratorSummary {
    /// Wishes that were due.
    pub intended: u64,
    /// Those of them that were taken up while people wanted something, or as late as any may be.
    pub in_time: u64,
    /// Those that were taken up at all.
    pub taken: u64,
    /// Those of clients that there are not.
    pub vanished: u64,
    /// Those that nobody took up.
    pub untaken: u64,
    /// What clients had still to work off when people wanted nothing more, and connections to carry out.
    pub under_way: u64,
    /// Wishes that were due, a second.
    pub intended_per_s: f64,
    /// Wishes that were taken up in time, a second.
    pub achieved_per_s: f64,
    /// How much later than it wanted a thread ran that slept for a while, in milliseconds.
    pub thread_delay_ms: Spread,
    /// The same of the loop that serves connections.
    pub loop_delay_ms: Spread,
    /// CPU time of the process, in seconds.
    pub cpu_s: f64,
    /// Cores that it may use.
    pub cores: u32,
    /// Of those, how many it was on, on average.
    pub cores_used: f64,
    /// The most memory that it held, in bytes; absent where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_max_bytes: Option<u64>,
    /// How many times as fast people's time passed as the scenario's stages say, from when on; nothing where it always was as they
    /// say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<RateSummary>,
    /// What was before the measured part; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preparation: Option<PreparationSummary>,
}

/// How accounts, KeyPackages and rooms came to be there before anything was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreparationSummary {
    /// Whether they were stored once and taken up; otherwise they were made, by the protocol itself.
    pub loaded: bool,
    /// How long it took, in seconds.
    pub took_s: f64,
}

/// From a moment on, people's time passes so many times as fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateSummary {
    /// When, in seconds of real time.
    pub from_s: f64,
    /// How many times as fast.
    pub factor: f64,
}

impl GeneratorSummary {
    pub(super) fn of(generator: &Generator) -> Self {
        let lasted = generator.lasted.as_secs_f64();
        let a_second = |count: u64| match lasted {
            lasted if lasted > 0.0 => without_dust(count as f64 / lasted),
            _ => 0.0,
        };
        let rates = generator.rates.iter().map(|change| RateSummary {
            from_s: change.at.as_secs_f64(),
            factor: without_dust(change.factor),
        });
        Self {
            intended: generator.intended,
            in_time: generator.in_time,
            taken: generator.taken,
            vanished: generator.vanished,
            untaken: generator.untaken(),
            under_way: generator.under_way,
            intended_per_s: a_second(generator.intended),
            achieved_per_s: a_second(generator.in_time),
            thread_delay_ms: Spread::of_histogram(&generator.thread_delay, MICROS_PER_MILLI),
            loop_delay_ms: Spread::of_histogram(&generator.loop_delay, MICROS_PER_MILLI),
            cpu_s: generator.cpu.as_secs_f64(),
            cores: generator.cores,
            cores_used: without_dust(generator.cores_used()),
            memory_max_bytes: generator.memory_max,
            rates: rates.collect(),
            preparation: generator.preparation.map(|preparation| PreparationSummary {
                loaded: preparation.loaded,
                took_s: without_dust(preparation.took.as_secs_f64()),
            }),
        }
    }

    /// What of it, and how much.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let row = |what: &str, figure: String| (what.to_owned(), figure);
        let mut all = vec![
            row(
                "wishes due, and taken up in time",
                format!(
                    "{} a second, and {}: {} and {}",
                    units::significant(self.intended_per_s),
                    units::significant(self.achieved_per_s),
                    units::count(self.intended),
                    units::count(self.in_time),
                ),
            ),
            row(
                "a thread that wanted to run waited",
                spread(&self.thread_delay_ms),
            ),
            row(
                "the loop that serves connections waited",
                spread(&self.loop_delay_ms),
            ),
            row(
                "the generator's CPU",
                format!(
                    "{} of {} cores",
                    units::significant(self.cores_used),
                    self.cores
                ),
            ),
        ];
        all.extend(self.preparation.as_ref().map(|preparation| {
            let how = match preparation.loaded {
                true => "taken up as it was stored",
                false => "made",
            };
            let took = units::seconds(preparation.took_s);
            row("preparation", format!("{how}, in {took}"))
        }));
        let memory = self.memory_max_bytes;
        all.extend(memory.map(|bytes| row("its memory at most", units::bytes(bytes))));
        for (what, count) in [
            ("wishes that nobody took up", self.untaken),
            ("wishes of clients that are gone", self.vanished),
            ("inputs and sendings left at the end", self.under_way),
        ] {
            if count > 0 {
                all.push(row(what, units::count(count)));
            }
        }
        all.extend(self.rates.iter().map(|rate| {
            row(
                &format!("from {} on", units::seconds(rate.from_s)),
                format!("{} × as fast", units::significant(rate.factor)),
            )
        }));
        all
    }
}

/// A distribution in one line.
pub(super) fn spread(spread: &Spread) -> String {
    match &spread.stats {
        Some(stats) => format!(
            "p50 {}, p99 {}, longest {} of {}",
            units::millis(stats.p50),
            units::millis(stats.p99),
            units::millis(stats.max),
            units::count(spread.count)
        ),
        None => "none".to_owned(),
    }
}
