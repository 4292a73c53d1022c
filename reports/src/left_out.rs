//! What latencies leave out, in words.

use crate::summary::Summary;
use crate::units;

/// What a bound on a latency counts.
pub(crate) const AT_LEAST: &str =
    "≥: with what is open counted at its age, and at 0 where it waits for somebody who is offline";

/// Whom latencies of deliveries leave out, what counts their waiting instead, and how many deliveries of messages those are.
pub(crate) fn offline(summary: &Summary) -> String {
    let counts = &summary.counts;
    let share = match counts.messages_caught_up {
        0 => String::new(),
        late => format!(
            " ({} of {} decryptions of messages)",
            units::count(late),
            units::count(counts.messages_decrypted)
        ),
    };
    format!(
        "by each, by the last: of those who stayed online; how long others wait is part of catch-up{share}"
    )
}
