//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use throng_live::Limits;
use throng_live::load::Crash;
use throng_live::load::samples::Watched;
use throng_live::store::StoreAt;
use throng_reports::exports::Moment;
use throng_reports::twin::Within;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::time::SimSpan;
use throng_workloads::units::parse_span;

/// The scenario that `throng run` simulates where none is named.
pub(crate) const DEFAULT_SCENARIO: &str = "company";

/// More threads than any machine here has cores only cost time to start.
const MOST_THREADS: i64 = 1024;

/// Groups beyond this take hours and most of a machine's memory to measure.
const MOST_MEMBERS: i64 = 50_000;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the simulation failed, or its report could not be written
  2    bad usage or a bad scenario
  99   a threshold or a comparison failed
  130  interrupted by Ctrl-C or SIGTERM: what was measured so far is written and
       marked partial; a sweep goes on with the same command";

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
    Load(LoadArguments),
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

/// More repetitions than anybody waits for.
const MOST_REPLICAS: i64 = 100_000;

#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    /// A key and the values that it takes, such as rooms.size=16,64,256; repeatable: all combinations are run
    #[arg(long, value_name = "KEY=V1,V2,…", required = true)]
    pub(crate) vary: Vec<String>,
    /// How often each combination is run, each time with random draws of its own
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MOST_REPLICAS))]
    pub(crate) replicas: u32,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
    /// The folder for the sweep; where it was begun, it goes on [default: sweeps/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
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
    #[arg(
        long,
        value_name = "STORE",
        default_value = "memory",
        requires = "provider"
    )]
    pub(crate) store: StoreAt,
    /// The ciphersuite, by its number in RFC 9420
    #[arg(long, value_name = "N", value_enum, default_value_t)]
    pub(crate) ciphersuite: Suite,
    /// Print neither progress nor what was found
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// More providers on one machine get in each other's way.
const MOST_PROVIDERS: i64 = 64;

/// What is said of what goes on.
#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// How much to say on standard error of what goes on
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Info)]
    pub(crate) log: Level,
    /// As what to say it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Nothing
    Off,
    /// What ends it
    Error,
    /// What is wrong with others too, such as connections that are refused
    Warn,
    /// When it begins and ends too
    Info,
    /// Each request too
    Debug,
    /// All there is
    Trace,
}

/// As what it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// Lines of JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Be so many providers that know each other, a.example, b.example, …, with an authority of their own
    #[arg(long, value_name = "N", conflicts_with_all = ["domain", "ca", "cert", "key", "peer", "facts"], value_parser = clap::value_parser!(u16).range(1..=MOST_PROVIDERS))]
    pub(crate) demo: Option<u16>,
    /// The provider's domain
    #[arg(long, value_name = "DOMAIN", required_unless_present = "demo")]
    pub(crate) domain: Option<String>,
    /// Where it listens; port 0 takes any that is free. Further providers of --demo take the ports that follow
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// The file with the certificates of the authorities that are trusted, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) ca: Option<PathBuf>,
    /// The file with the provider's certificate, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) cert: Option<PathBuf>,
    /// The file with its key, as PEM
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    pub(crate) key: Option<PathBuf>,
    /// Another provider and where it is, such as b.example=127.0.0.1:8444; repeatable
    #[arg(long, value_name = "DOMAIN=ADDRESS")]
    pub(crate) peer: Vec<Peer>,
    /// A scenario file, or the name of a built-in scenario, whose policy and ciphersuite the provider has
    #[arg(long, value_name = "SCENARIO", default_value = LOAD_SCENARIO)]
    pub(crate) scenario: String,
    /// Write down what happens, a line of JSON for each input
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// Where to keep what must not be forgotten: a file, or a folder for a file called after the domain; memory, for nowhere; or the URL of
    /// a PostgreSQL database, postgres://… [default: stores/DOMAIN.redb, and memory for --demo]
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<StoreAt>,
    #[command(flatten)]
    pub(crate) log: LogArguments,
    /// Show what is counted, for Prometheus, as plain HTTP on loopback: http://ADDRESS/metrics. Further providers of --demo take the
    /// ports that follow
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// Connections at a time from one address
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections_per_address, value_parser = at_least_one)]
    pub(crate) connections_per_address: usize,
    /// Requests a second of one client; four times as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().account_rate.per_second)]
    pub(crate) account_rate: NonZeroU32,
    /// Requests a second of one other provider; twice as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().peer_rate.per_second)]
    pub(crate) peer_rate: NonZeroU32,
    /// Requests a second from one address of whoever has not shown who they are, such as for accounts; ten times as many at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().stranger_rate.per_second)]
    pub(crate) stranger_rate: NonZeroU32,
    /// The folder for the certificates of --demo
    #[arg(long, value_name = "DIR", default_value = "demo", requires = "demo")]
    pub(crate) out: PathBuf,
    /// Learn on standard input where the others are, and end with it; `throng load` begins this
    #[arg(long, hide = true)]
    pub(crate) told: bool,
}

/// Another provider, and where it is, if that is known already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) domain: String,
    pub(crate) address: Option<SocketAddr>,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (domain, address) = match text.split_once('=') {
            Some((domain, address)) => {
                let address = address.parse();
                let wrong = |_| "expected DOMAIN=ADDRESS, such as b.example=127.0.0.1:8444";
                (domain, Some(address.map_err(wrong)?))
            }
            None => (text, None),
        };
        Ok(Self {
            domain: domain.to_owned(),
            address,
        })
    }
}

/// A provider that is to be killed, and when.
fn parse_crash(text: &str) -> Result<Crash, String> {
    let expected = || "expected DOMAIN=AT[+PAUSE], such as b.example=5s+2s".to_owned();
    let (domain, when) = text.split_once('=').ok_or_else(expected)?;
    let (at, pause) = when.split_once('+').unwrap_or((when, "1s"));
    let span = |text| parse_span(text).map_err(|error| format!("{error}; {}", expected()));
    Ok(Crash {
        domain: domain.to_owned(),
        at: span(at)?,
        pause: span(pause)?,
    })
}

/// So many, and not none.
fn at_least_one(text: &str) -> Result<usize, String> {
    let number: Option<usize> = text.parse().ok();
    let sound = number.filter(|number| *number > 0);
    sound.ok_or_else(|| "expected a whole number from 1".to_owned())
}

/// How many times as fast.
fn speed(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.strip_suffix('×').unwrap_or(text).trim().parse().ok();
    let sound = factor.filter(|factor| (0.001..=1_000.0).contains(factor));
    sound.ok_or_else(|| "expected a number from 0.001 to 1000, such as 10".to_owned())
}

/// A server, and where it shows what it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scraped(Watched);

impl Scraped {
    /// What is looked at.
    pub(crate) fn watched(&self) -> Watched {
        self.0.clone()
    }
}

impl FromStr for Scraped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').and_then(|(name, url)| {
            let scraped = Watched::showing(name, url)?;
            Some(Self(scraped))
        });
        named.ok_or_else(|| {
            "expected NAME=URL, such as b.example=http://127.0.0.1:9100/metrics".to_owned()
        })
    }
}

/// The scenario that `throng load` runs where none is named.
pub(crate) const LOAD_SCENARIO: &str = "small";

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// A scenario file, or the name of a built-in scenario
    #[arg(default_value = LOAD_SCENARIO)]
    pub(crate) scenario: String,
    /// The seed of all random draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set any key of the scenario, such as duration=30s; repeatable, the last of one key counts
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// A provider that runs already, such as a.example=127.0.0.1:8443, instead of one of this command's own; repeatable, one for each
    /// of the scenario's
    #[arg(long, value_name = "DOMAIN=ADDRESS", requires = "ca")]
    pub(crate) target: Vec<Peer>,
    /// The authorities of such providers' certificates, as PEM
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(crate) ca: Option<PathBuf>,
    /// How late clients may take up what people want, but for one wish of a hundred: beyond that this command was the limit, and not
    /// the providers
    #[arg(long, value_name = "SPAN", default_value = "50ms", value_parser = parse_span)]
    pub(crate) most_late: SimSpan,
    /// How many times as fast people's time passes as the scenario says; `+` and `-` change that while it runs
    #[arg(long, value_name = "X", default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// A rule that the run has to meet, besides the scenario's, such as "message.p99 < 1s"; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) threshold: Vec<String>,
    /// Where providers keep what they must not forget, as for `throng serve`; in a URL {domain} is the domain of each [default: files
    /// that are removed in the end]
    #[arg(long, value_name = "STORE", conflicts_with = "target")]
    pub(crate) store: Option<StoreAt>,
    /// Kill a provider so long after the measured part began, as kill -9 does, and start it again after a pause of 1 s or as given, such
    /// as b.example=5s+2s; repeatable
    #[arg(long, value_name = "DOMAIN=AT[+PAUSE]", value_parser = parse_crash, conflicts_with = "target")]
    pub(crate) kill: Vec<Crash>,
    /// End early where this holds of what was measured so far, such as "message.p99 > 5s"; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) abort: Vec<String>,
    /// For how long a rule of --abort has to hold without a break
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = parse_span, requires = "abort")]
    pub(crate) abort_after: SimSpan,
    /// Another server to be looked at each second, and where it shows what it counts to Prometheus, such as
    /// postgres=http://127.0.0.1:9187/metrics; repeatable
    #[arg(long, value_name = "NAME=URL")]
    pub(crate) scrape: Vec<Scraped>,
    /// The folder for the report [default: loads/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// How many threads the clients share [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    pub(crate) threads: Option<u16>,
    /// Print neither progress nor text
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TwinArguments {
    /// A scenario file, or the name of a built-in scenario
    #[arg(default_value = LOAD_SCENARIO)]
    pub(crate) scenario: String,
    /// The seed of all random draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set any key of the scenario, such as duration=30s; repeatable, the last of one key counts
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// What operations cost on this machine, as `throng calibrate` wrote it [default: the built-in costs]
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// How far a simulated figure may be off, as a part of the real one; repeatable. A name may hold `*`
    /// [default: message.p50=15% and message.p99=15%]
    #[arg(long, value_name = "MEASURE=PART")]
    pub(crate) within: Vec<Within>,
    /// How late clients may take up what people want in the real run, but for one wish of a hundred
    #[arg(long, value_name = "SPAN", default_value = "50ms", value_parser = parse_span)]
    pub(crate) most_late: SimSpan,
    /// The folder for both reports and the comparison [default: twins/SCENARIO-SEED]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What to print on standard output: a comparison for people, or the content of twin.json
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) process: ProcessArguments,
}

impl TwinArguments {
    /// The flags that ask for the same, but for those that any command has.
    pub(crate) fn words(&self) -> Vec<String> {
        let profile = self.profile.iter();
        let profile = profile.map(|path| ["--profile".to_owned(), path.display().to_string()]);
        let within = self.within.iter();
        let within = within.map(|bound| ["--within".to_owned(), bound.to_string()]);
        profile.chain(within).flatten().collect()
    }
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A summary for people
    #[default]
    Text,
    /// The content of summary.json
    Json,
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
}
