//! `rooms.csv`: a row for each room, with the tree as it was at the end.

use super::decimal;
use crate::names;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::io::{Read, Write};
use throng_sim::mls::work::TreeHealth;
use throng_sim::record::RoomRow;
use throng_workloads::scenario::Start;
use throng_workloads::time::SimTime;
use throng_workloads::visible::visible;

/// The columns, in order. `ciphertexts_sum` divided by `final_members` is what a random member's next
/// commit carries; `epoch` counts from `first_epoch`.
pub const COLUMNS: [&str; 17] = [
    "room",
    "hub",
    "created_s",
    "start",
    "initial_members",
    "final_members",
    "leaves",
    "blank_leaves",
    "blank_parents",
    "unmerged_leaves",
    "ciphertexts_sum",
    "first_epoch",
    "epoch",
    "commits",
    "attempts",
    "messages",
    "fanout_bytes",
];

/// Writes the table; `created_s` is empty for a room that never began.
///
/// # Errors
/// Whatever the writer says.
pub fn write(rows: &[RoomRow], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for row in rows {
        table.write_record([
            row.room.to_string(),
            visible(&row.hub).into_owned(),
            row.created.map(decimal::seconds).unwrap_or_default(),
            names::start(row.start).to_owned(),
            row.initial_members.to_string(),
            row.health.members.to_string(),
            row.health.leaves.to_string(),
            row.health.blank_leaves.to_string(),
            row.health.blank_parents.to_string(),
            row.health.unmerged_leaves.to_string(),
            row.health.ciphertexts_sum.to_string(),
            row.first_epoch.to_string(),
            row.epoch.to_string(),
            row.commits.to_string(),
            row.attempts.to_string(),
            row.messages.to_string(),
            row.fanout_bytes.to_string(),
        ])?;
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<RoomRow>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(RoomRow::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    room: u32,
    hub: String,
    #[serde(deserialize_with = "decimal::read_seconds_or_empty")]
    created_s: Option<SimTime>,
    #[serde(deserialize_with = "read_start")]
    start: Start,
    initial_members: u32,
    final_members: u32,
    leaves: u32,
    blank_leaves: u32,
    blank_parents: u32,
    unmerged_leaves: u32,
    ciphertexts_sum: u64,
    first_epoch: u64,
    epoch: u64,
    commits: u64,
    attempts: u64,
    messages: u64,
    fanout_bytes: u64,
}

/// Reads what [`names::start`] writes; of those that begin empty, the file does not say which way they then grew.
fn read_start<'de, D: Deserializer<'de>>(from: D) -> Result<Start, D::Error> {
    let text = String::deserialize(from)?;
    let known = [Start::Warm, Start::Bare, Start::AtOnce];
    let found = known.into_iter().find(|start| names::start(*start) == text);
    found.ok_or_else(|| {
        D::Error::custom(format!("{text:?} is no start; expected warm, bare, empty"))
    })
}

impl From<Line> for RoomRow {
    fn from(line: Line) -> Self {
        Self {
            room: line.room,
            hub: line.hub,
            created: line.created_s,
            start: line.start,
            initial_members: line.initial_members,
            health: TreeHealth {
                members: line.final_members,
                leaves: line.leaves,
                blank_leaves: line.blank_leaves,
                blank_parents: line.blank_parents,
                unmerged_leaves: line.unmerged_leaves,
                ciphertexts_sum: line.ciphertexts_sum,
            },
            first_epoch: line.first_epoch,
            epoch: line.epoch,
            commits: line.commits,
            attempts: line.attempts,
            messages: line.messages,
            fanout_bytes: line.fanout_bytes,
        }
    }
}
