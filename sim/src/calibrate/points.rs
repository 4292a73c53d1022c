//! What was measured, and what of it counts.

use crate::calibrate::plan::{RoomPlan, Tree};
use crate::mls::fit::Sample;
use crate::mls::work::Work;
use std::collections::BTreeMap;

/// Fewer runs of an operation may all have been disturbed.
const ENOUGH: usize = 3;

/// One kind of operation in one room: the fastest of several runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What was done.
    pub operation: &'static str,
    /// To which kind of tree.
    pub tree: Tree,
    /// How many members the room was made of.
    pub members: u32,
    /// Whether the fit did not see it.
    pub held_out: bool,
    /// What it did and how long it took.
    pub sample: Sample,
}

/// Runs that are the same but for their time, by what makes them so.
#[derive(Debug, Default)]
pub(super) struct Points(BTreeMap<Key, Vec<(RoomPlan, Sample)>>);

/// The operation, the tree, its size, and the counters but for those of bytes, which vary a little.
type Key = (&'static str, Tree, u32, Vec<u64>);

impl Points {
    pub(super) fn add(&mut self, operation: &'static str, room: RoomPlan, work: Work) {
        let sample = Sample {
            work,
            nanos: work.measured_ns as f64,
        };
        let exact = work.counters().into_iter();
        let exact = exact.filter(|(name, _)| !name.ends_with("bytes"));
        let key = exact.map(|(_, count)| count).collect();
        let key = (operation, room.tree, room.members, key);
        self.0.entry(key).or_default().push((room, sample));
    }

    /// The fastest run of each: what disturbs a measurement only ever adds to it.
    pub(super) fn fastest(self) -> Vec<Point> {
        let runs = self.0.into_iter().filter(|(_, runs)| runs.len() >= ENOUGH);
        let best = |((operation, tree, members, _), runs): (Key, Vec<(RoomPlan, Sample)>)| {
            let by_time =
                |a: &&(RoomPlan, Sample), b: &&(RoomPlan, Sample)| a.1.nanos.total_cmp(&b.1.nanos);
            runs.iter().min_by(by_time).map(|(room, sample)| Point {
                operation,
                tree,
                members,
                held_out: room.held_out,
                sample: *sample,
            })
        };
        runs.filter_map(best).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_of_enough_equal_runs_counts() {
        let room = RoomPlan {
            tree: Tree::Bare,
            members: 5,
            held_out: true,
        };
        let work = |seals, bytes, measured_ns| Work {
            seals,
            bytes,
            measured_ns,
            ..Work::default()
        };
        let mut points = Points::default();
        for (bytes, nanos) in [(100, 50), (101, 40), (100, 60)] {
            points.add("commit", room, work(3, bytes, nanos));
        }
        points.add("commit", room, work(4, 100, 1));
        let fastest = points.fastest();
        assert_eq!(fastest.len(), 1);
        assert_eq!(
            (fastest[0].sample.nanos, fastest[0].sample.work.bytes),
            (40.0, 101)
        );
        assert!(fastest[0].held_out);
    }
}
