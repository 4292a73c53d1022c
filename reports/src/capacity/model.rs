//! All that a search for a capacity came to, as `capacity.json` has it.

use super::answer::{Answer, Change};
use super::sample::{Sample, Use};
use crate::{json, units};
use schemars::JsonSchema;
use serde::Serialize;
use throng_experiments::capacity::End;

/// The version of `capacity.json`.
pub const SCHEMA: u32 = 1;

/// How values of the key are written for people.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Shown {
    /// The unit, such as `/h`; empty for counts.
    pub unit: String,
    /// How many of it are one base unit.
    pub times: f64,
    /// Whether values are whole numbers.
    pub whole: bool,
}

impl Shown {
    /// A value, in digits that people read.
    pub fn value(&self, value: f64) -> String {
        let value = value * self.times;
        let number = match self.whole {
            true => units::count(value.max(0.0) as u64),
            false => units::significant(value),
        };
        format!("{number}{}", self.unit)
    }

    /// The lower end of an interval: of whole numbers the next below.
    pub fn low(&self, value: f64) -> String {
        self.value(match self.whole {
            true => value.floor(),
            false => value,
        })
    }

    /// The upper end: of whole numbers the next above.
    pub fn high(&self, value: f64) -> String {
        self.value(match self.whole {
            true => value.ceil(),
            false => value,
        })
    }
}

/// The end of one replica.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct ReplicaEnd {
    /// Which replica.
    pub run: u32,
    /// Where it ends, where it does.
    pub value: Option<f64>,
    /// The largest value that was found to hold below that; of a replica in which none holds nothing.
    pub holds: Option<f64>,
    /// The smallest value that was found not to hold; of a replica in which all hold nothing.
    pub fails: Option<f64>,
}

impl ReplicaEnd {
    /// Of a replica.
    pub fn new(run: u32, end: End) -> Self {
        let (value, holds, fails) = match end {
            End::Crossing { at, holds, fails } => (Some(at), Some(holds), Some(fails)),
            End::AllHold(at) => (None, Some(at), None),
            End::NoneHolds(at) => (None, None, Some(at)),
        };
        Self {
            run,
            value,
            holds,
            fails,
        }
    }
}

/// A replica in which a value does not hold although a larger one does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Exception {
    /// Which replica.
    pub run: u32,
    /// The smallest value that does not hold.
    pub fails: f64,
    /// The largest one that does.
    pub holds: f64,
}

/// Something that was relieved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Tried {
    /// The knob's name.
    pub knob: String,
    /// What hinders where this helps.
    pub hindrance: String,
    /// So many times as much of it.
    pub factor: f64,
    /// The capacity then.
    pub answer: Answer,
    /// How much more that is.
    pub change: Option<Change>,
}

/// What was relieved one at a time, and which of it helped most.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Hindrances {
    /// What had been relieved before.
    pub relieved: Vec<String>,
    /// What was tried, the most helpful first.
    pub tried: Vec<Tried>,
    /// What binds: the first of them, where it helps at all.
    pub binds: Option<String>,
    /// Replicas of each.
    pub replicas: u32,
}

impl Hindrances {
    /// Of what was tried, in any order.
    pub fn new(
        relieved: Vec<String>,
        mut tried: Vec<Tried>,
        precision: f64,
        replicas: u32,
    ) -> Self {
        let gain = |tried: &Tried| tried.change.map_or(f64::NEG_INFINITY, |change| change.mean);
        tried.sort_by(|one, other| gain(other).total_cmp(&gain(one)));
        let helps = |tried: &&Tried| tried.change.is_some_and(|change| change.is_rise(precision));
        let binds = tried
            .iter()
            .find(helps)
            .map(|tried| tried.hindrance.clone());
        Self {
            relieved,
            tried,
            binds,
            replicas,
        }
    }
}

/// What the capacity is where there is less or more of something.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Sensitivity {
    /// The knob's name.
    pub knob: String,
    /// What it is, for people.
    pub says: String,
    /// The change with a fifth less of it; nothing where that cannot be.
    pub less: Option<Change>,
    /// The change with a fifth more.
    pub more: Option<Change>,
}

impl Sensitivity {
    /// How far the capacity goes at most to either side.
    pub fn reach(&self) -> f64 {
        let of = |change: &Option<Change>| change.map_or(0.0, |change| change.mean.abs());
        of(&self.less).max(of(&self.more))
    }
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Capacity {
    /// The version of this file's form.
    pub schema: u32,
    /// The version of throng.
    pub version: String,
    /// The command line that repeats it.
    pub command: String,
    /// The scenario's name.
    pub scenario: String,
    /// The question that it answers.
    pub description: String,
    /// The key that was varied.
    pub key: String,
    /// How its values are written for people; all numbers here are in its base unit: seconds, events a second, bits a second, bytes, 1.
    pub shown: Shown,
    /// What has to hold.
    pub slo: Vec<String>,
    /// How near an end is found, as a part of it.
    pub precision: f64,
    /// How near to the capacity both ends of its interval were to be, as a part of it, where that was asked for.
    pub within: Option<f64>,
    /// Replicas that said how many there have to be for that, or all.
    pub first: usize,
    /// The capacity.
    pub answer: Answer,
    /// What it was to be at least, and whether it surely is.
    pub at_least: Option<AtLeast>,
    /// The ends of the replicas.
    pub replicas: Vec<ReplicaEnd>,
    /// Where what holds is not all below what does not.
    pub exceptions: Vec<Exception>,
    /// Whether something asked for was a percentile of too few values in some run, and so its maximum.
    pub beyond_count: bool,
    /// What was used at the capacity.
    pub uses: Vec<Use>,
    /// What was relieved: first one thing at a time, then, where something helps, that and one more.
    pub hindrances: Vec<Hindrances>,
    /// What the answer depends on, the most first: the change where there is a fifth less or more.
    pub sensitivity: Vec<Sensitivity>,
    /// Replicas of each of these.
    pub sensitivity_replicas: u32,
    /// All runs that were made.
    pub runs: usize,
    /// The runs themselves, for tables and plots.
    #[serde(skip)]
    pub samples: Vec<Sample>,
    /// What each variant is, by number.
    #[serde(skip)]
    pub variants: Vec<String>,
}

/// What the capacity was to be at least.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct AtLeast {
    /// The value.
    pub value: f64,
    /// Whether the lower end of the interval is no less, or all that was tried holds up to there.
    pub met: bool,
}

impl Capacity {
    /// As `capacity.json`.
    pub fn to_json(&self) -> String {
        // Keys are strings and values plain: nothing that JSON cannot hold.
        json::pretty(self).unwrap_or_default()
    }
}
