//! The ends of the replicas, their mean, and how ends of a changed scenario lie to them.

use crate::sweep::Estimate;
use crate::sweep::estimate::CONFIDENCE;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;
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
    /// The mean of the ends, in the key's base unit, where all have one: a power mean, or the geometric one ([`Answer::staged`]).
    pub value: Option<f64>,
    /// The lower end of its 95 % interval (Student's t on the logarithms), where there are several.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// How far ends of single replicas lie apart: the standard deviation of their logarithms, where there are several.
    pub spread: Option<f64>,
}

/// What short runs still add to all ends alike was up to twice the square of their spread where it was measured (docs/capacity.md).
const SHIFT: f64 = 2.0;

/// Runs say how steep a measure is where they are no farther from the end than this, as a logarithm: a quarter.
const NEAR: f64 = 0.25;

/// They have to lie so far apart in the mean, also as a logarithm.
const LEAST_APART: f64 = 0.01;

impl Answer {
    /// Of the ends of all replicas, with their geometric mean: what moves an end moves it by a part of itself, and no interval then has an end
    /// below 0.
    ///
    /// ```
    /// use throng_experiments::capacity::End;
    /// use throng_reports::capacity::Answer;
    /// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
    /// let answer = Answer::of(&[end(5.0), end(10.0), end(20.0)]);
    /// assert_eq!(answer.found, 3);
    /// assert!((answer.value.unwrap() - 10.0).abs() < 1e-9);
    /// assert_eq!(Answer::of(&[end(9.0), End::AllHold(50.0)]).value, None);
    /// ```
    pub fn of(ends: &[End]) -> Self {
        Self::staged(ends, ends.len(), None)
    }

    /// Of the ends of all replicas, of which so many of the first said how many there have to be ([`needed`]), where what is asked about goes
    /// with this power of the value ([`slope`]).
    ///
    /// The end of the mean of what replicas measure is not the mean of their ends, but nearer to the truth: what is measured varies more
    /// the more there is of it, so that some replicas end far too late where none ends as far too early. With *r* the end of a replica and *g* the power, it
    /// measures (value / *r*)^*g* times the limit, and the mean of that over the replicas is 1 at the power mean of the ends with exponent −*g*.
    ///
    /// How far the first ends lie apart stands for all. Their number follows from that alone, which of normal values is independent of their
    /// mean, so that the interval is exact, as it would not be if one had looked at it until it was narrow enough (Stein 1945, "A two-sample
    /// test for a linear hypothesis whose power is independent of the variance").
    ///
    /// ```
    /// use throng_experiments::capacity::End;
    /// use throng_reports::capacity::Answer;
    /// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
    /// // With the first power the harmonic mean.
    /// let answer = Answer::staged(&[end(2.0), end(6.0)], 2, Some(1.0));
    /// assert!((answer.value.unwrap() - 3.0).abs() < 1e-9);
    /// ```
    pub fn staged(ends: &[End], first: usize, slope: Option<f64>) -> Self {
        let logs: Vec<f64> = logs(ends);
        let none = ends.iter().filter(|end| matches!(end, End::NoneHolds(_)));
        let all = ends.iter().filter(|end| matches!(end, End::AllHold(_)));
        let whole = !logs.is_empty() && logs.len() == ends.len();
        let middle = middle(&logs, slope);
        let stage = whole.then(|| Stage::of(&logs[..first.min(logs.len())]));
        let stage = stage.flatten();
        let half = stage.map(|stage| stage.half(logs.len()));
        Self {
            found: logs.len(),
            all_hold: all.count(),
            none_holds: none.count(),
            value: whole.then(|| of_log(middle)),
            low: half.map(|half| of_log(middle - half)),
            high: half.map(|half| of_log(middle + half)),
            spread: stage.map(|stage| stage.spread),
        }
    }

    /// Half of the interval, as a part of the value.
    ///
    /// ```
    /// use throng_experiments::capacity::End;
    /// use throng_reports::capacity::Answer;
    /// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
    /// let half = Answer::of(&[end(99.0), end(101.0)]).half().unwrap();
    /// // t(0.975; 1) = 12.706: a hundredth to either side is a standard deviation of a hundredth times the root of 2.
    /// assert!((half.ln_1p() - 0.127).abs() < 0.001, "{half}");
    /// ```
    pub fn half(&self) -> Option<f64> {
        let (value, high) = self.value.zip(self.high)?;
        Some(high / value - 1.0)
    }

    /// What runs that are as short as these may add to all ends alike, as a part of the value: more replicas do not make it less.
    ///
    /// A percentile of *n* values is off by a part that goes with 1/*n*, as the variance of what is made of it does, so that
    /// it goes with the square of the spread; with how much of it depends on what is asked.
    pub fn shift(&self) -> Option<f64> {
        self.spread.map(|spread| SHIFT * spread * spread)
    }

    /// Whether that is not small beside the interval: more than a quarter of half of it, with which 92 % of intervals hold the truth in place of 95 %.
    pub fn is_short(&self) -> bool {
        let both = self.shift().zip(self.half());
        both.is_some_and(|(shift, half)| shift > half / 4.0)
    }
}

/// How many replicas there have to be, as the ends of the first say, for half of the interval to be no more than this part of the value; none
/// fewer than these. Nothing where one of them has no end, or there is only one.
///
/// ```
/// use throng_experiments::capacity::End;
/// use throng_reports::capacity::{Answer, needed};
/// let end = |at| End::Crossing { at, holds: at, fails: at + 1.0 };
/// let first = [end(97.0), end(100.0), end(103.0), end(100.0)];
/// let many = needed(&first, 0.01).unwrap();
/// // t(0.975; 3) = 3.182, and their logarithms lie 0.0245 apart: 3.182² · 0.0245² / ln(1.01)².
/// assert_eq!(many, 62);
/// assert_eq!(needed(&first, 0.5), Some(4));
/// assert_eq!(needed(&[end(97.0), End::AllHold(200.0)], 0.01), None);
/// ```
pub fn needed(first: &[End], within: f64) -> Option<usize> {
    let logs = logs(first);
    let stage = Stage::of(&logs).filter(|_| logs.len() == first.len())?;
    let root = stage.half(1) / within.ln_1p();
    Some((root * root).ceil().max(logs.len() as f64) as usize)
}

/// The ends that say how far all lie apart.
#[derive(Debug, Clone, Copy)]
struct Stage {
    spread: f64,
    student: f64,
}

impl Stage {
    fn of(logs: &[f64]) -> Option<Self> {
        let free = logs.len().saturating_sub(1) as f64;
        let student = StudentsT::new(0.0, 1.0, free).ok()?;
        Some(Self {
            spread: Estimate::student(logs).deviation,
            student: student.inverse_cdf(0.5 + CONFIDENCE / 2.0),
        })
    }

    /// Half of the interval of the mean of so many.
    fn half(self, count: usize) -> f64 {
        self.student * self.spread / (count as f64).sqrt()
    }
}

/// The logarithm of the power mean.
fn middle(logs: &[f64], slope: Option<f64>) -> f64 {
    let mean = Estimate::student(logs).mean;
    slope.map_or(mean, |slope| {
        let powers = logs.iter().map(|log| (-slope * (log - mean)).exp());
        mean - (powers.sum::<f64>() / logs.len() as f64).ln() / slope
    })
}

/// With which power of the value what is asked about goes near this end, from runs of which each has its replica, its value and its margin: a line
/// through logarithms, as steep in each replica, and in each at a height of its own. Nothing where they say too little, or it does not rise.
///
/// ```
/// use throng_reports::capacity::slope;
/// // Twice the value, four times the measure: the margin falls by ln 4. Replica 1 measures more of all.
/// let margin = |value: f64, more: f64| Some(-2.0 * value.ln() - more);
/// let runs = [(0, 9.0, margin(9.0, 0.0)), (0, 11.0, margin(11.0, 0.0)), (1, 9.0, margin(9.0, 0.5)), (1, 10.0, margin(10.0, 0.5))];
/// assert!((slope(runs.into_iter(), 10.0).unwrap() - 2.0).abs() < 1e-9);
/// assert_eq!(slope(runs[..1].iter().copied(), 10.0), None);
/// ```
pub fn slope(runs: impl Iterator<Item = (u32, f64, Option<f64>)>, end: f64) -> Option<f64> {
    let mut replicas: BTreeMap<u32, Vec<[f64; 2]>> = BTreeMap::new();
    for (run, value, margin) in runs {
        let from_end = (value / end).ln();
        if let Some(margin) = margin.filter(|_| from_end.abs() <= NEAR) {
            replicas.entry(run).or_default().push([from_end, margin]);
        }
    }
    let (mut squares, mut products, mut count) = (0.0, 0.0, 0.0);
    for points in replicas.values() {
        let many = points.len() as f64;
        let sum = points.iter().fold([0.0; 2], |sum, point| {
            [sum[0] + point[0], sum[1] + point[1]]
        });
        for point in points {
            let aside = point[0] - sum[0] / many;
            squares += aside * aside;
            products += aside * (point[1] - sum[1] / many);
            count += 1.0;
        }
    }
    let apart = squares >= count * LEAST_APART * LEAST_APART && count > 0.0;
    apart
        .then(|| -products / squares)
        .filter(|slope| *slope > 0.0)
}

/// What has this logarithm, in twelve digits: replicas that all end at the same whole number have that as their mean, and not a little less.
fn of_log(log: f64) -> f64 {
    let value = log.exp();
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn logs(ends: &[End]) -> Vec<f64> {
    let crossings = ends.iter().filter_map(|end| crossing(*end));
    crossings.map(f64::ln).collect()
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
