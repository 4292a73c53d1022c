//! `events.csv`: what the scenario planned for one moment.

use super::decimal;
use serde::Deserialize;
use std::io::{Read, Write};
use throng_record::EventMark;
use throng_workloads::time::SimTime;

/// The columns, in order.
pub const COLUMNS: [&str; 2] = ["time_s", "event"];

/// Writes the table.
///
/// # Errors
/// Whatever the writer says.
pub fn write(marks: &[EventMark], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for mark in marks {
        table.write_record([decimal::seconds(mark.time), mark.name.clone()])?;
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<EventMark>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(EventMark::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "decimal::read_seconds")]
    time_s: SimTime,
    event: String,
}

impl From<Line> for EventMark {
    fn from(line: Line) -> Self {
        Self {
            time: line.time_s,
            name: line.event,
        }
    }
}
