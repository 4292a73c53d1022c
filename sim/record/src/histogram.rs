//! Histograms as the record keeps them.

use hdrhistogram::Histogram;
use throng_workloads::time::SimSpan;

/// A histogram of microseconds, or of counts, with three significant digits.
pub fn histogram() -> Histogram<u64> {
    // Three digits are within what the constructor accepts.
    let mut histogram =
        Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap_or_else(|_| unreachable!());
    histogram.auto(true);
    histogram
}

/// Enters a span so that the histogram, which says the upper end of a bucket, says no more than that.
pub(crate) fn enter_at_most(histogram: &mut Histogram<u64>, span: SimSpan) {
    let micros = micros(span);
    let least = match histogram.highest_equivalent(micros) > micros {
        // Only beyond two thousand do values share a bucket.
        true => histogram.lowest_equivalent(micros) - 1,
        false => micros,
    };
    record(histogram, least);
}

/// Enters a span.
pub(crate) fn enter(histogram: &mut Histogram<u64>, span: SimSpan) {
    record(histogram, micros(span));
}

/// A span as histograms have it.
pub(crate) fn micros(span: SimSpan) -> u64 {
    span.as_nanos() / 1_000
}

/// Enters a value.
pub(crate) fn record(histogram: &mut Histogram<u64>, value: u64) {
    // Recording resizes; saturating alone would not.
    if histogram.record(value).is_err() {
        histogram.saturating_record(value);
    }
}
