//! Samples joined into buckets: a long run has more of them than the eye can tell apart, and counts of
//! short intervals jump up and down.

use throng_record::SeriesPoint;
use throng_workloads::time::SimSpan;

/// A plot has no more buckets than this.
const MOST: usize = 96;

/// Neighbouring samples added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Bucket {
    /// The middle of its time, in seconds.
    pub(super) middle: f64,
    /// Its length in seconds; never 0.
    pub(super) seconds: f64,
    pub(super) churn: u64,
    pub(super) commits: u64,
    pub(super) attempts: u64,
    pub(super) bytes: u64,
    pub(super) busy: SimSpan,
}

/// The samples in buckets of equally many. Samples without length are left out.
pub(super) fn buckets(series: &[SeriesPoint]) -> Vec<Bucket> {
    in_groups_of(series, series.len().div_ceil(MOST).max(1))
}

/// The samples one by one, without those that have no length.
pub(super) fn samples(series: &[SeriesPoint]) -> Vec<Bucket> {
    in_groups_of(series, 1)
}

fn in_groups_of(series: &[SeriesPoint], many: usize) -> Vec<Bucket> {
    let mut begin = 0.0;
    let mut buckets = Vec::new();
    for group in series.chunks(many) {
        let end = group[group.len() - 1].time.as_secs_f64();
        let mut bucket = Bucket {
            middle: f64::midpoint(begin, end),
            seconds: end - begin,
            ..Bucket::default()
        };
        for point in group {
            bucket.churn = bucket.churn.saturating_add(point.churn);
            bucket.commits = bucket.commits.saturating_add(point.commits);
            bucket.attempts = bucket.attempts.saturating_add(point.attempts);
            bucket.bytes = bucket.bytes.saturating_add(point.bytes);
            bucket.busy += point.provider_busy;
        }
        if bucket.seconds > 0.0 {
            buckets.push(bucket);
        }
        begin = end;
    }
    join_short_end(&mut buckets);
    buckets
}

/// A run ends where its last message arrives, so the last sample can be short, and what is divided by its length says little: it
/// is joined with the one before.
fn join_short_end(buckets: &mut Vec<Bucket>) {
    let [.., before, last] = buckets.as_mut_slice() else {
        return;
    };
    if last.seconds >= before.seconds / 2.0 {
        return;
    }
    let begin = before.middle - before.seconds / 2.0;
    before.seconds += last.seconds;
    before.middle = begin + before.seconds / 2.0;
    before.churn = before.churn.saturating_add(last.churn);
    before.commits = before.commits.saturating_add(last.commits);
    before.attempts = before.attempts.saturating_add(last.attempts);
    before.bytes = before.bytes.saturating_add(last.bytes);
    before.busy += last.busy;
    buckets.pop();
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::time::SimTime;

    #[test]
    fn a_short_end_makes_no_peak() {
        let point = |millis: u64, bytes| SeriesPoint {
            time: SimTime::from_nanos(millis * 1_000_000),
            bytes,
            ..SeriesPoint::default()
        };
        let joined = samples(&[point(10_000, 100), point(20_000, 100), point(20_500, 90)]);
        let rates: Vec<f64> = joined
            .iter()
            .map(|part| part.bytes as f64 / part.seconds)
            .collect();
        assert_eq!(rates, [10.0, 190.0 / 10.5]);
        assert_eq!(joined[1].middle, 15.25);
    }

    #[test]
    fn nothing_is_lost_between_buckets() {
        let series: Vec<SeriesPoint> = (1..=1_000_u64)
            .map(|second| SeriesPoint {
                time: SimTime::from_nanos(second * 1_000_000_000),
                commits: second,
                ..SeriesPoint::default()
            })
            .collect();
        let joined = buckets(&series);
        assert!(joined.len() <= MOST);
        assert_eq!(
            joined.iter().map(|bucket| bucket.commits).sum::<u64>(),
            500_500
        );
        assert_eq!(
            joined.iter().map(|bucket| bucket.seconds).sum::<f64>(),
            1_000.0
        );
        assert_eq!(samples(&series).len(), 1_000);
        assert!(
            buckets(&[SeriesPoint::default()]).is_empty(),
            "no time passed"
        );
    }
}
