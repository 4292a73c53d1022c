//! What is asked of a sizing, and what one run of a part of the population says.

use super::machines::Machine;
use super::model::Assumption;
use super::sample::{Common, Sample};
use crate::measures::{self, Measure, Rule};
use crate::run_info::RunInfo;
use crate::summary::Summary;
use throng_record::Record;
use throng_workloads::scenario::{Rate as Often, Scenario};

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;

/// Days of a month.
pub(super) const MONTH: f64 = 30.0;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// All of the population, doing what it does on the average of a day.
    pub scenario: Scenario,
    /// How much busier than that the busiest hour is.
    pub factor: f64,
    /// The part of machines that is to be left idle, from 0 to less than 1.
    pub headroom: f64,
    /// For how many days what is said is kept.
    pub retention_days: f64,
    /// How many copies there are of what is stored.
    pub replication: f64,
    /// What has to hold.
    pub levels: Vec<Rule>,
    /// The part of messages to which something is attached.
    pub attachments: f64,
    /// The mean length of what is attached, in bytes.
    pub attachment_bytes: f64,
    /// What the command says of where its inputs come from.
    pub assumptions: Vec<Assumption>,
    /// Which machines there are; one kind at least.
    pub machines: Vec<Machine>,
    /// Whether they have prices, as those of a list do.
    pub priced: bool,
    /// The command that makes it again.
    pub command: String,
    /// The version of the program.
    pub version: String,
}

/// A run of a part of the population, where nobody waited for a core.
#[derive(Debug, Clone)]
pub struct Tried {
    /// How much busier than on the average of a day it was.
    pub factor: f64,
    pub(super) samples: Vec<Sample>,
    pub(super) common: Common,
    pub(super) users: u32,
    pub(super) measures: Vec<Measure>,
}

impl Tried {
    /// What a run says, of which the record is not kept.
    pub fn new(scenario: &Scenario, factor: f64, record: &Record) -> Self {
        let info = RunInfo::default();
        Self {
            factor,
            samples: Sample::of(scenario, record),
            common: Common::of(scenario, record),
            users: scenario.users.count,
            measures: measures::of(&Summary::new(scenario, record, &info)),
        }
    }
}

/// How often a user does something, a second.
pub(super) fn often(rate: &Often) -> f64 {
    match rate {
        Often::Poisson(rate) => *rate,
        Often::Intervals(every) => 1.0 / every.mean().max(f64::MIN_POSITIVE),
    }
}
