//! Arguments resolved: which scenario, which folder, which command repeats it. One type for all commands that take a scenario.

use crate::arguments::{
    Engine, ProcessArguments, RealArguments, ScenarioArguments, SimulationArguments,
};
use crate::baselines::Baseline;
use crate::contradictions;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use throng_reports::measures::Rule;
use throng_workloads::builtin;
use throng_workloads::scenario::{Checks, Scenario, ScenarioSource};
use throng_workloads::visible::visible;
use throng_world::stacks;

/// What a command that takes a scenario is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    source: ScenarioSource,
    /// What is laid onto it: `--set` in order, then `--seed` and `--engine`.
    overrides: Vec<String>,
    /// What each run has to meet besides what the scenario says.
    thresholds: Vec<String>,
    /// What it was called.
    name: String,
    /// The flags that ask for the same, but for the seed and those of one verb alone.
    words: Vec<String>,
    /// The seed, where one was given.
    pub(crate) seed: Option<u64>,
    /// How many threads to use, where that was said.
    pub(crate) threads: Option<u16>,
    /// Whether to say nothing.
    pub(crate) quiet: bool,
    baseline: Option<String>,
}

impl Request {
    /// Of a command that runs a scenario, once or often.
    pub(crate) fn of_simulation(arguments: &SimulationArguments) -> Result<Self, Failure> {
        let SimulationArguments {
            scenario,
            engine,
            process,
            threshold,
            save_baseline,
        } = arguments;
        Ok(Self {
            thresholds: threshold.clone(),
            baseline: save_baseline.clone(),
            ..Self::new(scenario, *engine, process)?
        })
    }

    /// Of a command that runs a scenario for real, which has to meet these rules besides.
    pub(crate) fn of_real(arguments: &RealArguments, rules: &[String]) -> Result<Self, Failure> {
        Ok(Self {
            thresholds: rules.to_vec(),
            ..Self::new(&arguments.scenario(), None, &arguments.process())?
        })
    }

    /// Of any command. Nothing of the scenario is read yet but its text.
    pub(crate) fn new(
        scenario: &ScenarioArguments,
        engine: Option<Engine>,
        process: &ProcessArguments,
    ) -> Result<Self, Failure> {
        contradictions::in_scenario(scenario, engine)?;
        let mut overrides = scenario.set.clone();
        overrides.extend(scenario.seed.map(|seed| format!("seed={seed}")));
        overrides.extend(engine.map(|engine| format!("engine={}", engine.name())));
        let mut words = Vec::new();
        if let Some(engine) = engine {
            words.extend(["--engine".to_owned(), engine.name().to_owned()]);
        }
        for set in &scenario.set {
            words.extend(["--set".to_owned(), set.clone()]);
        }
        Ok(Self {
            source: source(&scenario.scenario)?,
            overrides,
            thresholds: Vec::new(),
            name: scenario.scenario.clone(),
            words,
            seed: scenario.seed,
            threads: process.threads,
            quiet: process.quiet,
            baseline: None,
        })
    }

    /// The scenario with all flags laid onto it.
    pub(crate) fn scenario(&self) -> Result<Scenario, Failure> {
        self.scenario_with(&[])
    }

    /// The same, with further overrides at the end. All thresholds are read, so that a mistake is known before the run.
    pub(crate) fn scenario_with(&self, more: &[String]) -> Result<Scenario, Failure> {
        let overrides = [&self.overrides, more].concat();
        let mut scenario = checked(&self.source, &overrides)?;
        for threshold in &self.thresholds {
            Rule::threshold(threshold)?;
        }
        scenario.thresholds.extend_from_slice(&self.thresholds);
        Ok(scenario)
    }

    /// The command line that repeats `verb`, with this seed, where there is one, and the flags that this verb alone has. What cannot
    /// change the result is not said.
    pub(crate) fn command(&self, verb: &str, seed: Option<u64>, more: &[String]) -> String {
        line(&self.words(verb, seed, more))
    }

    /// Its words, as a program has them.
    pub(crate) fn words(&self, verb: &str, seed: Option<u64>, more: &[String]) -> Vec<String> {
        let seed = seed.map(|seed| ["--seed".to_owned(), seed.to_string()]);
        let verb = ["throng".to_owned(), verb.to_owned(), self.name.clone()];
        let words = verb.into_iter().chain(seed.into_iter().flatten());
        words
            .chain(self.words.iter().chain(more).cloned())
            .collect()
    }

    /// Where figures are to be kept under a name, if they are. Tries whether they can be.
    pub(crate) fn baseline(&self) -> Result<Option<Baseline>, Failure> {
        self.baseline.as_deref().map(Baseline::new).transpose()
    }
}

/// A built-in scenario by its name, or a file. Whoever has a file of such a name writes `./company`.
pub(crate) fn source(name: &str) -> Result<ScenarioSource, Failure> {
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

/// The folder that was named, otherwise `<parent>/<scenario>-<seed>`, with a name that any file system takes.
pub(crate) fn folder(named: Option<&Path>, parent: &str, scenario: &Scenario) -> PathBuf {
    if let Some(named) = named {
        return named.to_owned();
    }
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => letter,
        _ => '-',
    };
    let name: String = scenario.name.chars().take(80).map(plain).collect();
    Path::new(parent).join(format!("{name}-{}", scenario.seed))
}

/// A word as a POSIX shell reads it back (POSIX.1-2024, section 2.2.4, for characters that act).
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if visible(word) == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = "$'".to_owned();
    for letter in word.chars() {
        let itself = letter.to_string();
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            _ if visible(&itself) == itself => quoted.push(letter),
            // Octal: digits that follow would be taken for further ones of an escape in hexadecimal.
            _ => quoted.extend(itself.bytes().map(|byte| format!("\\{byte:03o}"))),
        }
    }
    quoted + "'"
}

/// Words as a line that a shell reads back.
pub(crate) fn line(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// A scenario with its protocol and its thresholds read, so that a mistake in these is known before anything runs.
pub(crate) fn checked(source: &ScenarioSource, overrides: &[String]) -> Result<Scenario, Failure> {
    let threshold = |text: &str| {
        Rule::threshold(text)
            .map(drop)
            .map_err(|wrong| wrong.to_string())
    };
    let checks = Checks {
        stack: Some(&stacks::units),
        threshold: &threshold,
    };
    Ok(Scenario::parse_with(source, overrides, checks)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;
    use throng_workloads::scenario::EngineKind;

    fn resolve(line: &[&str]) -> Result<(Scenario, PathBuf, String), Failure> {
        let words = ["throng", "run"].iter().chain(line);
        match Arguments::try_parse_from(words)
            .expect("good usage")
            .command
        {
            Command::Run(arguments) => {
                let request = Request::of_simulation(&arguments.simulation)?;
                let scenario = request.scenario()?;
                let folder = folder(arguments.out.as_deref(), "runs", &scenario);
                let command = request.command("run", Some(scenario.seed), &[]);
                Ok((scenario, folder, command))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_word_the_company_is_run() {
        let (scenario, folder, command) = resolve(&[]).expect("a scenario");
        let seed = scenario.seed;
        assert_eq!(scenario.name, "company");
        assert_eq!(folder, Path::new("runs").join(format!("company-{seed}")));
        assert_eq!(command, format!("throng run company --seed {seed}"));
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
            "--engine",
            "model",
            "--threshold",
            "join.p95 < 2s",
        ];
        let (scenario, folder, command) = resolve(&line).expect("a scenario");
        assert_eq!((scenario.seed, scenario.rooms.count), (9, 3));
        assert_eq!(scenario.engine, EngineKind::Model);
        assert_eq!(scenario.thresholds, ["join.p95 < 2s"]);
        assert_eq!(
            command,
            "throng run small --seed 9 --engine model --set rooms.count=3 --set 'duration=5 min'"
        );
        assert_eq!(folder, Path::new("runs/small-9"));
    }

    /// Whatever a scenario is called, its folder stays where it belongs.
    #[test]
    fn names_of_folders_are_plain() {
        let (scenario, ..) = resolve(&["small"]).expect("a scenario");
        for name in [
            "../../up",
            "/etc",
            "a\u{1b}[31m\u{202e}b",
            "..",
            "a\\b:c",
            "",
        ] {
            let named = Scenario {
                name: name.to_owned(),
                ..scenario.clone()
            };
            let folder = folder(None, "runs", &named);
            assert_eq!(folder.parent(), Some(Path::new("runs")), "{name:?}");
            let text = folder.to_str().expect("text");
            assert!(
                text.is_ascii()
                    && !text
                        .contains(|letter: char| letter.is_control() || ".:\\".contains(letter)),
                "{text}"
            );
        }
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
        assert_eq!(quoted("it's\u{1b}[31m1\\"), r"$'it\'s\033[31m1\\'");
        assert_eq!(quoted("a\u{202e}b"), r"$'a\342\200\256b'");
        assert_eq!(quoted(""), "''");
    }
}
