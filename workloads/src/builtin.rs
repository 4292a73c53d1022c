//! The built-in library of scenarios.

use crate::error::{ScenarioError, nearest};
use crate::scenario::{Scenario, ScenarioSource};

/// A scenario of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name on the command line.
    pub name: &'static str,
    /// The file, with the comments that say what it is for.
    pub text: &'static str,
}

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$(Builtin {
            name: $name,
            text: include_str!(concat!("../scenarios/", $name, ".toml")),
        }),*]
    };
}

/// All built-in scenarios, the default one first.
pub const LIBRARY: &[Builtin] = library![
    "company",
    "enterprise",
    "stable-group",
    "somewhat-stable",
    "high-fluctuation",
    "half-blank",
    "long-offline",
    "creator-adds-all",
    "mass-join",
    "mass-leave",
    "leaving",
    "roles",
    "admin-only",
    "commit-storm",
    "commit-policies",
    "ttkem",
    "tree-growth",
    "participant-list",
    "keypackage-drain",
    "sqrt-n",
    "zipf-updaters",
    "federation",
    "receipts",
    "webinar-100k",
    "million",
    "small",
];

/// The built-in scenario of this name.
///
/// The error suggests the nearest name.
///
/// ```
/// use throng_workloads::builtin;
/// let small = builtin::find("small")?.scenario(&["seed=7".to_owned()])?;
/// assert_eq!((small.name.as_str(), small.seed), ("small", 7));
/// assert!(builtin::find("smal").unwrap_err().to_string().contains("did you mean `small`?"));
/// # Ok::<(), throng_workloads::error::ScenarioError>(())
/// ```
pub fn find(name: &str) -> Result<&'static Builtin, ScenarioError> {
    LIBRARY.iter().find(|b| b.name == name).ok_or_else(|| {
        let names = LIBRARY.iter().map(|b| b.name);
        ScenarioError::UnknownScenario {
            name: name.to_owned(),
            hint: nearest(name, names),
        }
    })
}

impl Builtin {
    /// Its text, ready to be parsed.
    pub fn source(&self) -> ScenarioSource {
        ScenarioSource::inline(format!("{}.toml", self.name), self.text)
    }

    /// The scenario itself, with overrides laid onto it.
    ///
    /// Fails where an override is wrong.
    pub fn scenario(&self, overrides: &[String]) -> Result<Scenario, ScenarioError> {
        Scenario::parse(&self.source(), overrides)
    }
}
