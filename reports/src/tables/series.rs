//! `series.csv`: samples at equal intervals of virtual time. `time_s` is the end of an interval, and counters are those of the
//! interval. What MLS groups add stands behind `bytes`: see [`health`](super::health).

use super::cells::{Millis, Plain, Seconds};
use super::row::table;
use throng_record::SeriesPoint;

table! {
    SeriesPoint {
        ["time_s"] time: Seconds,
        ["online"] online: Plain,
        ["members"] members: Plain,
        ["churn"] churn: Plain,
        ["commits"] commits: Plain,
        ["attempts"] attempts: Plain,
        ["messages"] messages: Plain,
        ["bytes"] bytes: Plain,
        ["provider_wait_max_ms"] provider_wait_max: Millis,
        ["provider_busy_s"] provider_busy: Seconds,
        ["queued"] queued: Plain,
        ["key_packages"] key_packages: Plain,
        ["exhausted"] exhausted: Plain,
        ["stored_bytes"] stored_bytes: Plain,
    }
}
