//! `commits.csv`: a row for each accepted commit, in order of acceptance.

use super::decimal;
use std::io::Write;
use throng_sim::record::CommitRow;

/// The columns, in order.
pub const COLUMNS: [&str; 22] = [
    "time_s",
    "room",
    "epoch",
    "committer_leaf",
    "external",
    "adds",
    "removes",
    "updates",
    "path",
    "ciphertexts",
    "commit_bytes",
    "welcome_bytes",
    "members",
    "leaves",
    "blank_leaves",
    "blank_parents",
    "unmerged_leaves",
    "attempts",
    "accept_ms",
    "converge_p50_ms",
    "converge_p99_ms",
    "converge_max_ms",
];

/// Writes the table. Leaf lists are joined by `;`, truth is 1 or 0, and what does not exist is empty.
///
/// # Errors
/// Whatever the writer says.
pub fn write(rows: &[CommitRow], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for row in rows {
        table.write_record(fields(row))?;
    }
    table.flush()?;
    Ok(())
}

fn fields(row: &CommitRow) -> [String; 22] {
    [
        decimal::seconds(row.time),
        row.room.to_string(),
        row.epoch.to_string(),
        row.committer_leaf.to_string(),
        u8::from(row.external).to_string(),
        leaves(&row.adds),
        leaves(&row.removes),
        leaves(&row.updates),
        u8::from(row.path).to_string(),
        row.ciphertexts.to_string(),
        row.commit_bytes.to_string(),
        row.welcome_bytes.to_string(),
        row.health.members.to_string(),
        row.health.leaves.to_string(),
        row.health.blank_leaves.to_string(),
        row.health.blank_parents.to_string(),
        row.health.unmerged_leaves.to_string(),
        row.attempts.to_string(),
        decimal::millis(row.accept),
        decimal::millis_or_empty(row.converge_p50),
        decimal::millis_or_empty(row.converge_p99),
        decimal::millis_or_empty(row.converge_max),
    ]
}

fn leaves(indices: &[u32]) -> String {
    let shown: Vec<String> = indices.iter().map(u32::to_string).collect();
    shown.join(";")
}
