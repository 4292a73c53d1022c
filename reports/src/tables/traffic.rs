//! `traffic.csv`: every byte, by sender, receiver and message kind.

use serde::Deserialize;
use std::io::{Read, Write};
use throng_record::TrafficRow;

/// The columns, in order.
pub const COLUMNS: [&str; 9] = [
    "from",
    "to",
    "kind",
    "messages",
    "sent_bytes",
    "received_bytes",
    "lost_bytes",
    "duplicated_bytes",
    "in_flight_bytes",
];

/// Writes the table.
///
/// # Errors
/// Whatever the writer says.
pub fn write(rows: &[TrafficRow], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for row in rows {
        // Nothing is, unless the run was interrupted.
        let made = row.sent.saturating_add(row.duplicated);
        let in_flight = made.saturating_sub(row.received.saturating_add(row.lost));
        table.write_record([
            row.from.to_string(),
            row.to.to_string(),
            row.kind.to_string(),
            row.messages.to_string(),
            row.sent.to_string(),
            row.received.to_string(),
            row.lost.to_string(),
            row.duplicated.to_string(),
            in_flight.to_string(),
        ])?;
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<TrafficRow>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(TrafficRow::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    from: String,
    to: String,
    kind: String,
    messages: u64,
    sent_bytes: u64,
    received_bytes: u64,
    lost_bytes: u64,
    duplicated_bytes: u64,
}

impl From<Line> for TrafficRow {
    fn from(line: Line) -> Self {
        Self {
            from: line.from.into(),
            to: line.to.into(),
            kind: line.kind.into(),
            messages: line.messages,
            sent: line.sent_bytes,
            received: line.received_bytes,
            lost: line.lost_bytes,
            duplicated: line.duplicated_bytes,
        }
    }
}
