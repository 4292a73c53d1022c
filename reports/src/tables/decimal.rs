//! Times as decimals, made from integer nanoseconds without a floating-point number in between.

use throng_workloads::time::{SimSpan, SimTime};

/// Seconds with nine decimals: exact.
pub(super) fn seconds(time: SimTime) -> String {
    let nanos = time.as_nanos();
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// Milliseconds with six decimals: exact.
pub(super) fn millis(span: SimSpan) -> String {
    let nanos = span.as_nanos();
    format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000)
}

/// The nanoseconds of a decimal with exactly so many digits behind its point, as these functions write it.
pub(super) fn nanos(text: &str, digits: usize) -> Result<u64, String> {
    let read = || {
        let (whole, part) = text.split_once('.')?;
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if part.len() != digits || !plain(whole) || !plain(part) {
            return None;
        }
        let unit = 10_u64.pow(digits as u32);
        let whole: u64 = whole.parse().ok()?;
        whole.checked_mul(unit)?.checked_add(part.parse().ok()?)
    };
    read().ok_or_else(|| match text {
        "" => "a time is missing".to_owned(),
        text => format!("{text:?} is no time; expected a number with {digits} decimals"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nanosecond_survives() {
        assert_eq!(seconds(SimTime::from_nanos(1)), "0.000000001");
        assert_eq!(seconds(SimTime::MAX), "18446744073.709551615");
        assert_eq!(millis(SimSpan::from_nanos(1_000_001)), "1.000001");
        for time in [SimTime::ZERO, SimTime::from_nanos(1), SimTime::MAX] {
            assert_eq!(nanos(&seconds(time), 9), Ok(time.as_nanos()));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            ".",
            "1",
            "1.5",
            "-1.000000000",
            "1.00000000x",
            "18446744073.709551616",
        ] {
            assert!(nanos(text, 9).is_err(), "{text}");
        }
    }
}
