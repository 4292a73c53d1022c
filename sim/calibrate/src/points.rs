//! What was measured, and what of it counts.

use crate::plan::{RoomPlan, Tree};
use crate::yardstick::Yardstick;
use std::collections::BTreeMap;
use throng_cost::fit::Sample;
use throng_mls::engine::MlsError;
use throng_mls::work::{UNITS, Work};

/// Fewer runs of an operation may all have been disturbed; where a room is gone through less often, that has to do.
pub(super) const ENOUGH: u32 = 3;

/// One kind of operation in one room: the median of several runs, the lower one of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What was done.
    pub operation: &'static str,
    /// To which kind of tree.
    pub tree: Tree,
    /// How many members the room was made of.
    pub members: u32,
    /// How many users were on its participant list.
    pub listed: u32,
    /// Whether the fit did not see it.
    pub held_out: bool,
    /// What it did and how long it took.
    pub sample: Sample,
}

/// Runs that are the same but for their time, by what makes them so.
#[derive(Debug)]
pub(super) struct Points {
    runs: BTreeMap<Key, Vec<Run>>,
    yardstick: Yardstick,
    /// How long the yardstick took the last time, and at best.
    last: f64,
    best: f64,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    room: RoomPlan,
    /// How many of them are enough.
    enough: u32,
    work: Work,
    /// How long the yardstick took, before and after, on average.
    yardstick: f64,
}

/// The operation, the tree, its size and that of the participant list, and the counters but for those of bytes, which vary a little.
type Key = (&'static str, Tree, u32, u32, Vec<u64>);

impl Points {
    pub(super) fn new() -> Result<Self, MlsError> {
        let mut yardstick = Yardstick::new()?;
        let mut last = yardstick.nanos()?;
        for _ in 0..20 {
            last = last.min(yardstick.nanos()?);
        }
        Ok(Self {
            runs: BTreeMap::new(),
            yardstick,
            last,
            best: last,
        })
    }

    /// Something was just measured that is measured in every round.
    pub(super) fn add(
        &mut self,
        operation: &'static str,
        room: RoomPlan,
        work: Work,
    ) -> Result<(), MlsError> {
        self.measured(operation, room, work, room.rounds.min(ENOUGH))
    }

    /// Something was just measured that is measured once.
    pub(super) fn add_once(
        &mut self,
        operation: &'static str,
        room: RoomPlan,
        work: Work,
    ) -> Result<(), MlsError> {
        self.measured(operation, room, work, 1)
    }

    fn measured(
        &mut self,
        operation: &'static str,
        room: RoomPlan,
        work: Work,
        enough: u32,
    ) -> Result<(), MlsError> {
        let now = self.yardstick.nanos()?;
        let run = Run {
            room,
            enough,
            work,
            yardstick: (self.last + now) / 2.0,
        };
        self.last = now;
        self.best = self.best.min(now);
        self.keep(operation, run);
        Ok(())
    }

    fn keep(&mut self, operation: &'static str, run: Run) {
        let work = run.work.into();
        let exact = UNITS.count(&work);
        let exact = exact.filter(|(unit, _)| !unit.name.ends_with("byte"));
        let key = exact.map(|(_, count)| count).collect();
        let RoomPlan {
            tree,
            members,
            listed,
            ..
        } = run.room;
        let key = (operation, tree, members, listed, key);
        self.runs.entry(key).or_default().push(run);
    }

    /// The median run of each, at the machine's best speed.
    pub(super) fn medians(self) -> Vec<Point> {
        let best = self.best;
        let runs = self
            .runs
            .into_iter()
            .filter(|(_, runs)| runs.iter().any(|run| runs.len() >= run.enough as usize));
        let median = |((operation, tree, members, listed, _), mut runs): (Key, Vec<Run>)| {
            let nanos = |run: &Run| run.work.measured_ns as f64 * best / run.yardstick;
            runs.sort_by(|a, b| nanos(a).total_cmp(&nanos(b)));
            runs.get((runs.len() - 1) / 2).map(|run| Point {
                operation,
                tree,
                members,
                listed,
                held_out: run.room.held_out,
                sample: Sample {
                    work: run.work.into(),
                    nanos: nanos(run),
                },
            })
        };
        runs.filter_map(median).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::AddAll;
    use throng_mls::work::UNITS;

    #[test]
    fn the_median_of_enough_equal_runs_counts() {
        let room = RoomPlan {
            tree: Tree::Bare,
            members: 5,
            listed: 0,
            held_out: true,
            rounds: 9,
            add_all: AddAll::EachRound,
        };
        let enough = ENOUGH;
        let work = |seals, bytes, measured_ns| Work {
            seals,
            bytes,
            measured_ns,
            ..Work::default()
        };
        let mut points = Points::new().unwrap();
        points.best = 10.0;
        // The one that took longest did so on a machine half as fast.
        for (bytes, nanos, yardstick) in [(100, 50, 10.0), (101, 110, 20.0), (100, 60, 10.0)] {
            let work = work(3, bytes, nanos);
            points.keep(
                "commit",
                Run {
                    room,
                    enough,
                    work,
                    yardstick,
                },
            );
        }
        let work = work(4, 100, 1);
        let yardstick = 10.0;
        points.keep(
            "commit",
            Run {
                room,
                enough,
                work,
                yardstick,
            },
        );
        let medians = points.medians();
        assert_eq!(medians.len(), 1);
        let bytes = UNITS.position("byte").unwrap();
        assert_eq!(
            (
                medians[0].sample.nanos,
                medians[0].sample.work.counts[bytes]
            ),
            (55.0, 101)
        );
        assert!(medians[0].held_out);
    }
}
