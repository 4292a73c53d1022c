//! Latencies on their way into the intervals of a run.

use crate::data::Latencies;
use crate::histogram::{histogram, micros, record};
use crate::intervals::LatencyInterval;
use hdrhistogram::Histogram;
use throng_audience::Delays;
use throng_workloads::time::{SimSpan, SimTime};

/// The intervals that are over, and all of them together.
#[derive(Debug, Default, Clone)]
pub(crate) struct Intervals {
    ended: Vec<LatencyInterval>,
    whole: Latencies,
}

/// One latency in the interval at hand. Most record little in most intervals: emptying a histogram of twenty thousand
/// counts, and adding it to another, would take longer than all the rest of a run.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sample {
    /// As they came, while they are few.
    values: Vec<u64>,
    /// When they are many; empty, or not there yet, while they are few.
    histogram: Option<Box<Histogram<u64>>>,
}

/// So many values are kept as they are.
const FEW: usize = 1024;

impl Sample {
    /// Enters a span.
    pub(crate) fn enter(&mut self, span: SimSpan) {
        self.record(micros(span));
    }

    /// Enters a value.
    pub(crate) fn record(&mut self, value: u64) {
        if self.many().is_some() || self.values.len() == FEW {
            return record(self.histogram(), value);
        }
        self.values.push(value);
    }

    /// Enters what bulk deliveries took.
    pub(crate) fn add(&mut self, delays: &Delays) {
        if delays.count() > 0 {
            delays.add_to(self.histogram());
        }
    }

    /// The histogram, where values are many.
    fn many(&mut self) -> Option<&mut Histogram<u64>> {
        let all = self.histogram.as_deref_mut();
        all.filter(|all| !all.is_empty())
    }

    /// All that was entered, as a histogram; whoever asks for it enters more.
    fn histogram(&mut self) -> &mut Histogram<u64> {
        let all = self.histogram.get_or_insert_with(|| Box::new(histogram()));
        for value in self.values.drain(..) {
            record(all, value);
        }
        all
    }
}

impl Intervals {
    /// An interval is over: keep what was recorded in it, and leave `sample` empty for the next.
    pub(crate) fn end(&mut self, begin: SimTime, end: SimTime, sample: &mut Latencies<Sample>) {
        let all = self.whole.each_mut().into_iter().zip(sample.each_mut());
        for ((name, whole), (_, sample)) in all {
            let interval = if let Some(histogram) = sample.many() {
                let interval = LatencyInterval::new(name, begin, end, histogram);
                // It resizes where it has to, so everything has a place.
                let added = whole.add(&*histogram);
                debug_assert!(added.is_ok(), "{added:?}");
                histogram.reset();
                interval
            } else if sample.values.is_empty() {
                None
            } else {
                for value in &sample.values {
                    record(whole, *value);
                }
                let interval = LatencyInterval::of_values(name, begin, end, &mut sample.values);
                sample.values.clear();
                interval
            };
            self.ended.extend(interval);
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

    /// Few values in most seconds, many in others.
    fn per_second(second: u64) -> u64 {
        if second % 5 == 1 { 3 * FEW as u64 } else { 200 }
    }

    #[test]
    fn intervals_add_up_to_the_whole_run() {
        let mut intervals = Intervals::default();
        let mut latencies = Latencies::made(Sample::default);
        let mut together = Latencies::default();
        for second in 0..50_u64 {
            if second % 7 != 3 {
                for micros in (1..per_second(second)).map(|n| n * n * (second + 1) * 40) {
                    latencies.message.record(micros);
                    latencies.attempts.record(1 + micros % 5);
                    together.message.record(micros).expect("it grows");
                    together.attempts.record(1 + micros % 5).expect("it grows");
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
