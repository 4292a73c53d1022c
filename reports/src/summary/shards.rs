//! Shards of a load, each in a few figures.

use super::spread::{MICROS_PER_MILLI, Spread};
use crate::run_info::{Machine, ShardInfo, Share};
use crate::units::{self, without_dust};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_workloads::time::SimSpan;

/// Which of the shards of a load a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShardOfSummary {
    /// Which, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl ShardOfSummary {
    /// Nothing where it is all of the load.
    pub(super) fn of(share: &Share) -> Option<Self> {
        match share {
            Share::One(shard) => Some(Self {
                number: shard.number(),
                of: shard.of(),
            }),
            Share::Whole | Share::All(_) => None,
        }
    }
}

/// How the generator of one shard fared, where all are put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShardSummary {
    /// Which, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// The machine on which it ran.
    pub machine: Machine,
    /// Whether it kept up.
    pub kept_up: bool,
    /// Wishes that were due, a second.
    pub intended_per_s: f64,
    /// Wishes that were taken up in time, a second.
    pub achieved_per_s: f64,
    /// How late it took them up, in milliseconds.
    pub lateness_ms: Spread,
    /// CPU time of the process, in seconds.
    pub cpu_s: f64,
    /// Of the machine's cores, how many it was on, on average.
    pub cores_used: f64,
    /// How far its clock may have been from that of others, in milliseconds; absent where the load ended before that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_apart_ms: Option<f64>,
}

impl ShardSummary {
    /// Of all that were put together.
    pub(super) fn all(share: &Share) -> Vec<Self> {
        match share {
            Share::All(shards) => shards.iter().map(Self::of).collect(),
            Share::Whole | Share::One(_) => Vec::new(),
        }
    }

    fn of(info: &ShardInfo) -> Self {
        let generator = &info.generator;
        let lasted = generator.lasted.as_secs_f64();
        let a_second = |count: u64| match lasted > 0.0 {
            true => without_dust(count as f64 / lasted),
            false => 0.0,
        };
        Self {
            number: info.shard.number(),
            of: info.shard.of(),
            machine: info.machine.clone(),
            kept_up: generator.limits.is_empty(),
            intended_per_s: a_second(generator.intended),
            achieved_per_s: a_second(generator.in_time),
            lateness_ms: Spread::of_histogram(&generator.lateness, MICROS_PER_MILLI),
            cpu_s: generator.cpu.as_secs_f64(),
            cores_used: without_dust(generator.cores_used()),
            clock_apart_ms: info.apart.map(SimSpan::as_millis_f64),
        }
    }

    /// Which it is, and how it fared.
    pub(super) fn row(&self) -> (String, String) {
        let late = self.lateness_ms.show("p99", units::millis);
        let late = late.map_or(String::new(), |late| format!(", p99 {late} late"));
        let apart = self.clock_apart_ms.map(units::millis);
        let apart = apart.map_or(String::new(), |apart| format!(", clock within {apart}"));
        let limit = if self.kept_up { "" } else { ", THE LIMIT" };
        (
            format!("shard {}/{}", self.number, self.of),
            format!(
                "{} wishes a second due, {} taken up in time{late}, {} of {} cores{apart}{limit}",
                units::significant(self.intended_per_s),
                units::significant(self.achieved_per_s),
                units::significant(self.cores_used),
                self.machine.cores,
            ),
        )
    }
}
