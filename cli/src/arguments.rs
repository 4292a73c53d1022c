//! What can be typed: the commands, and what those take that simulate, measure and report. `capacity` has what a search for a capacity takes, `size`
//! what a sizing takes, `live` those over real connections, `shared` what commands of both sorts take, `spread` what a sweep on several machines takes.

mod capacity;
mod live;
mod shared;
pub(crate) mod size;
mod spread;

pub(crate) use capacity::{CapacityArguments, MOST_REPLICAS};
pub(crate) use live::{
    FederationArguments, Level, LoadArguments, LogArguments, LogFormat, MergeArguments, NamedRoom,
    Peer, RealArguments, Role, Scraped, ServeArguments, TwinArguments,
};
pub(crate) use shared::{Engine, Format, ProcessArguments, ScenarioArguments};
pub(crate) use size::{SizeArguments, SizeFormat};
pub(crate) use spread::{Scheduler, SpreadArguments, WhichShard};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use throng_experiments::Grid;
use throng_live::store::StoreAt;
use throng_reports::exports::Moment;
use throng_workloads::import;
use throng_workloads::scenario::Ciphersuite;

/// Groups beyond this take hours and most of a machine's memory to measure.
const MOST_MEMBERS: i64 = 50_000;

/// What exit codes mean of a command that leaves this behind when it is interrupted.
macro_rules! exit_codes {
    ($left:literal) => {
        concat!(
            "\
Exit codes:
  0    done
  1    the simulation failed, or its report could not be written
  2    bad usage or a bad scenario
  99   a threshold or a comparison failed
  130  interrupted by Ctrl-C or SIGTERM: ",
            $left
        )
    };
}

const EXIT_CODES: &str = exit_codes!(
    "what was measured so far is written and
       marked partial; a sweep goes on with the same command"
);

/// Of commands whose answer is of all runs together, so that some of them are none.
const ALL_OR_NOTHING: &str = exit_codes!("nothing is written");

/// Simulate end-to-end encrypted group messaging: MLS groups in federated MIMI rooms, in virtual time.
/// The same seed gives the same run on any machine.
#[derive(Debug, Parser)]
#[command(name = "throng", version, after_help = EXIT_CODES, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a scenario and write its report
    #[command(after_help = EXIT_CODES)]
    Run(RunArguments),
    /// Run a scenario on both engines and compare all that happens, or check test vectors
    #[command(after_help = EXIT_CODES)]
    Verify(VerifyArguments),
    /// Run a grid of settings, each repeated; intervals and scaling laws
    #[command(after_help = EXIT_CODES)]
    Sweep(SweepArguments),
    /// Find the largest value of a key at which all that is asked holds, and what binds there
    #[command(after_help = ALL_OR_NOTHING)]
    Capacity(Box<CapacityArguments>),
    /// Say what machines each provider needs, from people, their habits and service levels
    #[command(after_help = ALL_OR_NOTHING)]
    Size(Box<SizeArguments>),
    /// Make one run of a sweep; `throng sweep` begins this
    #[command(hide = true)]
    SweepRun(SweepRunArguments),
    /// Compare two runs, or two sweeps: what changed, by how much
    #[command(after_help = EXIT_CODES)]
    Compare(CompareArguments),
    /// Make the page of a run or a sweep again, or one of several runs side by side
    #[command(after_help = EXIT_CODES)]
    Report(ReportArguments),
    /// Print the figures of a run or a sweep in the form that another tool reads
    #[command(after_help = EXIT_CODES)]
    Export(ExportArguments),
    /// Make a scenario and its trace of what a chat exports, without names and texts
    #[command(after_help = EXIT_CODES)]
    Import(ImportArguments),
    /// List the measures that thresholds and comparisons can name
    Measures,
    /// List the built-in scenarios, or show one as a starting point
    Scenarios {
        #[command(subcommand)]
        action: Option<ScenariosAction>,
    },
    /// Measure OpenMLS on this machine; write a cost profile
    #[command(after_help = EXIT_CODES)]
    Calibrate(CalibrateArguments),
    /// Be a provider over HTTPS, or several that know each other
    #[command(after_help = EXIT_CODES)]
    Serve(ServeArguments),
    /// Run a scenario for real, over HTTPS, against providers that it starts itself
    #[command(after_help = EXIT_CODES)]
    Load(Box<LoadArguments>),
    /// Put the shards of a load, or of a sweep, together: one report of all of it
    #[command(after_help = EXIT_CODES)]
    Merge(MergeArguments),
    /// Run a scenario for real and simulate the same; say how far the simulation is off
    #[command(after_help = EXIT_CODES)]
    Twin(TwinArguments),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// The folder for throng.1, throng-run.1, …
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// A scenario to be run, once or often: on which engine, what it has to meet, and what is kept of it.
#[derive(Debug, Args)]
pub(crate) struct SimulationArguments {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    /// The MLS engine, instead of the scenario's
    #[arg(long, value_enum)]
    pub(crate) engine: Option<Engine>,
    #[command(flatten)]
    pub(crate) process: ProcessArguments,
    /// What each run has to meet, such as 'join.p95 < 1.5s', besides the scenario's thresholds; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) threshold: Vec<String>,
    /// Keep the figures under this name, for `throng compare`
    #[arg(long, value_name = "NAME")]
    pub(crate) save_baseline: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The folder of a run or a sweep; several runs are put side by side on one page
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<String>,
    /// The file for the page [default: report.html in the folder of the one, side-by-side.html for several]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Do not print where the page is
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The folder of a run or a sweep, a summary.json, or the name of a baseline
    pub(crate) run: String,
    /// Which tool reads it
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// Which measures, such as 'commit.*' [default: those that are asked for most]; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub(crate) measure: Vec<String>,
    /// OpenMetrics: stamp each sample with this moment, such as 2026-11-29T10:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(crate) at: Option<Moment>,
    /// OpenMetrics: the samples that a run took over its virtual time, which begins at the moment of --at
    #[arg(long, requires = "at")]
    pub(crate) series: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The export: a file, or the folder that Slack's was unpacked into
    pub(crate) export: PathBuf,
    /// How it is written
    #[arg(long, value_enum)]
    pub(crate) format: ImportFormat,
    /// The folder for scenario.toml and trace.csv [default: imports/ and the name of the export]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// A file of 16 secret bytes or more, with which the same export always becomes the same trace
    /// [default: a key that is drawn anew and not kept]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Leave out what was before this moment, such as 2026-11-29 or 2026-11-29T10:00:00Z
    #[arg(long, value_name = "MOMENT")]
    pub(crate) from: Option<import::Moment>,
    /// Leave out what was at this moment or after it
    #[arg(long, value_name = "MOMENT")]
    pub(crate) to: Option<import::Moment>,
    /// Do not print what was read and written
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How an export of a chat is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// CSV with the columns time, room, sender, length
    Csv,
    /// Mattermost's bulk export, a file of lines of JSON
    Mattermost,
    /// The folder that an export of Slack is unpacked into
    Slack,
}

/// What an export is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// github-action-benchmark's customSmallerIsBetter: what costs something
    GithubActionBenchmark,
    /// Bencher's metric format
    Bencher,
    /// OpenMetrics text, as Prometheus reads it
    Openmetrics,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Instead of a run, check the model's trees against test vectors of the MLS working group:
    /// tree-operations.json, tree-validation.json, treekem.json
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = ["scenario", "seed", "set", "threads"]
    )]
    pub(crate) vectors: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,
    #[command(flatten)]
    pub(crate) process: ProcessArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
    /// The folder for the report [default: runs/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Save what people want as a CSV trace, to be replayed by a scenario's `trace`
    #[arg(long, value_name = "FILE")]
    pub(crate) save_trace: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    /// A key and the values that it takes, such as rooms.size=16,64,256; repeatable: all combinations are run
    #[arg(long, value_name = "KEY=V1,V2,…", required = true)]
    pub(crate) vary: Vec<String>,
    /// How often each combination is run, each time with random draws of its own
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(Grid::MOST_REPLICAS)))]
    pub(crate) replicas: u32,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
    /// The folder for the sweep; where it was begun, it goes on. In that of a shard `{shard}` stands for which it is, such as 2-of-3
    /// [default: sweeps/SCENARIO-SEED, of a shard sweeps/SCENARIO-SEED-I-of-N]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) spread: SpreadArguments,
}

/// One run of a sweep, in a process of its own; its scenario comes on standard input.
#[derive(Debug, Args)]
pub(crate) struct SweepRunArguments {
    /// The number of its point
    #[arg(long, value_name = "N")]
    pub(crate) point: usize,
    /// Which repetition
    #[arg(long, value_name = "N")]
    pub(crate) run: u32,
    /// The file for its figures
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// What was before: the folder of a run or a sweep, a summary.json, or the name of a baseline
    pub(crate) base: String,
    /// What is now, likewise
    pub(crate) new: String,
    /// Which change is too much, such as 'commit.bytes.mean > 2%'; repeatable. A name may hold `*`
    /// [default: any change of what was simulated]
    #[arg(long, value_name = "RULE")]
    pub(crate) fail_on: Vec<String>,
    /// Show what did not change, too, in a table for people or for a comment
    #[arg(long)]
    pub(crate) all: bool,
    /// Compare runs of different scenarios, too
    #[arg(long)]
    pub(crate) anyway: bool,
    /// How to print the comparison
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ComparisonFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ComparisonFormat {
    /// A table for people
    #[default]
    Text,
    /// A table for a pull request's comment
    Markdown,
    /// All of it, for programs
    Json,
    /// JUnit XML, for CI systems
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct CalibrateArguments {
    /// The file for the profile; a scenario names it in [cost.profiles]
    #[arg(long, value_name = "FILE", default_value = "cost-profile.toml")]
    pub(crate) out: PathBuf,
    /// Members of the largest group that is measured [default: 20000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=MOST_MEMBERS))]
    pub(crate) largest: Option<u32>,
    /// Measure roughly, in about ten seconds instead of eight minutes
    #[arg(long)]
    pub(crate) quick: bool,
    /// Measure everything in the largest groups too, in a quarter of an hour
    #[arg(long, conflicts_with = "quick")]
    pub(crate) thorough: bool,
    /// Measure what a provider over HTTPS takes instead of MLS, and put that into the profile beside what is there: requests, records,
    /// bytes, connections, rows. A file that there is not begins with the built-in costs of MLS
    #[arg(long, conflicts_with_all = ["largest", "ciphersuite"])]
    pub(crate) provider: bool,
    /// Where the measured provider keeps things: memory, a file, or a PostgreSQL database, postgres://…, which are empty
    /// [default: a file that is removed in the end]
    #[arg(long, value_name = "STORE", requires = "provider")]
    pub(crate) store: Option<StoreAt>,
    /// The ciphersuite, by its number in RFC 9420
    #[arg(long, value_name = "N", value_enum, default_value_t)]
    pub(crate) ciphersuite: Suite,
    /// Print neither progress nor what was found
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Ciphersuites by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Suite {
    /// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
    #[default]
    #[value(name = "1")]
    X25519Aes128,
    /// MLS_128_DHKEMP256_AES128GCM_SHA256_P256
    #[value(name = "2")]
    P256Aes128,
    /// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
    #[value(name = "3")]
    X25519ChaCha20,
}

impl From<Suite> for Ciphersuite {
    fn from(suite: Suite) -> Self {
        match suite {
            Suite::X25519Aes128 => Self::X25519Aes128Sha256Ed25519,
            Suite::P256Aes128 => Self::P256Aes128Sha256P256,
            Suite::X25519ChaCha20 => Self::X25519ChaCha20Sha256Ed25519,
        }
    }
}

#[derive(Debug, Subcommand, Default)]
pub(crate) enum ScenariosAction {
    /// List the built-in scenarios
    #[default]
    List,
    /// Print a built-in scenario's file
    Show {
        /// Its name
        name: String,
    },
    /// Print every key of a scenario with its default, as Markdown
    Reference,
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_left_of_an_interrupted_command_is_said_by_its_own_help() {
        let command = Arguments::command();
        let help = |name: &str| {
            let found = command.find_subcommand(name).expect(name);
            found.get_after_help().expect(name).to_string()
        };
        for name in ["capacity", "size"] {
            let said = help(name);
            assert!(said.ends_with("SIGTERM: nothing is written"), "{said}");
            assert!(!said.contains("partial"), "{said}");
        }
        assert!(help("run").contains("marked partial"));
    }
}
