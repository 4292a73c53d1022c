//! From text to [`Scenario`].

use super::check::check;
use super::checks::Checks;
use super::model::Scenario;
use super::overrides;
use super::reader::{Notes, Section};
use super::sections;
use super::source::ScenarioSource;
use super::tree::{self, Sources};
use crate::error::ScenarioError;
use std::path::Path;

/// The defaults of every key, laid under every scenario.
pub const DEFAULTS: &str = include_str!("defaults.toml");

impl Scenario {
    /// Reads a scenario, with overrides such as `messages.rate=5/h` laid onto it one after another.
    ///
    /// Every mistake is reported at once, in the order of the text, then of the flags.
    ///
    /// ```
    /// use throng_workloads::scenario::{Scenario, ScenarioSource};
    /// let source = ScenarioSource::inline("team.toml", "[users]\ncount = 50\n");
    /// let scenario = Scenario::parse(&source, &["rooms.count=3".to_owned()])?;
    /// assert_eq!((scenario.users.count, scenario.rooms.count), (50, 3));
    /// # Ok::<(), throng_workloads::error::ScenarioError>(())
    /// ```
    pub fn parse(source: &ScenarioSource, overrides: &[String]) -> Result<Self, ScenarioError> {
        Self::parse_with(source, overrides, Checks::default())
    }

    /// The same, with what others know of the words that a scenario hands on to them: what is wrong is reported where it stands.
    pub fn parse_with(
        source: &ScenarioSource,
        overrides: &[String],
        checks: Checks<'_>,
    ) -> Result<Self, ScenarioError> {
        let defaults = tree::parse("defaults.toml", DEFAULTS)?;
        let mut user = tree::parse(&source.name, &source.text)?;
        let sources = Sources {
            file: &source.name,
            text: &source.text,
            flags: overrides,
        };
        for flag in 0..overrides.len() {
            overrides::apply(&mut user, &defaults, flag, sources).map_err(|problem| {
                ScenarioError::Invalid {
                    problems: vec![problem],
                }
            })?;
        }
        let notes = Notes::new(sources, &user, checks);
        let stem = Path::new(&source.name)
            .file_stem()
            .and_then(|stem| stem.to_str());
        let root = Section::root(&user, &defaults, &notes);
        let scenario = sections::scenario(root, source.dir.as_deref(), stem);
        if notes.is_clean() {
            check(&scenario, &notes);
            for (i, text) in scenario.thresholds.iter().enumerate() {
                if let Err(message) = (checks.threshold)(text) {
                    notes.note(&format!("thresholds.{i}"), message);
                }
            }
        }
        let problems = notes.into_problems();
        if problems.is_empty() {
            Ok(scenario)
        } else {
            Err(ScenarioError::Invalid { problems })
        }
    }
}
