//! What a search for a capacity takes.

use super::shared::{Engine, Format, ProcessArguments, ScenarioArguments};
use clap::Args;
use std::path::PathBuf;

/// More replicas than anybody waits for.
pub(crate) const MOST_REPLICAS: i64 = 10_000;

/// So many steps of what binds next are enough for anybody.
const MOST_STEPS: i64 = 5;

#[derive(Debug, Args)]
pub(crate) struct CapacityArguments {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// What has to hold, such as 'join.p95 < 1.5s'; repeatable: all of it [default: the scenario's thresholds]
    #[arg(long, value_name = "RULE")]
    pub(crate) slo: Vec<String>,
    /// The key whose largest value is looked for, such as users.count or messages.rate
    #[arg(long, value_name = "KEY")]
    pub(crate) vary: String,
    /// Try no smaller value than this, such as 10/h [default: a hundredth of the scenario's own]
    #[arg(long, value_name = "VALUE")]
    pub(crate) from: Option<String>,
    /// Try no larger value than this [default: a hundred times the scenario's own]
    #[arg(long, value_name = "VALUE")]
    pub(crate) to: Option<String>,
    /// How often it is looked for, each time with random draws of its own, which are the same for all values
    #[arg(long, value_name = "R", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=MOST_REPLICAS))]
    pub(crate) replicas: u32,
    /// How near the end of each replica is found, as a part of it
    #[arg(long, value_name = "SHARE", default_value = "1%")]
    pub(crate) precision: String,
    /// Go on with more replicas until half of the 95 % interval is no more than this part of the capacity, such as 1%
    #[arg(long, value_name = "SHARE")]
    pub(crate) within: Option<String>,
    /// Have all providers and all devices share so many cores of one machine, as where `throng load` runs them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) shared_cores: Option<u16>,
    /// Fail with exit code 99 where the lower end of the interval is below this
    #[arg(long, value_name = "VALUE")]
    pub(crate) at_least: Option<String>,
    /// How many times to look for what binds: first alone, then with that relieved, and so on; 0 for not at all
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=MOST_STEPS))]
    pub(crate) binding: u32,
    /// What to have a fifth less and a fifth more of, to see what the answer depends on: none, all, or some by name
    #[arg(
        long,
        value_name = "KEY,…",
        default_value = "all",
        value_delimiter = ','
    )]
    pub(crate) sensitivity: Vec<String>,
    /// The MLS engine, instead of the scenario's
    #[arg(long, value_enum)]
    pub(crate) engine: Option<Engine>,
    #[command(flatten)]
    pub(crate) process: ProcessArguments,
    /// The folder for the report [default: capacities/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
