//! Latencies by the sample of the run in which they were recorded.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_kept_small() {
        let mut join = Histogram::new(3).expect("three digits");
        for micros in 0..1_000 {
            join.record(1_000 * micros).expect("it grows");
        }
        let end = SimTime::from_nanos(1_000_000_000);
        let kept = LatencyInterval::new("join", SimTime::ZERO, end, &join);
        let bytes = kept.expect("something was recorded").encoded.len();
        assert!(bytes < 3_000, "{bytes}");
    }
}
