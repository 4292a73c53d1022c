//! `series.csv`: samples at equal intervals of virtual time; counters are those of the interval.

use super::decimal;
use std::io::Write;
use throng_sim::record::SeriesPoint;

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

/// Writes the table.
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
            format!("{:.6}", point.mean_ciphertexts),
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
