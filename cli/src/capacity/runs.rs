//! What all runs say together: where what holds is not all below what does not, and what was used at the ends.

use std::collections::{BTreeMap, BTreeSet};
use throng_experiments::capacity::End;
use throng_reports::capacity::model::Exception;
use throng_reports::capacity::{Sample, Use, sample};

/// Replicas in which a value does not hold below one that does.
pub(super) fn exceptions(samples: &[Sample]) -> Vec<Exception> {
    let own = || samples.iter().filter(|sample| sample.variant == 0);
    let runs: BTreeSet<u32> = own().map(|sample| sample.run).collect();
    let of = |run: u32| {
        let values = |holds: bool| {
            own()
                .filter(move |sample| sample.run == run && sample.holds == holds)
                .map(|sample| sample.value)
        };
        let fails = values(false).fold(f64::INFINITY, f64::min);
        let holds = values(true).fold(0.0, f64::max);
        (fails < holds).then_some(Exception { run, fails, holds })
    };
    runs.into_iter().filter_map(of).collect()
}

/// What the replicas used at the largest value that was found to hold.
pub(super) fn uses(samples: &[Sample], ends: &[End]) -> Vec<Use> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (run, end) in (0..).zip(ends) {
        let End::Crossing { holds, .. } = *end else {
            continue;
        };
        let there = samples
            .iter()
            .find(|sample| (sample.variant, sample.run) == (0, run) && sample.value == holds);
        for (name, value) in there.into_iter().flat_map(|sample| &sample.uses) {
            values.entry(name).or_default().push(*value);
        }
    }
    let used = values.into_iter().map(|(name, values)| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        sample::used(name, mean)
    });
    used.collect()
}
