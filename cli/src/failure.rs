//! What can go wrong, its message, and its exit code.

use crate::arguments::WhichShard;
use crate::exit::Exit;
use clap::error::{ContextKind, ContextValue};
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;
use throng_calibrate::result::CalibrateError;
use throng_experiments::quiet::QuietError;
use throng_experiments::size::SizeError;
use throng_experiments::{GridError, RunError};
use throng_live::LiveError;
use throng_live::load::own::Gone;
use throng_mls::vectors::VectorsError;
use throng_reports::compare::CompareError;
use throng_reports::exports::ExportError;
use throng_reports::measures::rule::RuleError;
use throng_reports::plots::side_by_side::MOST_RUNS;
use throng_reports::shards::ShardsError;
use throng_reports::size::{MachinesError, NoMachine};
use throng_reports::sweep::TogetherError;
use throng_reports::{ReportError, StoredError};
use throng_workloads::error::ScenarioError;
use throng_workloads::visible::{visible, visible_lines};
use throng_world::SimError;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The scenario or a flag is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A point of a sweep is none; what is varied is set there.
    #[error("at the point {point}: {error}")]
    Point {
        /// What the point sets.
        point: String,
        /// What is wrong with that.
        error: ScenarioError,
    },
    /// Neither a built-in scenario nor a file.
    #[error(
        "no file and no built-in scenario is called `{name}`; `throng scenarios` lists those built in"
    )]
    NoScenario {
        /// What was typed.
        name: String,
    },
    /// A trace was to be saved of a scenario that replays one.
    #[error("--save-trace has nothing to save: the scenario replays {}", path.display())]
    TraceOfTrace {
        /// The trace that it replays.
        path: PathBuf,
    },
    /// A threshold, or a rule about a change, is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Two flags say something of one key.
    #[error("{one} and {other} contradict one another; expected one of them")]
    Contradiction {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// A flag of a sizing is wrong, or what it names is not enough.
    #[error("{flag}: {wrong}")]
    Sizing {
        /// The flag.
        flag: &'static str,
        /// What is wrong, and what would be right.
        wrong: String,
    },
    /// A scenario has no parts that could be simulated.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// No machine is enough.
    #[error(transparent)]
    NoMachine(#[from] NoMachine),
    /// A list of machines is none.
    #[error(transparent)]
    Machines(#[from] MachinesError),
    /// There is no such grid.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// There is nothing to search along.
    #[error("--vary {key}: {wrong}")]
    NoNumber {
        /// The key.
        key: String,
        /// What is wrong with it, and what would be right.
        wrong: String,
    },
    /// A value of the key is none.
    #[error("{flag} {value}: {wrong}")]
    NoValue {
        /// The flag.
        flag: &'static str,
        /// What was typed.
        value: String,
        /// What is wrong with it, and what would be right.
        wrong: String,
    },
    /// Nothing is asked of a run.
    #[error(
        "nothing has to hold; expected --slo, such as --slo 'join.p95 < 1.5s', or thresholds in the scenario"
    )]
    NoSlo,
    /// What is asked ends to hold nowhere that may be tried, or never begins to.
    #[error("--vary {key}: {told}")]
    NoEnd {
        /// The key.
        key: String,
        /// What was found at both ends, and what would be right.
        told: String,
    },
    /// More replicas than anybody waits for.
    #[error(
        "--within {within}: takes {needed} replicas, as the ends of the first {first} lie {spread} apart; expected no more than {most}, as with a longer duration"
    )]
    ManyReplicas {
        /// What was asked for.
        within: String,
        /// So many replicas would do.
        needed: usize,
        /// Those that say so.
        first: usize,
        /// How far they lie apart.
        spread: String,
        /// The most that there may be.
        most: i64,
    },
    /// There is no such thing to vary besides.
    #[error(
        "--sensitivity {name}: no input is called that; expected none, all, or some of {known}"
    )]
    NoInput {
        /// What was typed.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A stopwatch is no measure of what many runs at once take.
    #[error(
        "cost.source: a sweep cannot be measured, as its runs share the machine; expected `profile`"
    )]
    MeasuredSweep,
    /// The folder holds a sweep of something else.
    #[error("{} holds another sweep: {what}; choose another --out, or remove it", path.display())]
    AnotherSweep {
        /// The folder.
        path: PathBuf,
        /// What is different.
        what: &'static str,
    },
    /// A run would be written into a sweep's folder, or the other way round.
    #[error("{} holds {holds}; choose another --out, or remove it", path.display())]
    OtherKind {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        holds: &'static str,
    },
    /// Two shards would write into one folder.
    #[error("--out: another shard that runs just now writes into {}; expected a folder for each", path.display())]
    FolderTaken {
        /// The folder.
        path: PathBuf,
    },
    /// A page needs a folder.
    #[error("there is no folder {name:?}; expected that of a run or a sweep")]
    NoFolder {
        /// What was named.
        name: String,
    },
    /// More runs side by side than can be told apart.
    #[error(
        "{runs} runs side by side: expected at most {MOST_RUNS}, as many as plots have colours; \
         `throng sweep` is for more"
    )]
    ManyRuns {
        /// How many were named.
        runs: usize,
    },
    /// A sweep is many runs already.
    #[error(
        "{name} is a sweep; only runs can be put side by side, and `throng compare` is for two sweeps"
    )]
    SweepAmongRuns {
        /// How it was named.
        name: String,
    },
    /// Nothing can be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A run cannot be read back from its folder.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A baseline cannot be called like that.
    #[error(
        "{name:?} cannot name a baseline; expected at most 80 letters, digits, `.`, `-`, `_`, no dot first"
    )]
    BaselineName {
        /// What was typed.
        name: String,
    },
    /// Two runs cannot be compared.
    #[error(transparent)]
    Comparison(#[from] CompareError),
    /// The simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimError),
    /// What goes over real connections failed.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// A provider was named without where it is.
    #[error("--peer {domain}: nobody says where it is; expected {domain}=ADDRESS")]
    NoAddress {
        /// Which.
        domain: String,
    },
    /// Two providers of one name.
    #[error(
        "--peer {domain}: that is a name of another already; expected each provider once, and not this one"
    )]
    NoPeer {
        /// Which.
        domain: String,
    },
    /// There is no twin of a load in stages.
    #[error(
        "a simulation knows nothing of stages of a load, so there is no twin of it; expected none, as with --set load.stages=[]"
    )]
    StagedTwin,
    /// A provider cannot be away like that.
    #[error("{flag} {outage}: {wrong}")]
    Outage {
        /// How it is to be away.
        flag: &'static str,
        /// Which, and when.
        outage: String,
        /// What is wrong, and what would be right.
        wrong: String,
    },
    /// Several providers cannot have one file.
    #[error(
        "--store {store}: there are {providers} providers; expected a folder that is there, memory, or the URL of a database with {{domain}} in it"
    )]
    OneStore {
        /// What was named.
        store: String,
        /// How many there are.
        providers: usize,
    },
    /// A provider of a scenario is to be loaded and nobody says where it is, or the other way round.
    #[error("--target: {wrong}; the scenario's providers are {known}, and each has to have one")]
    Targets {
        /// What is wrong.
        wrong: String,
        /// The providers.
        known: String,
    },
    /// Who is under test, and who is not, does not fit the scenario.
    #[error("--as: {wrong}")]
    Federation {
        /// What is wrong, and what would be right.
        wrong: String,
    },
    /// What providers keep is a part of a preparation, and they keep nothing.
    #[error(
        "what providers keep is a part of a preparation, and with --store memory that is nothing; expected a folder, a database, or no --store"
    )]
    NothingKept,
    /// A preparation of providers that somebody else has started is to be taken up without them.
    #[error("--preparation {}: it has no stores of providers, as others have started these; expected --target for each", path.display())]
    NoStores {
        /// Its folder.
        path: PathBuf,
    },
    /// Shards cannot be put together.
    #[error(transparent)]
    Shards(#[from] ShardsError),
    /// What was put together would take the place of what it is made of.
    #[error("--out {} is the folder of a shard; expected one of its own", path.display())]
    OverShard {
        /// The folder.
        path: PathBuf,
    },
    /// Nobody says which shard of a sweep this is.
    #[error("--shard {which}: {wrong}")]
    NoShard {
        /// What was asked for.
        which: WhichShard,
        /// What was looked for, and what was found.
        wrong: String,
    },
    /// Shards of a sweep cannot be put together.
    #[error(transparent)]
    Together(#[from] TogetherError),
    /// Some are of a load, and some of a sweep.
    #[error("{} is of a sweep, and {} of a load; expected the shards of one", sweep.display(), load.display())]
    MixedShards {
        /// A folder of a sweep.
        sweep: PathBuf,
        /// One of a load.
        load: PathBuf,
    },
    /// Ways on this machine could not be measured.
    #[error(transparent)]
    Quiet(#[from] QuietError),
    /// Nothing could be measured.
    #[error(transparent)]
    Calibration(#[from] CalibrateError),
    /// A file of test vectors cannot be checked.
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    /// A run of a sweep was not made.
    #[error(transparent)]
    Run(RunError),
    /// The report could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Threads could not be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Interrupts could not be listened for.
    #[error("cannot listen for interrupts")]
    Interrupts(#[source] io::Error),
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
}

impl From<RunError> for Failure {
    /// What fails in one of many runs fails as it does in one.
    fn from(error: RunError) -> Self {
        match error {
            RunError::Simulation(error) => Self::Simulation(error),
            RunError::Threads(error) => Self::Threads(error),
            error => Self::Run(error),
        }
    }
}

impl From<Gone> for Failure {
    /// Where a run is only of use whole.
    fn from(gone: Gone) -> Self {
        Self::Live(LiveError::Gone(gone.how))
    }
}

impl Failure {
    /// What makes a mistake of what is wrong with a flag of a sizing.
    pub(crate) fn of(flag: &'static str) -> impl Fn(String) -> Self + Copy {
        move |wrong| Self::Sizing { flag, wrong }
    }

    /// Tells people what was wrong, and the system by exit code. A reader that has gone, as in
    /// `throng … | head`, wants to hear nothing.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.is_closed_pipe() {
            eprintln!("error: {}", visible_lines(&self.with_reasons()));
        }
        self.exit().into()
    }

    /// Which exit code it has.
    fn exit(&self) -> Exit {
        match self {
            Self::Output(_) if self.is_closed_pipe() => Exit::Done,
            Self::Simulation(error) => match error {
                SimError::NoLink(_) | SimError::NoProfile(_) | SimError::Workload(_) => Exit::Usage,
                _ => Exit::Failed,
            },
            Self::Live(error) => match error {
                LiveError::Read { .. }
                | LiveError::NoPem { .. }
                | LiveError::NoFacts { .. }
                | LiveError::OtherName { .. }
                | LiveError::Tls(_)
                | LiveError::Trust(_)
                | LiveError::Issue(_)
                | LiveError::Listen { .. }
                | LiveError::Metrics { .. }
                | LiveError::Abroad { .. }
                | LiveError::NoPreparation { .. }
                | LiveError::Taken { .. }
                | LiveError::Stranger { .. }
                | LiveError::Scenario { .. }
                | LiveError::Workload(_) => Exit::Usage,
                LiveError::Store(error) if error.is_mistaken() => Exit::Usage,
                LiveError::Fault
                | LiveError::Write { .. }
                | LiveError::Entropy
                | LiveError::Threads(_)
                | LiveError::Unreachable { .. }
                | LiveError::Child { .. }
                | LiveError::Measurement { .. }
                | LiveError::Gone(_)
                | LiveError::Parted { .. }
                | LiveError::Preparation { .. }
                | LiveError::Restless { .. }
                | LiveError::Forgotten { .. }
                | LiveError::Store(_)
                | LiveError::Stack(_) => Exit::Failed,
            },
            Self::Shards(ShardsError::Report(_)) => Exit::Failed,
            Self::Scenario(ScenarioError::WriteTrace(_)) => Exit::Failed,
            Self::Scenario(_)
            | Self::Point { .. }
            | Self::NoScenario { .. }
            | Self::NoAddress { .. }
            | Self::StagedTwin
            | Self::Outage { .. }
            | Self::NoPeer { .. }
            | Self::OneStore { .. }
            | Self::NothingKept
            | Self::NoStores { .. }
            | Self::Targets { .. }
            | Self::Federation { .. }
            | Self::Shards(_)
            | Self::OverShard { .. }
            | Self::NoShard { .. }
            | Self::Together(_)
            | Self::MixedShards { .. }
            | Self::FolderTaken { .. }
            | Self::TraceOfTrace { .. }
            | Self::Contradiction { .. }
            | Self::Rule(_)
            | Self::BaselineName { .. }
            | Self::Grid(_)
            | Self::Sizing { .. }
            | Self::Size(_)
            | Self::Machines(_)
            | Self::NoMachine(_)
            | Self::AnotherSweep { .. }
            | Self::MeasuredSweep
            | Self::NoNumber { .. }
            | Self::NoValue { .. }
            | Self::NoSlo
            | Self::NoInput { .. }
            | Self::NoEnd { .. }
            | Self::ManyReplicas { .. }
            | Self::OtherKind { .. }
            | Self::NoFolder { .. }
            | Self::ManyRuns { .. }
            | Self::SweepAmongRuns { .. }
            | Self::Export(_)
            | Self::Stored(_)
            | Self::Comparison(_)
            | Self::Vectors(_) => Exit::Usage,
            Self::Calibration(_)
            | Self::Quiet(_)
            | Self::Run(_)
            | Self::Report(_)
            | Self::Threads(_)
            | Self::Interrupts(_)
            | Self::Output(_) => Exit::Failed,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The message with those of its sources, each once: some errors already say what their source says.
    fn with_reasons(&self) -> String {
        let mut said = self.to_string();
        let mut source = self.source();
        while let Some(reason) = source {
            let reason_said = reason.to_string();
            if !said.contains(&reason_said)
                && !matches!(self, Self::Scenario(ScenarioError::Syntax { .. }))
            {
                said = format!("{said}: {reason_said}");
            }
            source = reason.source();
        }
        said
    }
}

/// The parser's complaint, with what was typed shown so that nothing in it acts.
pub(crate) fn misused(mut error: clap::Error) -> clap::Error {
    let shown = |text: &String| visible(text).into_owned();
    let calmed = |value: &ContextValue| match value {
        ContextValue::String(text) => ContextValue::String(shown(text)),
        ContextValue::Strings(texts) => ContextValue::Strings(texts.iter().map(shown).collect()),
        other => other.clone(),
    };
    let typed: Vec<(ContextKind, ContextValue, bool)> = error
        .context()
        .map(|(kind, value)| {
            let calm = calmed(value);
            let acts = calm != *value;
            (kind, calm, acts)
        })
        .collect();
    if typed.iter().any(|(.., acts)| *acts) {
        for (kind, value, _) in typed {
            error.insert(kind, value);
        }
        // They repeat what was typed, in colours that cannot be told from its own.
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(Vec::new()));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.exit(), Exit::Done);
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.exit(), Exit::Failed);
    }

    #[test]
    fn reasons_follow_what_they_explain() {
        let source = io::Error::other("the disk is full");
        let path = PathBuf::from("runs/a");
        let failure = Failure::from(ReportError::Write { path, source });
        assert_eq!(
            failure.with_reasons(),
            "cannot write runs/a: the disk is full"
        );
        assert_eq!(failure.exit(), Exit::Failed);
    }

    #[test]
    fn what_a_scenario_lacks_is_a_mistake_of_its_author() {
        let failure = Failure::from(SimError::NoLink("satellite".to_owned()));
        assert_eq!(failure.exit(), Exit::Usage);
    }
}
