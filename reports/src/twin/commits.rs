//! Commits of the same history.
//!
//! Which commits are made, and in which order, timing decides. But a room whose commits so far were made by the same leaves, of the same
//! proposals, has the same ratchet tree: its next commit, if it is of the same proposals by the same leaf, has as many ciphertexts and
//! as many bytes (RFC 9420, section 7.6), whenever it is made.

use super::check::Check;
use crate::units;
use serde::Serialize;
use std::collections::BTreeMap;
use throng_record::{CommitRow, Record};

/// Commits that both runs made after the same history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SameHistory {
    /// Rooms in which at least one run made a commit.
    pub rooms: u64,
    /// Commits of the same history.
    pub compared: u64,
    /// Commits of the real run.
    pub real: u64,
    /// Where one of them is made otherwise: the first few.
    pub different: Vec<String>,
}

/// So many of them are named.
const MOST_NAMED: usize = 10;

pub(super) fn compare(simulated: &Record, real: &Record) -> Option<SameHistory> {
    let [simulated, real] = [simulated, real].map(|record| {
        let groups = record.groups.as_ref()?;
        let mut rooms: BTreeMap<u32, Vec<&CommitRow>> = BTreeMap::new();
        for commit in &groups.commits {
            rooms.entry(commit.room).or_default().push(commit);
        }
        Some(rooms)
    });
    let (simulated, real) = (simulated?, real?);
    let mut rooms: Vec<&u32> = simulated.keys().chain(real.keys()).collect();
    rooms.sort_unstable();
    rooms.dedup();
    let mut found = SameHistory {
        rooms: rooms.len() as u64,
        compared: 0,
        real: real.values().map(|commits| commits.len() as u64).sum(),
        different: Vec::new(),
    };
    for room in rooms {
        let (Some(one), Some(two)) = (simulated.get(room), real.get(room)) else {
            continue;
        };
        found.room(one, two);
    }
    Some(found)
}

/// Who did what.
fn deed(commit: &CommitRow) -> impl PartialEq + '_ {
    (
        commit.committer_leaf,
        commit.external,
        &commit.adds,
        &commit.removes,
        &commit.updates,
    )
}

/// What came of it.
fn made(commit: &CommitRow) -> (bool, u32, u64, u64, String) {
    (
        commit.path,
        commit.ciphertexts,
        commit.commit_bytes,
        commit.welcome_bytes,
        format!("{:?}", commit.health),
    )
}

impl SameHistory {
    fn room(&mut self, simulated: &[&CommitRow], real: &[&CommitRow]) {
        for (one, two) in simulated.iter().zip(real) {
            if deed(one) != deed(two) {
                return;
            }
            self.compared += 1;
            if made(one) != made(two) {
                if self.different.len() < MOST_NAMED {
                    self.different.push(difference(one, two));
                }
                // What follows has another tree.
                return;
            }
        }
    }

    pub(super) fn check(&self) -> Check {
        Check {
            what: "commits of the same history".to_owned(),
            met: self.different.is_empty() && (self.compared > 0 || self.real == 0),
            found: match self.different.first() {
                None => format!(
                    "{} of {} in {} are of the same history, and equal: ciphertexts, bytes, Welcomes, trees",
                    units::count(self.compared),
                    units::count(self.real),
                    units::counted(self.rooms, "room", "rooms"),
                ),
                Some(first) => first.clone(),
            },
        }
    }
}

fn difference(simulated: &CommitRow, real: &CommitRow) -> String {
    format!(
        "room {}, epoch {}: {} ciphertexts, {} B and a Welcome of {} B simulated, {} ciphertexts, {} B and a Welcome of {} B real",
        real.room,
        real.epoch,
        simulated.ciphertexts,
        simulated.commit_bytes,
        simulated.welcome_bytes,
        real.ciphertexts,
        real.commit_bytes,
        real.welcome_bytes,
    )
}
