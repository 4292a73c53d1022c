//! Two runs side by side: what changed, and whether that is too much.
//!
//! What was simulated follows from the scenario and the seed, so it is equal or it is not, and one run of each says so. How
//! fast the simulator itself was depends on the machine: one run of each says nothing, so that never fails anything by
//! itself.
//!
//! - [`side`]: reading a run's figures. Start here.
//! - [`context`]: what else differs, which explains changes or forbids to compare.
//! - [`show`]: a comparison as text, Markdown, JSON and JUnit XML.

pub mod context;
pub mod show;
pub mod side;

pub use context::Difference;
pub use side::{CompareError, Side};

use crate::measures::rule::relative;
use crate::measures::{self, Class, Family, Rule};
use std::collections::BTreeMap;

/// One measure of both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The measure.
    pub name: String,
    /// What kind of measure.
    pub family: &'static Family,
    /// Its value before; absent where it did not happen.
    pub before: Option<f64>,
    /// Its value after.
    pub after: Option<f64>,
}

impl Row {
    /// Whether it is not what it was.
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }

    /// What became more or less of it; something that there was not before grew from 0.
    fn values(&self) -> (f64, f64) {
        (self.before.unwrap_or(0.0), self.after.unwrap_or(0.0))
    }

    /// The change as people write it.
    pub fn change(&self) -> String {
        match (self.before, self.after) {
            (None, None) => String::new(),
            (None, Some(_)) => "new".to_owned(),
            (Some(_), None) => "gone".to_owned(),
            (Some(before), Some(after)) if before == after => "=".to_owned(),
            (Some(0.0), Some(_)) => "from 0".to_owned(),
            (Some(before), Some(after)) => match relative(before, after) * 100.0 {
                percent if percent.abs() < 0.005 => format!("{percent:+.1e} %"),
                percent if percent.abs() < 1_000.0 => format!("{percent:+.2} %"),
                _ => format!("× {:.1}", after / before),
            },
        }
    }
}

/// A rule, and what it calls too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The rule, or what takes its place where there is none.
    pub rule: String,
    /// The rows that break it, by their place in [`Comparison::rows`].
    pub broken_by: Vec<usize>,
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How the run before was named.
    pub base: String,
    /// How the run after was named.
    pub new: String,
    /// Their fingerprints.
    pub fingerprints: [String; 2],
    /// What else differs.
    pub context: Vec<Difference>,
    /// All measures, those of the simulator last.
    pub rows: Vec<Row>,
    /// Each rule with what breaks it. Where none is given, that nothing simulated may change.
    pub judgements: Vec<Judgement>,
}

/// What holds where no rule is given.
const NO_CHANGE: &str = "what was simulated is equal";

impl Comparison {
    /// Compare two runs.
    ///
    /// # Errors
    /// Where they are runs of different scenarios or seeds, unless `anyway`.
    pub fn new(
        base: &Side,
        new: &Side,
        rules: &[Rule],
        anyway: bool,
    ) -> Result<Self, CompareError> {
        if !anyway {
            context::comparable(base, new)?;
        }
        let rows = rows(base, new);
        let broken = |breaks: &dyn Fn(&Row) -> bool| {
            let broken = rows.iter().enumerate().filter(|(_, row)| breaks(row));
            broken.map(|(at, _)| at).collect()
        };
        let mut judgements: Vec<Judgement> = rules
            .iter()
            .map(|rule| Judgement {
                rule: rule.text().to_owned(),
                broken_by: broken(&|row| {
                    let (before, after) = row.values();
                    rule.covers(&row.name) && rule.is_too_much(before, after)
                }),
            })
            .collect();
        // Where a stopwatch decided, or the scenarios differ, a difference says nothing.
        let exact = base.summary.reproducible && new.summary.reproducible && !anyway;
        let engines_differ = base.summary.scenario.engine != new.summary.scenario.engine;
        if rules.is_empty() && exact {
            judgements.push(Judgement {
                rule: NO_CHANGE.to_owned(),
                broken_by: broken(&|row| {
                    // The model has no secrets that members could disagree on.
                    let unchecked = engines_differ && row.name.starts_with("checks.");
                    row.family.class == Class::Simulated && row.is_changed() && !unchecked
                }),
            });
        }
        Ok(Self {
            base: base.label.clone(),
            new: new.label.clone(),
            fingerprints: [&base.summary, &new.summary].map(|side| side.fingerprint.clone()),
            context: context::differences(base, new),
            rows,
            judgements,
        })
    }

    /// Whether no rule is broken.
    pub fn passes(&self) -> bool {
        self.judgements
            .iter()
            .all(|judgement| judgement.broken_by.is_empty())
    }

    /// Rows of one class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(move |row| row.family.class == class)
    }

    /// Whether the row at this place breaks a rule.
    fn is_broken(&self, at: usize) -> bool {
        self.judgements
            .iter()
            .any(|judgement| judgement.broken_by.contains(&at))
    }
}

/// All measures that one of both has, in the order of the catalogue.
fn rows(base: &Side, new: &Side) -> Vec<Row> {
    let mut rows: BTreeMap<measures::Place, Row> = BTreeMap::new();
    for (side, is_new) in [(base, false), (new, true)] {
        for measure in measures::of(&side.summary) {
            let row = rows
                .entry(measures::Place::of(&measure.name))
                .or_insert_with(|| Row {
                    name: measure.name.clone(),
                    family: measure.family,
                    before: None,
                    after: None,
                });
            *(if is_new {
                &mut row.after
            } else {
                &mut row.before
            }) = Some(measure.value);
        }
    }
    rows.into_values().collect()
}
