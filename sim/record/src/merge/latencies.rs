//! Histograms, added up bucket by bucket: of all shards together, sample by sample and of the whole.

use super::grid::Grid;
use super::part::Part;
use crate::data::Latencies;
use crate::histogram::{histogram, micros, record};
use crate::intervals::LatencyInterval;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_workloads::time::SimSpan;

/// What is of no use of shards by themselves, as each knows the last of its own clients alone: it is made anew.
const LASTS: [&str; 2] = ["message-last", "converge-last"];

/// Latencies by sample, as they are added up.
pub(super) struct Sums {
    by_sample: BTreeMap<(usize, &'static str), Histogram<u64>>,
}

impl Sums {
    /// All that shards know by themselves.
    pub(super) fn of(parts: &[Part], grid: &Grid) -> Self {
        let mut sums = Self {
            by_sample: BTreeMap::new(),
        };
        let intervals = parts.iter().flat_map(|part| &part.record.latency_intervals);
        for interval in intervals.filter(|interval| !LASTS.contains(&interval.name)) {
            // Files round where one begins and ends.
            let middle = interval.end.since(interval.begin).as_nanos().div_ceil(2);
            let place = grid.place(interval.begin + SimSpan::from_nanos(middle));
            add(sums.at(place, interval.name), &interval.histogram());
        }
        sums
    }

    /// One more, in this sample.
    pub(super) fn enter(&mut self, place: usize, name: &'static str, span: SimSpan) {
        record(self.at(place, name), micros(span));
    }

    fn at(&mut self, place: usize, name: &'static str) -> &mut Histogram<u64> {
        self.by_sample
            .entry((place, name))
            .or_insert_with(histogram)
    }

    /// The intervals in order, and the latencies of the whole.
    pub(super) fn finish(self, grid: &Grid) -> (Vec<LatencyInterval>, Latencies) {
        let mut whole = Latencies::default();
        let mut by_place: BTreeMap<(usize, usize), (&'static str, Histogram<u64>)> =
            BTreeMap::new();
        for (order, (name, sum)) in whole.each_mut().into_iter().enumerate() {
            for ((place, _), of_sample) in self.by_sample.iter().filter(|((_, of), _)| *of == name)
            {
                add(sum, of_sample);
                by_place.insert((*place, order), (name, of_sample.clone()));
            }
        }
        let intervals = by_place
            .into_iter()
            .filter_map(|((place, _), (name, of_sample))| {
                let (begin, end) = grid.span(place);
                LatencyInterval::new(name, begin, end, &of_sample)
            });
        (intervals.collect(), whole)
    }
}

/// Adds all counts of a histogram to those of another, which grows where it has to.
pub(super) fn add(to: &mut Histogram<u64>, more: &Histogram<u64>) {
    let added = to.add(more);
    debug_assert!(added.is_ok(), "{added:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However values are shared out, what is merged is the histogram of all of them: the same percentiles, number, least and most.
        #[test]
        fn nothing_is_lost(shards in prop::collection::vec(prop::collection::vec(0_u64..10_000_000_000_000, 0..200), 1..6)) {
            let mut all = histogram();
            let mut merged = histogram();
            for values in &shards {
                let mut own = histogram();
                for value in values {
                    record(&mut own, *value);
                    record(&mut all, *value);
                }
                add(&mut merged, &own);
            }
            prop_assert_eq!((merged.len(), merged.min(), merged.max()), (all.len(), all.min(), all.max()));
            for per_mille in 0..=1_000 {
                let quantile = f64::from(per_mille) / 1e3;
                prop_assert_eq!(merged.value_at_quantile(quantile), all.value_at_quantile(quantile));
            }
            prop_assert_eq!(merged, all);
        }
    }
}
