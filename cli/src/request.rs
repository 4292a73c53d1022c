//! Arguments resolved: which scenario, which folder, which command repeats the run.

use crate::arguments::{Engine, RunArguments, ScenarioArguments};
use crate::contradictions;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use throng_reports::measures::Rule;
use throng_workloads::builtin;
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// What is to be run, and where its report goes.
#[derive(Debug)]
pub(crate) struct Request {
    /// The scenario with all flags laid onto it.
    pub(crate) scenario: Scenario,
    /// The folder of the run.
    pub(crate) folder: PathBuf,
    /// The command line that repeats it.
    pub(crate) command: String,
}

impl Request {
    /// Reads the scenario and lays the flags onto it.
    pub(crate) fn resolve(arguments: &RunArguments) -> Result<Self, Failure> {
        let mut scenario = scenario(&arguments.scenario, arguments.engine.map(Engine::name))?;
        hold_to(&mut scenario, &arguments.threshold)?;
        let folder = match &arguments.out {
            Some(folder) => folder.clone(),
            None => default_folder("runs", &scenario),
        };
        Ok(Self {
            command: command(
                "run",
                &arguments.scenario,
                arguments.engine.map(Engine::name),
                scenario.seed,
            ),
            scenario,
            folder,
        })
    }
}

/// The scenario with all flags laid onto it: `--set` in order, then `--seed` and `--engine`.
pub(crate) fn scenario(
    arguments: &ScenarioArguments,
    engine: Option<&str>,
) -> Result<Scenario, Failure> {
    contradictions::in_scenario(arguments, engine)?;
    with(arguments, engine, &[])
}

/// The same, with further overrides at the end.
pub(crate) fn with(
    arguments: &ScenarioArguments,
    engine: Option<&str>,
    more: &[String],
) -> Result<Scenario, Failure> {
    let mut overrides = arguments.set.clone();
    overrides.extend(arguments.seed.map(|seed| format!("seed={seed}")));
    overrides.extend(engine.map(|name| format!("engine={name}")));
    overrides.extend_from_slice(more);
    Ok(Scenario::parse(&source(&arguments.scenario)?, &overrides)?)
}

/// Adds thresholds to a scenario's own; each is read, so that a mistake is known before the run.
pub(crate) fn hold_to(scenario: &mut Scenario, thresholds: &[String]) -> Result<(), Failure> {
    scenario.thresholds.extend_from_slice(thresholds);
    for threshold in &scenario.thresholds {
        Rule::threshold(threshold)?;
    }
    Ok(())
}

/// A built-in scenario by its name, or a file. Whoever has a file of such a name writes `./company`.
fn source(name: &str) -> Result<ScenarioSource, Failure> {
    let unknown = match builtin::find(name) {
        Ok(found) => return Ok(found.source()),
        Err(error) => error,
    };
    let path = Path::new(name);
    if path.exists() || path.components().count() > 1 || path.extension().is_some() {
        return Ok(ScenarioSource::read(path)?);
    }
    let hinted = unknown.to_string().contains("did you mean");
    Err(match hinted {
        true => unknown.into(),
        false => Failure::NoScenario {
            name: name.to_owned(),
        },
    })
}

/// `<parent>/<scenario>-<seed>`, with a name that any file system takes.
pub(crate) fn default_folder(parent: &str, scenario: &Scenario) -> PathBuf {
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => letter,
        _ => '-',
    };
    let name: String = scenario.name.chars().take(80).map(plain).collect();
    Path::new(parent).join(format!("{name}-{}", scenario.seed))
}

/// The command line that repeats `verb`. The seed is always in it; what cannot change the result is not.
pub(crate) fn command(
    verb: &str,
    arguments: &ScenarioArguments,
    engine: Option<&str>,
    seed: u64,
) -> String {
    let mut words = vec![
        "throng".to_owned(),
        verb.to_owned(),
        quoted(&arguments.scenario),
    ];
    words.extend(["--seed".to_owned(), seed.to_string()]);
    if let Some(engine) = engine {
        words.extend(["--engine".to_owned(), quoted(engine)]);
    }
    for set in &arguments.set {
        words.extend(["--set".to_owned(), quoted(set)]);
    }
    words.join(" ")
}

/// A word as a POSIX shell reads it back.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;

    fn resolve(line: &[&str]) -> Result<Request, Failure> {
        let words = ["throng", "run"].iter().chain(line);
        match Arguments::try_parse_from(words)
            .expect("good usage")
            .command
        {
            Command::Run(arguments) => Request::resolve(&arguments),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_word_the_company_is_run() {
        let request = resolve(&[]).expect("a scenario");
        let seed = request.scenario.seed;
        assert_eq!(request.scenario.name, "company");
        assert_eq!(
            request.folder,
            Path::new("runs").join(format!("company-{seed}"))
        );
        assert_eq!(request.command, format!("throng run company --seed {seed}"));
    }

    #[test]
    fn flags_are_laid_on_and_repeated_in_the_command() {
        let line = [
            "small",
            "--set",
            "rooms.count=3",
            "--seed",
            "9",
            "--set",
            "duration=5 min",
        ];
        let request = resolve(&line).expect("a scenario");
        assert_eq!(
            (request.scenario.seed, request.scenario.rooms.count),
            (9, 3)
        );
        assert_eq!(
            request.command,
            "throng run small --seed 9 --set rooms.count=3 --set 'duration=5 min'"
        );
        assert_eq!(request.folder, Path::new("runs/small-9"));
    }

    #[test]
    fn unknown_names_are_told_apart_from_missing_files() {
        let message = |name| resolve(&[name]).expect_err("unknown").to_string();
        assert!(message("compny").contains("did you mean `company`?"));
        assert!(message("zzzzzzzzzzzz").contains("no file and no built-in scenario"));
        assert!(message("missing.toml").contains("cannot read missing.toml"));
    }

    #[test]
    fn a_shell_reads_quoted_words_back() {
        assert_eq!(quoted("rooms.count=3"), "rooms.count=3");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
