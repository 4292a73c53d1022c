//! How far a figure of a simulation may be off.

use super::check::Check;
use super::figures::Pair;
use crate::families::like;
use crate::measures::FAMILIES;
use crate::units;
use std::fmt;
use std::str::FromStr;

/// A bound on how far a simulated figure may be from the real one, as a part of the real one: `message.p99=15%`.
///
/// ```
/// use throng_reports::twin::Within;
///
/// let bound: Within = "message.p99=15%".parse()?;
/// assert_eq!((bound.pattern(), bound.part()), ("message.p99", 0.15));
/// assert!("message.p99".parse::<Within>().is_err());
/// assert!("mesage.p99=15%".parse::<Within>().is_err());
/// # Ok::<(), throng_reports::twin::WithinError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Within {
    pattern: String,
    part: f64,
}

/// Why a bound cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WithinError {
    /// It is not of this form.
    #[error("{0:?} is no bound; expected a measure and a part, such as message.p99=15%")]
    Form(String),
    /// No measure has this name.
    #[error("{bound:?}: no measure is called {name:?}; `throng measures` lists what there is")]
    Unknown {
        /// The bound.
        bound: String,
        /// The name in it.
        name: String,
    },
}

/// No bound is wider: a figure of a hundred times the real one is within no bound that anybody wants.
const MOST_PERCENT: f64 = 10_000.0;

impl FromStr for Within {
    type Err = WithinError;

    fn from_str(text: &str) -> Result<Self, WithinError> {
        let form = || WithinError::Form(text.to_owned());
        let (pattern, part) = text.split_once('=').ok_or_else(form)?;
        let percent = part.trim().strip_suffix('%').ok_or_else(form)?;
        let percent: f64 = percent.trim().parse().map_err(|_| form())?;
        if !(0.0..=MOST_PERCENT).contains(&percent) {
            return Err(form());
        }
        let pattern = pattern.trim();
        let known = |family: &&crate::measures::Family| {
            family.has(pattern) || pattern.contains('*') && covers(pattern, family.name)
        };
        if FAMILIES.iter().find(known).is_none() {
            return Err(WithinError::Unknown {
                bound: text.to_owned(),
                name: pattern.to_owned(),
            });
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            part: percent / 100.0,
        })
    }
}

/// Whether a pattern can cover a measure of the family of this name: they begin alike.
fn covers(pattern: &str, family: &str) -> bool {
    let plain = pattern.split('*').next().unwrap_or_default();
    let name = family.split('*').next().unwrap_or_default();
    plain.starts_with(name) || name.starts_with(plain)
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}%", self.pattern, self.part * 100.0)
    }
}

impl Within {
    /// The bounds where none is given: the median and the 99th percentile of messages within 15 %.
    pub fn usual() -> Vec<Self> {
        let bound = |pattern: &str| Self {
            pattern: pattern.to_owned(),
            part: 0.15,
        };
        ["message.p50", "message.p99"].map(bound).to_vec()
    }

    /// Which measures: a name, in which `*` stands for any letters.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// How far, as a part of the real figure.
    pub fn part(&self) -> f64 {
        self.part
    }

    /// What becomes of it. A figure that one of both runs lacks, or that there are too few values for, is not within it.
    pub(super) fn check(&self, figures: &[Pair]) -> Vec<Check> {
        let covered = figures
            .iter()
            .filter(|pair| like(&self.pattern, &pair.measure));
        let mut checks: Vec<Check> = covered.map(|pair| self.judge(pair)).collect();
        if checks.is_empty() {
            checks.push(Check {
                what: self.pattern.clone(),
                met: false,
                found: "neither run has it".to_owned(),
            });
        }
        checks
    }

    fn judge(&self, pair: &Pair) -> Check {
        let bound = units::percent(self.part, 1.0);
        let (met, found) = match (pair.off, pair.too_few) {
            (_, true) => (false, "there are too few values for it".to_owned()),
            (None, _) => (false, "only one of both runs has it".to_owned()),
            (Some(off), _) => (
                off.abs() <= self.part,
                format!("{} of at most {bound}", units::change(off)),
            ),
        };
        Check {
            what: pair.measure.clone(),
            met,
            found: format!(
                "{} real, {} simulated: {found}",
                pair.real_shown, pair.simulated_shown
            ),
        }
    }
}
