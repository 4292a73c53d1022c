//! Whether every run of a sweep is as the scenario's thresholds say.

use super::Sample;
use crate::junit;
use crate::measures::{Measure, Rule, family, threshold};
use throng_experiments::Grid;

/// A threshold, and the runs that do not meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The rule as it was typed.
    pub rule: String,
    /// Runs that it was held against.
    pub runs: usize,
    /// Those that are not as it says, by point, then by replica.
    pub unmet: Vec<Unmet>,
}

/// A run that does not meet a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Its point, such as `rooms.size=4`, and the number of its replica.
    pub at: String,
    /// What it has, as people write it.
    pub values: String,
}

/// Runs that are named where many do not meet a threshold.
const MOST: usize = 3;

impl Verdict {
    /// Whether all runs are as the rule says.
    pub fn is_met(&self) -> bool {
        self.unmet.is_empty()
    }

    /// How it went, for people.
    pub fn says(&self) -> String {
        if self.is_met() {
            return format!("all {} runs", self.runs);
        }
        let said = |unmet: &Unmet| format!("{}: {}", unmet.at, unmet.values);
        let mut said: Vec<String> = self.unmet.iter().take(MOST).map(said).collect();
        if self.unmet.len() > MOST {
            said.push(format!("{} more", self.unmet.len() - MOST));
        }
        format!(
            "not in {} of {} runs ({})",
            self.unmet.len(),
            self.runs,
            said.join("; ")
        )
    }
}

/// Hold all runs against rules, in the order of the rules. A rule that is none is met by nothing; whoever makes a sweep has
/// read them before.
pub fn check(rules: &[String], grid: &Grid, samples: &[Sample]) -> Vec<Verdict> {
    let mut samples: Vec<(&Sample, Vec<Measure>)> = samples
        .iter()
        .map(|sample| (sample, measures(sample)))
        .collect();
    samples.sort_by_key(|(sample, _)| (sample.point, sample.run));
    let verdict = |text: &String| {
        let rule = Rule::threshold(text);
        let unmet = samples.iter().filter_map(|(sample, measures)| {
            let values = match &rule {
                Err(error) => Some(error.to_string()),
                Ok(rule) => {
                    let outcome = threshold::check(std::slice::from_ref(rule), measures).pop()?;
                    (!outcome.met).then(|| outcome.values())
                }
            };
            values.map(|values| Unmet {
                at: at(grid, sample),
                values,
            })
        });
        Verdict {
            rule: text.clone(),
            runs: samples.len(),
            unmet: unmet.collect(),
        }
    };
    rules.iter().map(verdict).collect()
}

fn at(grid: &Grid, sample: &Sample) -> String {
    let mut words = grid.overrides(sample.point);
    words.push(format!("run={}", sample.run));
    words.join(" ")
}

/// The figures of a run, the simulator's own among them.
fn measures(sample: &Sample) -> Vec<Measure> {
    let named = sample.measures.iter().chain(&sample.simulator);
    let measure = |(name, value): (&String, &f64)| {
        Some(Measure {
            name: name.clone(),
            value: *value,
            family: family::find(name)?,
            beyond_count: sample.is_beyond_count(name),
        })
    };
    named.filter_map(measure).collect()
}

/// JUnit XML: a test case for each threshold.
pub fn junit_xml(verdicts: &[Verdict]) -> String {
    let cases = verdicts.iter().map(|verdict| {
        let said = |unmet: &Unmet| format!("{}: {}", unmet.at, unmet.values);
        (
            verdict.rule.clone(),
            verdict.unmet.iter().map(said).collect(),
        )
    });
    junit::xml("thresholds", cases)
}
