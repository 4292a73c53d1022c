//! The ends of the replicas, their mean, and how ends of a changed scenario lie to them.

use crate::sweep::Estimate;
use schemars::JsonSchema;
use serde::Serialize;
use throng_experiments::capacity::End;

/// What the replicas of a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// Replicas that have an end.
    pub found: usize,
    /// Those in which even the largest value that was tried holds.
    pub all_hold: usize,
    /// Those in which not even the smallest value that was tried holds.
    pub none_holds: usize,
    /// The mean of the ends, in the key's base unit, where all have one.
    pub value: Option<f64>,
    /// The lower end of its 95 % interval (Student's t), where there are several.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Answer {
    /// Of the ends of all replicas. They are values that hold: a mean of those is one where half of the replicas would.
    ///
    /// ```
    /// use throng_experiments::capacity::End;
    /// use throng_reports::capacity::Answer;
    /// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
    /// let answer = Answer::of(&[end(9.0), end(10.0), end(11.0)]);
    /// assert_eq!((answer.found, answer.value), (3, Some(10.0)));
    /// assert_eq!(Answer::of(&[end(9.0), End::AllHold(50.0)]).value, None);
    /// ```
    pub fn of(ends: &[End]) -> Self {
        let crossings: Vec<f64> = ends.iter().filter_map(|end| crossing(*end)).collect();
        let none = ends.iter().filter(|end| matches!(end, End::NoneHolds(_)));
        let all = ends.iter().filter(|end| matches!(end, End::AllHold(_)));
        let whole = !crossings.is_empty() && crossings.len() == ends.len();
        let estimate = Estimate::student(&crossings);
        let interval = estimate.interval().filter(|_| whole);
        Self {
            found: crossings.len(),
            all_hold: all.count(),
            none_holds: none.count(),
            value: whole.then_some(estimate.mean),
            low: interval.map(|ends| ends[0]),
            high: interval.map(|ends| ends[1]),
        }
    }
}

fn crossing(end: End) -> Option<f64> {
    match end {
        End::Crossing { at, .. } => Some(at),
        _ => None,
    }
}

/// How much further the ends of a changed scenario lie: each replica beside itself, as both draw the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The mean change, as a part of what was before: 0.1 is a tenth more.
    pub mean: f64,
    /// The lower end of its 95 % interval, where there are several replicas.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Replicas whose end lies beyond all that was tried, so that the mean is too near to 0.
    pub beyond: usize,
}

impl Change {
    /// From ends before to ends after, replica by replica; nothing where one has none before.
    ///
    /// ```
    /// use throng_experiments::capacity::End;
    /// use throng_reports::capacity::Change;
    /// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
    /// let change = Change::of(&[end(10.0), end(20.0)], &[end(20.0), end(40.0)]).unwrap();
    /// assert!((change.mean - 1.0).abs() < 1e-12 && change.high.unwrap() < 1.001);
    /// ```
    pub fn of(before: &[End], after: &[End]) -> Option<Self> {
        let mut beyond = 0;
        let mut logs = Vec::new();
        for (before, after) in before.iter().zip(after) {
            let from = crossing(*before)?;
            let to = match *after {
                End::Crossing { at, .. } => at,
                End::AllHold(at) | End::NoneHolds(at) => {
                    beyond += 1;
                    at
                }
            };
            logs.push((to / from).ln());
        }
        if logs.is_empty() {
            return None;
        }
        let estimate = Estimate::student(&logs);
        let interval = estimate.interval();
        Some(Self {
            mean: estimate.mean.exp_m1(),
            low: interval.map(|ends| ends[0].exp_m1()),
            high: interval.map(|ends| ends[1].exp_m1()),
            beyond,
        })
    }

    /// Whether it is surely more than nothing, and more than the search is sure of.
    pub fn is_rise(&self, precision: f64) -> bool {
        self.mean > 2.0 * precision && self.low.is_none_or(|low| low > 0.0)
    }
}
