//! What a load came to.

use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use throng_record::Record;
use throng_record::histogram::histogram;
use throng_workloads::time::SimSpan;

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What happened, as of a simulated run.
    pub record: Record,
    /// How the generator itself fared.
    pub generator: Generator,
}

/// How the generator itself fared.
#[derive(Debug, Clone)]
pub struct Generator {
    /// Whether it took up wishes in time. Where it did not, it was the limit, and the record is about it.
    pub kept_up: bool,
    /// How late it took up wishes, in microseconds.
    pub lateness: Histogram<u64>,
    /// Requests that clients sent again.
    pub repeated: u64,
    /// What went wrong between clients and providers, how often.
    pub errors: BTreeMap<String, u64>,
}

impl Outcome {
    /// Whether all that has to hold does.
    pub fn holds(&self) -> bool {
        let real = self.record.real.as_ref();
        real.is_none_or(|real| real.violations.is_empty())
    }
}

/// A histogram of some times.
pub(super) fn spread(times: &[SimSpan]) -> Histogram<u64> {
    let mut all = histogram();
    for time in times {
        all.saturating_record(time.as_nanos() / 1_000);
    }
    all
}
