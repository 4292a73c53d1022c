//! Latencies by the sample of the run in which they were recorded.

use super::data::Latencies;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use throng_workloads::time::SimTime;

/// One latency in one interval of virtual time. Those of all intervals add up to the histogram of the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencyInterval {
    /// Which one: a name of [`Latencies::each`](super::Latencies::each).
    pub name: &'static str,
    /// Where the interval begins.
    pub begin: SimTime,
    /// Where it ends.
    pub end: SimTime,
    /// The histogram as HdrHistogram encodes it (V2): a few bytes a bucket instead of eight for each that could be.
    encoded: Vec<u8>,
}

impl LatencyInterval {
    /// What was recorded in an interval; `None` where nothing was (or where a count is beyond 2⁶³, which the
    /// encoding does not hold and no run reaches).
    pub fn new(
        name: &'static str,
        begin: SimTime,
        end: SimTime,
        histogram: &Histogram<u64>,
    ) -> Option<Self> {
        if histogram.is_empty() {
            return None;
        }
        let mut encoded = Vec::new();
        V2Serializer::new()
            .serialize(histogram, &mut encoded)
            .ok()?;
        encoded.shrink_to_fit();
        Some(Self {
            name,
            begin,
            end,
            encoded,
        })
    }

    /// The histogram.
    pub fn histogram(&self) -> Histogram<u64> {
        // What was encoded here can be decoded.
        Deserializer::new()
            .deserialize(&mut self.encoded.as_slice())
            .unwrap_or_else(|_| unreachable!())
    }
}

/// The intervals that are over, and all of them together.
#[derive(Debug, Default)]
pub(crate) struct Intervals {
    ended: Vec<LatencyInterval>,
    whole: Latencies,
}

impl Intervals {
    /// An interval is over: keep what was recorded in it, and leave `latencies` empty for the next.
    pub(crate) fn end(&mut self, begin: SimTime, end: SimTime, latencies: &mut Latencies) {
        let all = self.whole.each_mut().into_iter().zip(latencies.each_mut());
        for ((name, whole), (_, histogram)) in all {
            if histogram.is_empty() {
                continue;
            }
            self.ended
                .extend(LatencyInterval::new(name, begin, end, histogram));
            // It resizes where it has to, so everything has a place.
            let added = whole.add(&*histogram);
            debug_assert!(added.is_ok(), "{added:?}");
            histogram.reset();
        }
    }

    /// The latencies of all intervals that are over.
    pub(crate) const fn so_far(&self) -> &Latencies {
        &self.whole
    }

    /// The intervals in order, and the latencies of the whole run.
    pub(crate) fn finish(self) -> (Vec<LatencyInterval>, Latencies) {
        (self.ended, self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn intervals_add_up_to_the_whole_run() {
        let mut intervals = Intervals::default();
        let mut latencies = Latencies::default();
        let mut together = Latencies::default();
        for second in 0..50_u64 {
            if second % 7 != 3 {
                for micros in (1..200).map(|n| n * n * (second + 1) * 40) {
                    for one in [&mut latencies, &mut together] {
                        one.message.record(micros).expect("it grows");
                        one.attempts.record(1 + micros % 5).expect("it grows");
                    }
                }
            }
            intervals.end(at(second), at(second + 1), &mut latencies);
        }
        let (ended, whole) = intervals.finish();
        assert_eq!(ended.len(), 2 * 43, "none for what did not happen");
        for ((name, whole), (_, wanted)) in whole.each().zip(together.each()) {
            assert_eq!(whole, wanted, "{name}");
            let mut sum = Histogram::<u64>::new_from(wanted);
            for interval in ended.iter().filter(|interval| interval.name == name) {
                sum.add(interval.histogram()).expect("it grows");
            }
            assert_eq!(&sum, wanted, "{name}");
            assert_eq!((sum.max(), sum.min()), (wanted.max(), wanted.min()));
        }
    }

    #[test]
    fn an_interval_is_kept_small() {
        let mut latencies = Latencies::default();
        for micros in 0..1_000 {
            latencies.join.record(1_000 * micros).expect("it grows");
        }
        let kept = LatencyInterval::new("join", at(0), at(1), &latencies.join);
        let bytes = kept.expect("something was recorded").encoded.len();
        assert!(bytes < 3_000, "{bytes}");
    }
}
