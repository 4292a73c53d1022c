//! What only the program that ran the simulation knows.

use crate::units::without_dust;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use throng_record::{Generator, Shard};
use throng_workloads::time::SimSpan;

/// How a run was made. Nothing of it is reproducible, so it is kept apart from what was simulated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunInfo {
    /// Wall-clock time that the simulation took.
    pub wall: Duration,
    /// Threads that it ran on.
    pub threads: usize,
    /// The version of throng, for example `0.1.0`.
    pub version: String,
    /// The command line that repeats the run, for example `throng run company --seed 1`.
    pub command: String,
    /// The most memory that the process held, in bytes, where that is known.
    pub peak_memory: Option<u64>,
    /// Something that readers have to know, for example why a run is partial.
    pub note: Option<String>,
    /// The run's folder as the user named it. Shown at a terminal only: what is inside a folder does not
    /// depend on where the folder is.
    pub folder: Option<PathBuf>,
    /// Of a run over real connections, what is different about it.
    pub real: Option<RealInfo>,
}

/// What only the program knows that ran something over real connections.
#[derive(Debug, Clone, PartialEq)]
pub struct RealInfo {
    /// Where.
    pub machine: Machine,
    /// How the generator itself fared.
    pub generator: Generator,
    /// Why the run is none that anybody can rely on, besides what its record says.
    pub failed: Vec<String>,
    /// How much of a load it is.
    pub share: Share,
}

/// How much of a load a run is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Share {
    /// All of it, by one generator.
    #[default]
    Whole,
    /// One of several shards.
    One(Shard),
    /// All of it, put together from these shards.
    All(Vec<ShardInfo>),
}

/// What is said of a shard where all are put together.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardInfo {
    /// Which.
    pub shard: Shard,
    /// Where.
    pub machine: Machine,
    /// How its generator fared.
    pub generator: Generator,
    /// Why it is partial, where it is.
    pub note: Option<String>,
    /// How far its clock may have been from that of others; `None` where the load ended before that was known.
    pub apart: Option<SimSpan>,
}

/// A machine, as its system describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Its processor; absent where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    /// Its cores, as many of them as this program may use.
    pub cores: usize,
    /// Its operating system and the kernel's release.
    pub system: String,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.processor.as_deref().unwrap_or("an unknown processor");
        write!(f, "{processor}, {} cores, {}", self.cores, self.system)
    }
}

impl RunInfo {
    /// Events for each second of wall-clock time; 0 where no time passed.
    pub fn events_per_second(&self, events: u64) -> f64 {
        per_second(events as f64, self.wall)
    }

    /// Seconds of virtual time for each second of wall-clock time; 0 where no time passed.
    pub fn speed(&self, virtual_seconds: f64) -> f64 {
        per_second(virtual_seconds, self.wall)
    }
}

fn per_second(amount: f64, wall: Duration) -> f64 {
    let seconds = wall.as_secs_f64();
    if seconds > 0.0 {
        without_dust(amount / seconds)
    } else {
        0.0
    }
}
