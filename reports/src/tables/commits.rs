//! `commits.csv`: a row for each accepted commit, in order of acceptance.

use super::decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::io::{Read, Write};
use throng_mls::tree_health::TreeHealth;
use throng_record::CommitRow;
use throng_workloads::time::{SimSpan, SimTime};

/// The columns, in order.
pub const COLUMNS: [&str; 23] = [
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
    "ciphertexts_sum",
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

fn fields(row: &CommitRow) -> [String; 23] {
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
        row.health.ciphertexts_sum.to_string(),
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

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<CommitRow>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(CommitRow::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "decimal::read_seconds")]
    time_s: SimTime,
    room: u32,
    epoch: u64,
    committer_leaf: u32,
    #[serde(deserialize_with = "read_truth")]
    external: bool,
    #[serde(deserialize_with = "read_leaves")]
    adds: Vec<u32>,
    #[serde(deserialize_with = "read_leaves")]
    removes: Vec<u32>,
    #[serde(deserialize_with = "read_leaves")]
    updates: Vec<u32>,
    #[serde(deserialize_with = "read_truth")]
    path: bool,
    ciphertexts: u32,
    commit_bytes: u64,
    welcome_bytes: u64,
    members: u32,
    leaves: u32,
    blank_leaves: u32,
    blank_parents: u32,
    unmerged_leaves: u32,
    ciphertexts_sum: u64,
    attempts: u32,
    #[serde(deserialize_with = "decimal::read_millis")]
    accept_ms: SimSpan,
    #[serde(deserialize_with = "decimal::read_millis_or_empty")]
    converge_p50_ms: Option<SimSpan>,
    #[serde(deserialize_with = "decimal::read_millis_or_empty")]
    converge_p99_ms: Option<SimSpan>,
    #[serde(deserialize_with = "decimal::read_millis_or_empty")]
    converge_max_ms: Option<SimSpan>,
}

fn read_truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match u8::deserialize(from)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(D::Error::custom(format!("{other} is neither 0 nor 1"))),
    }
}

fn read_leaves<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u32>, D::Error> {
    let text = String::deserialize(from)?;
    let leaves = text.split(';').filter(|leaf| !leaf.is_empty());
    leaves
        .map(|leaf| leaf.parse().map_err(D::Error::custom))
        .collect()
}

impl From<Line> for CommitRow {
    fn from(line: Line) -> Self {
        Self {
            time: line.time_s,
            room: line.room,
            epoch: line.epoch,
            committer_leaf: line.committer_leaf,
            external: line.external,
            adds: line.adds,
            removes: line.removes,
            updates: line.updates,
            path: line.path,
            ciphertexts: line.ciphertexts,
            commit_bytes: line.commit_bytes,
            welcome_bytes: line.welcome_bytes,
            health: TreeHealth {
                members: line.members,
                leaves: line.leaves,
                blank_leaves: line.blank_leaves,
                blank_parents: line.blank_parents,
                unmerged_leaves: line.unmerged_leaves,
                ciphertexts_sum: line.ciphertexts_sum,
            },
            attempts: line.attempts,
            accept: line.accept_ms,
            converge_p50: line.converge_p50_ms,
            converge_p99: line.converge_p99_ms,
            converge_max: line.converge_max_ms,
        }
    }
}
