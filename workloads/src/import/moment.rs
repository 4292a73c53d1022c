//! Instants of the calendar, as exports and people write them.

use chrono::{DateTime, NaiveDate};
use std::str::FromStr;

/// An instant of the calendar, in nanoseconds since 1970 (UTC). It reaches from 1677 to 2262.
///
/// Written as RFC 3339 has it, as a date (its first instant in UTC), or as seconds since 1970, which may have a fraction.
///
/// ```
/// use throng_workloads::import::Moment;
/// let moment: Moment = "2026-11-29T11:00:00.25+01:00".parse()?;
/// assert_eq!(moment, "1795946400.25".parse()?);
/// assert!("2026-11-29".parse::<Moment>()? < moment);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

/// Digits of a second that count; what is finer is left out.
const DIGITS: usize = 9;

impl Moment {
    /// So many milliseconds after 1970; none where that is out of reach.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1_000_000).map(Self)
    }

    /// Seconds since 1970, such as `1795946400.25`; none where the text is something else.
    pub fn from_seconds(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) {
            return None;
        }
        let part = format!("{part:0<DIGITS$}");
        let nanos: i64 = part.get(..DIGITS)?.parse().ok()?;
        let whole: i64 = whole.parse().ok()?;
        let nanos = whole.checked_mul(1_000_000_000)?.checked_add(nanos)?;
        Some(Self(sign * nanos))
    }

    /// RFC 3339 or seconds; none where the text is neither.
    pub(super) fn read(text: &str) -> Option<Self> {
        Self::from_seconds(text).or_else(|| {
            let read = DateTime::parse_from_rfc3339(text).ok()?;
            read.timestamp_nanos_opt().map(Self)
        })
    }

    /// How many nanoseconds lie between the two.
    pub(super) const fn apart(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let date = || {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
            midnight.timestamp_nanos_opt().map(Self)
        };
        Self::read(text).or_else(date).ok_or_else(|| {
            "expected a date, such as 2026-11-29, a time as in RFC 3339, such as 2026-11-29T10:00:00Z, or seconds since 1970"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact_to_the_nanosecond() {
        let nanos = |text| Moment::from_seconds(text).map(|moment| moment.0);
        assert_eq!(nanos("1609459200.000200"), Some(1_609_459_200_000_200_000));
        assert_eq!(nanos("-0.5"), Some(-500_000_000));
        assert_eq!(nanos("7"), Some(7_000_000_000));
        assert_eq!(nanos("0.1234567891"), Some(123_456_789));
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1e9",
            "+1",
            "--1",
            "1.-1",
            "9223372037",
            "99999999999999999999",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
