//! How long deliveries took, counted in the buckets of HdrHistogram.

use hdrhistogram::Histogram;
use throng_workloads::time::SimSpan;

/// Three significant digits: values below 2,048 have a bucket each, and each doubling from there on has
/// 1,024 (the layout of HdrHistogram for `lowest discernible value` 1).
const HALF_BITS: u32 = 10;
const HALF: usize = 1 << HALF_BITS;

/// Nanoseconds below which [`quick_bucket`] is exact: 13 days.
const QUICK: u64 = 1 << 50;
/// The bucket of those from which on it may not be.
pub(super) const QUICK_BUCKETS: usize = bucket(QUICK / 1_000);

/// The bucket of a delay in nanoseconds, read off the exponent and the first ten digits of a floating-point
/// number: half the instructions. Exact below [`QUICK`]; what is not below gets some number from
/// [`QUICK_BUCKETS`] on.
#[inline(always)]
pub(super) fn quick_bucket(nanos: u64) -> usize {
    if nanos < 1_024_000 {
        return (nanos / 1_000) as usize;
    }
    // Half a nanosecond up, so that no rounding (by less than 2^-52 of 2^40 µs) takes a whole number of
    // microseconds for less.
    let micros = (nanos as i64 as f64 + 0.5) * 1e-3;
    let exponent_of_first = (1_023 + 9) << HALF_BITS;
    (micros.to_bits() >> (52 - HALF_BITS)) as usize - exponent_of_first
}

/// The bucket of a value, as HdrHistogram numbers its counters.
pub(super) const fn bucket(micros: u64) -> usize {
    let doubling = u64::BITS - HALF_BITS - 1 - (micros | (2 * HALF as u64 - 1)).leading_zeros();
    ((doubling as usize) << HALF_BITS) + (micros >> doubling) as usize
}

/// The least value of a bucket, and how many values it holds.
const fn bounds(bucket: usize) -> (u64, u64) {
    if bucket < 2 * HALF {
        return (bucket as u64, 1);
    }
    let doubling = (bucket >> HALF_BITS) - 1;
    let within = (bucket & (HALF - 1)) + HALF;
    ((within as u64) << doubling, 1 << doubling)
}

/// Enters a value so many times, in a histogram that may resize or not.
pub(super) fn enter(histogram: &mut Histogram<u64>, micros: u64, count: u64) {
    // `saturating_record_n` alone never resizes.
    if histogram.record_n(micros, count).is_err() {
        histogram.saturating_record_n(micros, count);
    }
}

/// How long a number of deliveries took.
///
/// Counts are exact; values are kept as HdrHistogram keeps microseconds with three significant digits, and
/// the largest exactly. Adding up the delays of several audiences (of one commit at several
/// providers, or of many commits) is exact too.
///
/// ```
/// use throng_audience::Delays;
/// use throng_workloads::time::SimSpan;
///
/// let mut delays = Delays::default();
/// for millis in 1..=100 {
///     delays.record(SimSpan::from_millis(millis));
/// }
/// assert_eq!(delays.max(), Some(SimSpan::from_millis(100)));
/// let p99 = delays.percentile(99).expect("some were recorded");
/// assert!((p99.as_millis_f64() - 99.0).abs() < 0.1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delays {
    /// By bucket; those above the last that was met may be missing.
    counts: Vec<u64>,
    count: u64,
    max: SimSpan,
}

impl Delays {
    /// Counts by [`bucket`], and the longest of what they count.
    pub(super) fn from_buckets(counts: &[u32], max: SimSpan) -> Self {
        let used = counts
            .iter()
            .rposition(|n| *n > 0)
            .map_or(0, |last| last + 1);
        let counts: Vec<u64> = counts[..used].iter().map(|n| u64::from(*n)).collect();
        Self {
            count: counts.iter().sum(),
            counts,
            max,
        }
    }

    /// Counts one.
    pub fn record(&mut self, delay: SimSpan) {
        let bucket = bucket(delay.as_nanos() / 1_000);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.count += 1;
        self.max = self.max.max(delay);
    }

    /// How many there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The longest, exactly; `None` where there is none.
    pub fn max(&self) -> Option<SimSpan> {
        (self.count > 0).then_some(self.max)
    }

    /// The nearest-rank percentile; `None` where there are no delays.
    ///
    /// It is the upper end of the bucket in which the exact one is: never below it, and above it by
    /// less than 1 µs + 0.1 %. Never above the longest.
    pub fn percentile(&self, percent: u32) -> Option<SimSpan> {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100);
        let rank = rank.max(1);
        let mut passed = 0;
        let found = self.counts.iter().position(|count| {
            passed += u128::from(*count);
            passed >= rank
        })?;
        let (least, values) = bounds(found);
        let end = (least + values).saturating_mul(1_000) - 1;
        Some(SimSpan::from_nanos(end).min(self.max))
    }

    /// Adds all to a histogram of microseconds with three significant digits, as if each had been recorded
    /// there. One that may not resize takes what is beyond its bound as its largest value.
    pub fn add_to(&self, histogram: &mut Histogram<u64>) {
        for (bucket, count) in self.counts.iter().enumerate() {
            if *count > 0 {
                enter(histogram, bounds(bucket).0, *count);
            }
        }
    }

    /// Adds those of another audience or event.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }
}

/// The nearest-rank percentile of sorted values; `None` where there are none.
pub fn percentile(sorted: &[SimSpan], percent: usize) -> Option<SimSpan> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn histogram() -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("sound");
        histogram.auto(true);
        histogram
    }

    fn nanos() -> impl Strategy<Value = u64> {
        // All magnitudes alike, far beyond the bounds that histograms begin with.
        (0u32..64, any::<u64>()).prop_map(|(bits, value)| value >> bits)
    }

    proptest! {
        #[test]
        fn buckets_are_those_of_hdrhistogram(values in prop::collection::vec(nanos(), 0..300)) {
            let mut delays = Delays::default();
            let (mut one_by_one, mut merged) = (histogram(), histogram());
            for value in &values {
                delays.record(SimSpan::from_nanos(*value));
                one_by_one.record(value / 1_000).expect("it resizes");
            }
            delays.add_to(&mut merged);
            prop_assert!(merged == one_by_one);
            prop_assert_eq!((merged.max(), merged.min()), (one_by_one.max(), one_by_one.min()));
            for (bucket, count) in delays.counts.iter().enumerate() {
                let (least, width) = bounds(bucket);
                prop_assert_eq!(one_by_one.count_at(least), *count);
                prop_assert_eq!(one_by_one.highest_equivalent(least), least + (width - 1));
            }
        }

        #[test]
        fn the_quick_bucket_is_the_bucket(nanos in nanos(), micros in nanos(), off in 0u64..3) {
            // Anywhere, and next to whole microseconds.
            for nanos in [nanos, (micros >> 10).saturating_mul(1_000).saturating_add(off).saturating_sub(1)] {
                if nanos < QUICK {
                    prop_assert_eq!(quick_bucket(nanos), bucket(nanos / 1_000));
                } else {
                    prop_assert!(quick_bucket(nanos) >= QUICK_BUCKETS);
                }
            }
        }

        #[test]
        fn percentiles_are_nearest_rank_within_a_thousandth(
            mut values in prop::collection::vec(nanos().prop_map(|n| n >> 8), 1..300),
            percent in 0u32..=100,
        ) {
            let mut delays = Delays::default();
            values.iter().for_each(|value| delays.record(SimSpan::from_nanos(*value)));
            values.sort_unstable();
            let sorted: Vec<SimSpan> = values.into_iter().map(SimSpan::from_nanos).collect();
            let exact = percentile(&sorted, percent as usize).expect("some").as_nanos();
            let got = delays.percentile(percent).expect("some").as_nanos();
            prop_assert!(got >= exact && got - exact < 1_000 + exact / 1_000, "{got} for {exact}");
            prop_assert_eq!(delays.max(), sorted.last().copied());
        }

        #[test]
        fn parts_add_up(values in prop::collection::vec((any::<bool>(), nanos()), 0..100)) {
            let mut all = Delays::default();
            let mut parts = [Delays::default(), Delays::default()];
            for (part, value) in values {
                all.record(SimSpan::from_nanos(value));
                parts[usize::from(part)].record(SimSpan::from_nanos(value));
            }
            let [mut first, second] = parts;
            first.merge(&second);
            prop_assert_eq!(first, all);
        }
    }

    #[test]
    fn nothing_has_no_percentiles() {
        assert_eq!(Delays::default().percentile(50), None);
        assert_eq!(Delays::default().max(), None);
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let spans: Vec<SimSpan> = (1..=10).map(SimSpan::from_millis).collect();
        assert_eq!(percentile(&spans, 50), Some(SimSpan::from_millis(5)));
        assert_eq!(percentile(&spans, 99), Some(SimSpan::from_millis(10)));
        assert_eq!(percentile(&[], 50), None);
    }
}
