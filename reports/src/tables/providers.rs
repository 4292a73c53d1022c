//! `providers.csv`: a row for each provider.

use super::decimal;
use serde::Deserialize;
use std::io::{Read, Write};
use throng_sim::record::ProviderRow;
use throng_workloads::time::SimSpan;
use throng_workloads::visible::visible;

/// The columns, in order.
pub const COLUMNS: [&str; 9] = [
    "domain",
    "cores",
    "busy_s",
    "requests",
    "wait_max_ms",
    "to_clients_bytes",
    "to_providers_bytes",
    "stored_max_bytes",
    "key_packages_left",
];

/// Writes the table.
///
/// # Errors
/// Whatever the writer says.
pub fn write(rows: &[ProviderRow], out: &mut dyn Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for row in rows {
        table.write_record([
            visible(&row.domain).into_owned(),
            row.cores.to_string(),
            decimal::span_seconds(row.busy),
            row.requests.to_string(),
            decimal::millis(row.wait_max),
            row.to_clients.to_string(),
            row.to_providers.to_string(),
            row.stored_max.to_string(),
            row.key_packages_left.to_string(),
        ])?;
    }
    table.flush()?;
    Ok(())
}

/// Reads what [`write()`] writes.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(from: &mut dyn Read) -> csv::Result<Vec<ProviderRow>> {
    let mut table = csv::Reader::from_reader(from);
    let rows = table.deserialize::<Line>();
    rows.map(|line| line.map(ProviderRow::from)).collect()
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line {
    domain: String,
    cores: u32,
    #[serde(deserialize_with = "decimal::read_span_seconds")]
    busy_s: SimSpan,
    requests: u64,
    #[serde(deserialize_with = "decimal::read_millis")]
    wait_max_ms: SimSpan,
    to_clients_bytes: u64,
    to_providers_bytes: u64,
    stored_max_bytes: u64,
    key_packages_left: u64,
}

impl From<Line> for ProviderRow {
    fn from(line: Line) -> Self {
        Self {
            domain: line.domain,
            cores: line.cores,
            busy: line.busy_s,
            requests: line.requests,
            wait_max: line.wait_max_ms,
            to_clients: line.to_clients_bytes,
            to_providers: line.to_providers_bytes,
            stored_max: line.stored_max_bytes,
            key_packages_left: line.key_packages_left,
        }
    }
}
