//! Latencies on their way into the intervals of a run.

use crate::data::Latencies;
use crate::intervals::LatencyInterval;
use throng_workloads::time::SimTime;

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
    use hdrhistogram::Histogram;

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
}
