//! Latencies by the sample of the run in which they were recorded.

use crate::histogram::{histogram, record};
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
    values: Values,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    /// So few that they are kept as they are, ascending.
    Few(Box<[u64]>),
    /// The histogram as HdrHistogram encodes it (V2): a few bytes a bucket instead of eight for each that could be.
    Many(Vec<u8>),
}

/// More take more than their histogram does, encoded.
const FEW: usize = 256;

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
            values: Values::Many(encoded),
        })
    }

    /// The same of these values.
    pub(crate) fn of_values(
        name: &'static str,
        begin: SimTime,
        end: SimTime,
        values: &mut [u64],
    ) -> Option<Self> {
        if values.is_empty() || values.len() > FEW {
            return Self::new(name, begin, end, &of_values(values));
        }
        values.sort_unstable();
        Some(Self {
            name,
            begin,
            end,
            values: Values::Few((&*values).into()),
        })
    }

    /// The histogram.
    pub fn histogram(&self) -> Histogram<u64> {
        match &self.values {
            Values::Few(values) => of_values(values),
            // What was encoded here can be decoded.
            Values::Many(encoded) => Deserializer::new()
                .deserialize(&mut encoded.as_slice())
                .unwrap_or_else(|_| unreachable!()),
        }
    }
}

fn of_values(values: &[u64]) -> Histogram<u64> {
    let mut all = histogram();
    for value in values {
        record(&mut all, *value);
    }
    all
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
        let Values::Many(encoded) = kept.expect("something was recorded").values else {
            panic!("a thousand are not few");
        };
        assert!(encoded.len() < 3_000, "{}", encoded.len());
    }

    #[test]
    fn few_values_and_their_histogram_are_the_same() {
        let end = SimTime::from_nanos(1_000_000_000);
        for count in [1, 5, FEW, FEW + 1, 2 * FEW] {
            let values = (0..count as u64).map(|n| (n * 7_919 + 3) % 10_007 * n);
            let mut values: Vec<u64> = values.collect();
            let all = of_values(&values);
            let wanted = LatencyInterval::new("join", SimTime::ZERO, end, &all).unwrap();
            let found =
                LatencyInterval::of_values("join", SimTime::ZERO, end, &mut values).unwrap();
            assert_eq!(found.histogram(), wanted.histogram(), "{count}");
        }
        assert_eq!(
            LatencyInterval::of_values("join", SimTime::ZERO, end, &mut []),
            None
        );
    }
}
