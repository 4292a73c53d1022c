//! `rooms.csv`: a row for each room, with the tree as it was at the end.

use super::decimal;
use crate::names;
use std::io::Write;
use throng_sim::record::RoomRow;

/// The columns, in order. `ciphertexts_sum` divided by `final_members` is what a random member's next
/// commit carries.
pub const COLUMNS: [&str; 16] = [
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
            row.hub.clone(),
            row.created.map(decimal::seconds).unwrap_or_default(),
            names::start(row.warm).to_owned(),
            row.initial_members.to_string(),
            row.health.members.to_string(),
            row.health.leaves.to_string(),
            row.health.blank_leaves.to_string(),
            row.health.blank_parents.to_string(),
            row.health.unmerged_leaves.to_string(),
            row.health.ciphertexts_sum.to_string(),
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
