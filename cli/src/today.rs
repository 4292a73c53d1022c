//! The date.

use chrono::{DateTime, Utc};
use std::time::SystemTime;

/// Today, in UTC, as `2026-01-31`.
pub(crate) fn today() -> String {
    DateTime::<Utc>::from(SystemTime::now())
        .date_naive()
        .to_string()
}
