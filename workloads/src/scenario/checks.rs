//! What a scenario cannot know of itself.

use std::fmt;

/// What others know of words that a scenario only hands on to them.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// What is wrong with the name of a protocol.
    pub stack: &'a dyn Fn(&str) -> Result<(), String>,
    /// What is wrong with a threshold.
    pub threshold: &'a dyn Fn(&str) -> Result<(), String>,
    /// What is wrong with a cost profile that has costs of just these units.
    pub units: &'a dyn Fn(&[&str]) -> Vec<WrongUnit>,
}

impl Default for Checks<'_> {
    /// Nothing is wrong.
    fn default() -> Self {
        Self {
            stack: &|_| Ok(()),
            threshold: &|_| Ok(()),
            units: &|_| Vec::new(),
        }
    }
}

/// What is wrong with a cost profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongUnit {
    /// Where.
    pub unit: String,
    /// What.
    pub what: String,
}

impl fmt::Display for WrongUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.unit, self.what)
    }
}
