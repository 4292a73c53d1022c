//! `series.csv`: samples at equal intervals of virtual time; counters are those of the interval.

use super::decimal;
use serde::Deserialize;
use std::io::{Read, Write};
use throng_record::SeriesPoint;
use throng_workloads::time::{SimSpan, SimTime};

/// The columns, in order. `time_s` is the end of the interval.
pub const COLUMNS: [&str; 17] = [
    "time_s",
    "online",
    "members",
    "churn",
    "commits",
    "attempts",
    "messages",
    "bytes",
    "mean_ciphertexts",
    "blank_leaves",
    "blank_parents",
    "unmerged_leaves",
    "provider_wait_max_ms",
    "provider_busy_s",
    "queued",
    "key_packages",
    "stored_bytes",
];

/// Writes the table. Means have as many digits as it takes to read the same numbers again.
///
/// # Errors
/// Whatever the writer says.
pub fn write(points: &[SeriesPoint], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for point in points {
        table.write_record([
            decimal::seconds(point.time),
            point.online.to_string(),
            point.members.to_string(),
            point.churn.to_string(),
            point.commits.to_string(),
            point.attempts.to_string(),
            point.messages.to_string(),
            point.bytes.to_string(),
            point.mean_ciphertexts.to_string(),
            point.blank_leaves.to_string(),
            point.blank_parents.to_string(),
            point.unmerged_leaves.to_string(),
            decimal::millis(point.provider_wait_max),
            decimal::span_seconds(point.provider_busy),
            point.queued.to_string(),
            point.key_packages.to_string(),
            point.stored_bytes.to_string(),
        ])?;
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<SeriesPoint>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(SeriesPoint::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "decimal::read_seconds")]
    time_s: SimTime,
    online: u32,
    members: u64,
    churn: u64,
    commits: u64,
    attempts: u64,
    messages: u64,
    bytes: u64,
    mean_ciphertexts: f64,
    blank_leaves: u64,
    blank_parents: u64,
    unmerged_leaves: u64,
    #[serde(deserialize_with = "decimal::read_millis")]
    provider_wait_max_ms: SimSpan,
    #[serde(deserialize_with = "decimal::read_span_seconds")]
    provider_busy_s: SimSpan,
    queued: u64,
    key_packages: u64,
    stored_bytes: u64,
}

impl From<Line> for SeriesPoint {
    fn from(line: Line) -> Self {
        Self {
            time: line.time_s,
            online: line.online,
            members: line.members,
            churn: line.churn,
            commits: line.commits,
            attempts: line.attempts,
            messages: line.messages,
            bytes: line.bytes,
            mean_ciphertexts: line.mean_ciphertexts,
            blank_leaves: line.blank_leaves,
            blank_parents: line.blank_parents,
            unmerged_leaves: line.unmerged_leaves,
            provider_wait_max: line.provider_wait_max_ms,
            provider_busy: line.provider_busy_s,
            queued: line.queued,
            key_packages: line.key_packages,
            stored_bytes: line.stored_bytes,
        }
    }
}
