//! What can be wrong with what people hand to this crate, and where.

use crate::visible::{visible, visible_lines};
use std::fmt;

/// Everything that can be wrong with a scenario, an override, a trace or an export that is to become one.
///
/// Messages say what was wrong and what would be right; [`Problem`] says where. What they quote is made
/// [`visible`](mod@crate::visible).
///
/// ```
/// use throng_workloads::scenario::{Scenario, ScenarioSource};
/// let source = ScenarioSource::inline("team.toml", "[churn]\njoins = \"5/x\"\n");
/// let error = Scenario::parse(&source, &[]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "team.toml:2:9: churn.joins: unknown unit \"x\" in \"5/x\"; expected a rate such as \"5/h\""
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// A file could not be read.
    #[error("cannot read {}", visible(path))]
    Read {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is no text.
    #[error("{}:{line}: not UTF-8 text; a scenario is a TOML file", visible(file))]
    NotText {
        /// The file.
        file: String,
        /// The line of the first byte that is no text, from 1.
        line: usize,
    },
    /// The text is no TOML.
    #[error("{}:{line}:{column}: {}", visible(file), visible(message))]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What was wrong, on one line.
        message: String,
        /// The parser's own words.
        #[source]
        source: Box<toml_edit::TomlError>,
    },
    /// The TOML does not describe a scenario. Never empty; in the order of the file's text, then of
    /// the flags.
    #[error("{}", lines(problems))]
    Invalid {
        /// Everything that was found.
        problems: Vec<Problem>,
    },
    /// No built-in scenario has this name.
    #[error("there is no built-in scenario {name:?}; {hint}")]
    UnknownScenario {
        /// The name asked for.
        name: String,
        /// What would be right.
        hint: String,
    },
    /// A trace cannot be replayed.
    #[error("{}:{line}: {}", visible(file), visible(message))]
    Trace {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What was wrong, and what would be right.
        message: String,
    },
    /// A line of an export cannot be imported.
    #[error("{}:{line}: {}", visible(file), visible(message))]
    Import {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What was wrong, and what would be right.
        message: String,
    },
    /// An export as a whole, or what goes with it, is none.
    #[error("{}: {}", visible(path), visible(message))]
    NoImport {
        /// The file or folder.
        path: String,
        /// What was wrong, and what would be right.
        message: String,
    },
    /// A trace could not be written.
    #[error("cannot write the trace")]
    WriteTrace(#[source] std::io::Error),
}

/// One thing that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// The dotted key, such as `churn.joins` or `providers.0.share`; empty for the file as a whole.
    pub key: String,
    /// What was wrong and what would be right.
    pub message: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A place in a file.
    File {
        /// The file, as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// An override: `churn.joins=5/h`, as given.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{}:{line}:{column}", visible(file)),
            Self::Flag(flag) => write!(f, "--set {}", visible(flag)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Profiles that are named in a file complain in several lines.
        let message = visible_lines(&self.message);
        if self.key.is_empty() {
            write!(f, "{}: {message}", self.place)
        } else {
            write!(f, "{}: {}: {message}", self.place, visible(&self.key))
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    let shown: Vec<String> = problems.iter().map(Problem::to_string).collect();
    shown.join("\n")
}

/// `; did you mean "x"?`-style hint for a name that is none of `known`: the nearest where one is near,
/// all of them where they are few.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let best = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(name, k), *k))
        .min();
    match best {
        Some((distance, best)) if distance <= 1 + best.chars().count() / 3 => {
            format!("did you mean `{best}`?")
        }
        _ if known.is_empty() => "nothing can stand here".to_owned(),
        _ => format!("known are {}", listed(&known)),
    }
}

/// `a`, `b`, `c`.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    quoted.join(", ")
}
