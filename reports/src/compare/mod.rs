//! Two runs side by side: what changed, and whether that is too much.
//!
//! What was simulated follows from the scenario and the seed, so it is equal or it is not, and one run of each says so. How
//! fast the simulator itself was depends on the machine: one run of each says nothing, and the replicas of two sweeps say
//! something with an interval. It never fails anything by itself.
//!
//! - [`side`]: reading a run's figures. Start here.
//! - [`sweeps`]: the same for sweeps.
//! - [`context`]: what else differs, which explains changes or forbids to compare.
//! - [`show`]: a comparison as text, Markdown, JSON and JUnit XML.

pub mod context;
pub mod show;
pub mod side;
pub mod sweeps;

pub use context::Difference;
pub use side::{CompareError, Side};
pub use sweeps::SweepSide;

use crate::measures::rule::relative;
use crate::measures::{self, Class, Family, Rule};
use crate::sweep::Estimate;
use crate::units;
use std::collections::BTreeMap;

/// One measure of both runs, or of both sweeps at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The measure.
    pub name: String,
    /// The point of a sweep, such as `rooms.size=4`; empty for runs.
    pub point: String,
    /// What kind of measure.
    pub family: &'static Family,
    /// Its value before; absent where it did not happen.
    pub before: Option<f64>,
    /// Its value after.
    pub after: Option<f64>,
    /// Whether it is a percentile that there are too few values for, before and after; of sweeps, in one replica at least.
    pub beyond_count: [bool; 2],
    /// Of sweeps, replicas that had it before and have it no more.
    pub lost: usize,
    /// By how much replicas changed, as a part of what they were, for noise that was repeated.
    pub noise: Option<Estimate>,
}

impl Row {
    /// The measure, and where.
    pub fn label(&self) -> String {
        match self.point.as_str() {
            "" => self.name.clone(),
            point => format!("{} {point}", self.name),
        }
    }

    /// The measure, and the values that its point sets: where the keys stand above, as they are long.
    fn short_label(&self) -> String {
        let values: Option<Vec<&str>> = self
            .point
            .split_terminator(' ')
            .map(|set| Some(set.split_once('=')?.1))
            .collect();
        match values {
            Some(values) if !values.is_empty() => format!("{} {}", self.name, values.join(" ")),
            _ => self.label(),
        }
    }

    /// The keys that its point sets; none for runs, and where values have spaces in them.
    fn keys(&self) -> Vec<&str> {
        let keys = self.point.split_terminator(' ');
        let keys: Option<Vec<&str>> = keys.map(|set| Some(set.split_once('=')?.0)).collect();
        keys.unwrap_or_default()
    }

    /// Whether a rule calls its change too much. Noise is too much where all of its interval is. A distribution that is gone, be it
    /// in one replica, always is: what the rule watches does not happen any more.
    fn breaks(&self, rule: &Rule) -> bool {
        let (before, after) = self.values();
        let unit = self.family.unit;
        rule.covers(&self.name, self.family)
            && match (self.family.class, &self.noise) {
                (Class::Simulated, _) if self.family.spread && self.is_gone() => true,
                (Class::Simulated, _) => rule.is_too_much(unit, before, after),
                (Class::Simulator, None) => false,
                (Class::Simulator, Some(noise)) => {
                    let ends = [noise.low, noise.high].map(|change| before * (1.0 + change));
                    rule.is_surely_too_much(unit, before, ends)
                }
            }
    }

    /// Whether it is there no more, be it in one replica.
    fn is_gone(&self) -> bool {
        self.lost > 0 || (self.before.is_some() && self.after.is_none())
    }

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
        if let Some(Estimate {
            mean, low, high, ..
        }) = self.noise
        {
            let percent = |part| units::change(part);
            return format!("{} [{}, {}]", percent(mean), percent(low), percent(high));
        }
        relative_change(self.before, self.after)
    }
}

/// A change from before to after as people write it, as a part of what was before.
pub(crate) fn relative_change(before: Option<f64>, after: Option<f64>) -> String {
    match (before, after) {
        (None, None) => String::new(),
        (None, Some(_)) => "new".to_owned(),
        (Some(_), None) => "gone".to_owned(),
        (Some(before), Some(after)) if before == after => "=".to_owned(),
        (Some(0.0), Some(_)) => "from 0".to_owned(),
        (Some(before), Some(after)) => match relative(before, after) * 100.0 {
            percent if percent.abs() < 1_000.0 => units::change(percent / 100.0),
            _ => format!("× {:.1}", after / before),
        },
    }
}

/// A rule, and what it calls too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The rule, or what takes its place where there is none.
    pub rule: String,
    /// The rows that break it, by their place in [`Comparison::rows`].
    pub broken_by: Vec<usize>,
    /// Whether there was anything to judge. What was to be watched and did not happen is no good news.
    pub judged: bool,
}

impl Judgement {
    /// Whether nothing breaks it.
    pub fn is_kept(&self) -> bool {
        self.judged && self.broken_by.is_empty()
    }
}

/// Two runs, or two sweeps, side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How the run before was named.
    pub base: String,
    /// How the run after was named.
    pub new: String,
    /// Their fingerprints; of sweeps a digest of all.
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
        // Where a stopwatch decided, or the scenarios differ, a difference says nothing.
        let exact = base.summary.reproducible && new.summary.reproducible && !anyway;
        let engines_differ = base.summary.scenario.engine != new.summary.scenario.engine;
        let judgements = judge(&rows, rules, exact, engines_differ)?;
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
        self.judgements.iter().all(Judgement::is_kept)
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

/// What rules say of rows. Where there is none and what was simulated is `exact`, that it did not change.
fn judge(
    rows: &[Row],
    rules: &[Rule],
    exact: bool,
    engines_differ: bool,
) -> Result<Vec<Judgement>, CompareError> {
    let broken = |breaks: &dyn Fn(&Row) -> bool| {
        let broken = rows.iter().enumerate().filter(|(_, row)| breaks(row));
        broken.map(|(at, _)| at).collect()
    };
    let about = |rule: &Rule| -> Vec<&Row> {
        let covered = rows.iter().filter(|row| rule.covers(&row.name, row.family));
        covered.collect()
    };
    for rule in rules {
        let about = about(rule);
        let repeated = about.iter().all(|row| row.noise.is_some());
        if is_about_noise(rule) && (about.is_empty() || !repeated) {
            return Err(CompareError::Noise(rule.text().to_owned()));
        }
    }
    let by_rule = |rule: &Rule| Judgement {
        rule: rule.text().to_owned(),
        broken_by: broken(&|row| row.breaks(rule)),
        judged: !about(rule).is_empty() || rule.counts_nothing_as_zero(),
    };
    let mut judgements: Vec<Judgement> = rules.iter().map(by_rule).collect();
    if rules.is_empty() && exact {
        judgements.push(Judgement {
            rule: NO_CHANGE.to_owned(),
            broken_by: broken(&|row| {
                // The model has no secrets that members could disagree on.
                let unchecked = engines_differ && row.name.starts_with("checks.");
                row.family.class == Class::Simulated && row.is_changed() && !unchecked
            }),
            judged: true,
        });
    }
    Ok(judgements)
}

/// Whether a rule is about the simulator itself and nothing else.
fn is_about_noise(rule: &Rule) -> bool {
    let names = measures::family::names();
    let families = names.filter_map(|name| Some((measures::family::find(&name)?, name)));
    let mut covered = families
        .filter(|(family, name)| rule.covers(name, family))
        .peekable();
    covered.peek().is_some() && covered.all(|(family, _)| family.class == Class::Simulator)
}

/// All measures that one of both has, in the order of the catalogue.
fn rows(base: &Side, new: &Side) -> Vec<Row> {
    let mut rows: BTreeMap<measures::Place, Row> = BTreeMap::new();
    for (at, side) in [base, new].into_iter().enumerate() {
        for measure in measures::of(&side.summary) {
            let row = rows
                .entry(measures::Place::of(&measure.name))
                .or_insert_with(|| Row {
                    name: measure.name.clone(),
                    point: String::new(),
                    family: measure.family,
                    before: None,
                    after: None,
                    beyond_count: [false; 2],
                    lost: 0,
                    noise: None,
                });
            row.beyond_count[at] = measure.beyond_count;
            let values = [&mut row.before, &mut row.after];
            *values[at] = Some(measure.value);
        }
    }
    rows.into_values().collect()
}
