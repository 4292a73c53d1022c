//! Times as decimals, made from integer nanoseconds without a floating-point number in between.

use serde::{Deserialize, Deserializer, de::Error};
use throng_workloads::time::{SimSpan, SimTime};

/// Seconds with nine decimals: exact.
pub(crate) fn seconds(time: SimTime) -> String {
    let nanos = time.as_nanos();
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Seconds of a span with nine decimals: exact.
pub(crate) fn span_seconds(span: SimSpan) -> String {
    seconds(SimTime::ZERO + span)
}

/// Milliseconds with six decimals: exact.
pub(crate) fn millis(span: SimSpan) -> String {
    let nanos = span.as_nanos();
    format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000)
}

/// Milliseconds, or nothing where there is none.
pub(crate) fn millis_or_empty(span: Option<SimSpan>) -> String {
    span.map(millis).unwrap_or_default()
}

/// The nanoseconds of a decimal with exactly so many digits behind its point.
fn nanos(text: &str, digits: usize) -> Option<u64> {
    let (whole, part) = text.split_once('.')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != digits || !plain(whole) || !plain(part) {
        return None;
    }
    let unit = 10_u64.pow(digits as u32);
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(unit)?.checked_add(part.parse().ok()?)
}

fn read<'de, D: Deserializer<'de>>(from: D, digits: usize) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    let found = nanos(&text, digits).ok_or_else(|| {
        D::Error::custom(format!(
            "{text:?} is no time; expected a number with {digits} decimals"
        ))
    });
    found.map(Some)
}

fn required<E: Error>(nanos: Option<u64>) -> Result<u64, E> {
    nanos.ok_or_else(|| E::custom("a time is missing"))
}

/// Reads what [`seconds`] writes.
pub(super) fn read_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<SimTime, D::Error> {
    required(read(from, 9)?).map(SimTime::from_nanos)
}

/// Reads what [`seconds`] writes, or nothing.
pub(super) fn read_seconds_or_empty<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SimTime>, D::Error> {
    Ok(read(from, 9)?.map(SimTime::from_nanos))
}

/// Reads what [`span_seconds`] writes.
pub(super) fn read_span_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<SimSpan, D::Error> {
    required(read(from, 9)?).map(SimSpan::from_nanos)
}

/// Reads what [`millis`] writes.
pub(super) fn read_millis<'de, D: Deserializer<'de>>(from: D) -> Result<SimSpan, D::Error> {
    required(read(from, 6)?).map(SimSpan::from_nanos)
}

/// Reads what [`millis_or_empty`] writes.
pub(super) fn read_millis_or_empty<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SimSpan>, D::Error> {
    Ok(read(from, 6)?.map(SimSpan::from_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nanosecond_survives() {
        assert_eq!(seconds(SimTime::from_nanos(1)), "0.000000001");
        assert_eq!(seconds(SimTime::MAX), "18446744073.709551615");
        assert_eq!(millis(SimSpan::from_nanos(1_000_001)), "1.000001");
        assert_eq!(millis_or_empty(None), "");
        for time in [SimTime::ZERO, SimTime::from_nanos(1), SimTime::MAX] {
            assert_eq!(nanos(&seconds(time), 9), Some(time.as_nanos()));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            ".",
            "1",
            "1.5",
            "-1.000000000",
            "1.00000000x",
            "18446744073.709551616",
        ] {
            assert_eq!(nanos(text, 9), None, "{text}");
        }
    }
}
