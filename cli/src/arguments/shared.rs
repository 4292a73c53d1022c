//! What commands that simulate and commands over real connections both take.

use clap::{Args, ValueEnum};

/// The scenario that `throng run` simulates where none is named.
const DEFAULT_SCENARIO: &str = "company";

/// More threads than any machine here has cores only cost time to start.
pub(super) const MOST_THREADS: i64 = 1024;

/// Which scenario, and what is changed in it.
#[derive(Debug, Args)]
pub(crate) struct ScenarioArguments {
    /// A scenario file, or the name of a built-in scenario
    #[arg(default_value = DEFAULT_SCENARIO)]
    pub(crate) scenario: String,
    /// The seed of all random draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set any key of the scenario, such as rooms.count=3; repeatable, the last of one key counts
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// How many threads, and how talkative.
#[derive(Debug, Args)]
pub(crate) struct ProcessArguments {
    /// How many threads to use; the result does not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    pub(crate) threads: Option<u16>,
    /// Print neither progress nor text
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// An MLS engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Everything is really encrypted, by OpenMLS
    Openmls,
    /// The same run by structure and lengths, without cryptography
    Model,
}

impl Engine {
    /// Its name in scenarios.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Openmls => "openmls",
            Self::Model => "model",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A summary for people
    #[default]
    Text,
    /// All of it as JSON, for programs: of a run, the content of summary.json
    Json,
}
