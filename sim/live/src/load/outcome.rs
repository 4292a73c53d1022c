//! What a load came to.

use throng_record::{Generator, Record};

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What happened, as of a simulated run.
    pub record: Record,
    /// How the generator itself fared.
    pub generator: Generator,
    /// What measured so far ended it early, where that was so.
    pub ended_by: Option<String>,
}

impl Outcome {
    /// Whether all that has to hold does.
    pub fn holds(&self) -> bool {
        let real = self.record.real.as_ref();
        real.is_none_or(|real| real.violations.is_empty())
    }
}
