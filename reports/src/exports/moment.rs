//! Moments of real time, which virtual time is put at.

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use throng_workloads::time::SimTime;

/// A moment of real time, to the nanosecond.
///
/// ```
/// use throng_reports::exports::Moment;
/// let moment: Moment = "2026-11-29T11:00:00.25+01:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "1795946400.25");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

/// A text is no moment. It says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected a date and a time as in RFC 3339, with its offset from UTC, such as 2026-11-29T10:00:00Z"
)]
pub struct NoMoment;

impl Moment {
    /// The moment at which it is this time of a run that began at this one.
    pub(super) fn after(self, time: SimTime) -> Self {
        let nanos = time.as_nanos();
        let since = TimeDelta::new(
            (nanos / 1_000_000_000) as i64,
            (nanos % 1_000_000_000) as u32,
        );
        // Years of RFC 3339 have four digits, and virtual time ends after six centuries: far from the end of chrono's.
        let later = since.and_then(|since| self.0.checked_add_signed(since));
        Self(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let read = DateTime::parse_from_rfc3339(text.trim());
        read.map(|moment| Self(moment.to_utc()))
            .map_err(|_| NoMoment)
    }
}

/// Seconds since 1970 without a zero that says nothing, as OpenMetrics has them.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Before 1970 the nanoseconds still count forwards.
        let nanos = i128::from(self.0.timestamp()) * 1_000_000_000
            + i128::from(self.0.timestamp_subsec_nanos());
        let sign = if nanos < 0 { "-" } else { "" };
        let (whole, part) = (nanos.abs() / 1_000_000_000, nanos.abs() % 1_000_000_000);
        match part {
            0 => write!(f, "{sign}{whole}"),
            part => {
                let part = format!("{part:09}");
                write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seconds_since_1970() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", "0"),
            ("2026-11-29T10:00:00Z", "1795946400"),
            (
                "2026-11-29 10:00:00.000000001-00:30",
                "1795948200.000000001",
            ),
            ("1969-12-31T23:59:58.5Z", "-1.5"),
        ] {
            let moment: Moment = text.parse().expect(text);
            assert_eq!(moment.to_string(), seconds, "{text}");
        }
        let latest: Moment = "9999-12-31T23:59:59Z".parse().expect("a moment");
        assert_eq!(
            latest.after(SimTime::MAX).to_string(),
            "271849044872.709551615"
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "now",
            "2026-11-29",
            "2026-11-29T10:00:00",
            "1795946400",
            "2026-02-30T10:00:00Z",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
