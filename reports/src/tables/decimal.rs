//! Times as decimals, made from integer nanoseconds without a floating-point number in between.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nanosecond_survives() {
        assert_eq!(seconds(SimTime::from_nanos(1)), "0.000000001");
        assert_eq!(seconds(SimTime::MAX), "18446744073.709551615");
        assert_eq!(millis(SimSpan::from_nanos(1_000_001)), "1.000001");
        assert_eq!(millis_or_empty(None), "");
    }
}
