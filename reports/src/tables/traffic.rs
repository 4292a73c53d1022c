//! `traffic.csv`: every byte, by sender, receiver and message kind.

use std::io::Write;
use throng_sim::record::TrafficRow;

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
        let in_flight = (row.sent + row.duplicated).saturating_sub(row.received + row.lost);
        table.write_record([
            row.from.to_owned(),
            row.to.to_owned(),
            row.kind.to_owned(),
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
