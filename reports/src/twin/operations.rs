//! CPU time by what it was for.

use serde::Serialize;
use throng_record::Record;
use throng_record::structure::{Operation, Took};

/// What parties of one sort did in answer to one kind of message, in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationPair {
    /// `client` or `provider`.
    pub party: &'static str,
    /// What it answered to.
    pub trigger: &'static str,
    /// In the simulation.
    pub simulated: Cpu,
    /// In the real run.
    pub real: Cpu,
    /// By how much the simulated time for one of them is off, as a part of the real one; absent where one of both has none.
    pub off: Option<f64>,
}

/// How often, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Cpu {
    /// How often.
    pub times: u64,
    /// CPU time together, in seconds.
    pub cpu_s: f64,
}

impl Cpu {
    fn of(took: Option<&Took>) -> Self {
        let took = took.copied().unwrap_or_default();
        Self {
            times: took.times,
            cpu_s: took.cpu.as_secs_f64(),
        }
    }

    /// CPU time of one, in seconds; none where there was none.
    pub fn each_s(&self) -> Option<f64> {
        (self.times > 0).then(|| self.cpu_s / self.times as f64)
    }
}

/// Of providers first, what took longest in the real run first.
pub(super) fn pairs(simulated: &Record, real: &Record) -> Vec<OperationPair> {
    let of = |record: &Record, operation: &Operation| {
        let structure = record.structure.as_ref();
        Cpu::of(structure.and_then(|structure| structure.operations.get(operation)))
    };
    let mut operations: Vec<Operation> = [simulated, real]
        .into_iter()
        .filter_map(|record| record.structure.as_ref())
        .flat_map(|structure| structure.operations.keys().copied())
        .collect();
    operations.sort();
    operations.dedup();
    let pair = |operation: Operation| {
        let (simulated, real) = (of(simulated, &operation), of(real, &operation));
        let off = match (simulated.each_s(), real.each_s()) {
            (Some(simulated), Some(real)) if real > 0.0 => Some((simulated - real) / real),
            _ => None,
        };
        OperationPair {
            party: operation.party,
            trigger: operation.trigger,
            simulated,
            real,
            off,
        }
    };
    let mut pairs: Vec<OperationPair> = operations.into_iter().map(pair).collect();
    pairs.sort_by(|one, two| {
        let longest = two.real.cpu_s.total_cmp(&one.real.cpu_s);
        two.party.cmp(one.party).then(longest)
    });
    pairs
}
