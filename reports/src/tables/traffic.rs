//! `traffic.csv`: every byte, by sender, receiver and message kind.

use super::cells::{Name, OrZero, Plain};
use super::row::table;
use throng_record::TrafficRow;

table! {
    TrafficRow {
        ["from"] from: Name,
        ["to"] to: Name,
        ["kind"] kind: Name,
        ["messages"] messages: Plain,
        ["sent_bytes"] sent: Plain,
        ["received_bytes"] received: Plain,
        ["lost_bytes"] lost: Plain,
        ["duplicated_bytes"] duplicated: Plain,
        ["body_bytes"] bodies: OrZero,
    }
    later ["body_bytes"]
    and {
        ["in_flight_bytes"] in_flight,
    }
}

/// Nothing is, unless the run was interrupted.
fn in_flight(row: &TrafficRow) -> String {
    let made = row.sent.saturating_add(row.duplicated);
    let arrived = row.received.saturating_add(row.lost);
    made.saturating_sub(arrived).to_string()
}
