//! `providers.csv`: a row for each provider.

use super::decimal;
use std::io::Write;
use throng_sim::record::ProviderRow;

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
            row.domain.clone(),
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
