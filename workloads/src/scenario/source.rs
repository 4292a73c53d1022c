//! The text of a scenario, before it is read.

use crate::error::ScenarioError;
use std::path::{Path, PathBuf};

/// The text of a scenario and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioSource {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) dir: Option<PathBuf>,
}

impl ScenarioSource {
    /// A text that is called `name` in messages, such as `team.toml`.
    pub fn inline(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            dir: None,
        }
    }

    /// A file. A relative `trace` or cost profile in it is relative to its folder.
    ///
    /// Fails where the file cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| ScenarioError::Read {
            path: name.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            ScenarioError::NotText {
                file: name.clone(),
                line: 1 + good.iter().filter(|byte| **byte == b'\n').count(),
            }
        })?;
        Ok(Self {
            name,
            text,
            dir: path.parent().map(Path::to_owned),
        })
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
}
