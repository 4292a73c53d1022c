//! What a load came to.

use crate::meeting::Began;
use throng_record::shard::LoadId;
use throng_record::{Generator, Ledger, Record};

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What happened, as of a simulated run.
    pub record: Record,
    /// How the generator itself fared.
    pub generator: Generator,
    /// What measured so far ended it early, where that was so.
    pub ended_by: Option<String>,
    /// Why the shards of the load could not go on together, where that ended it early.
    pub parted: Option<String>,
    /// What only a shard has.
    pub shard: Option<OfShard>,
}

/// What a shard has besides, for the others.
#[derive(Debug, Clone)]
pub struct OfShard {
    /// By what the load is known of which it is one.
    pub load: LoadId,
    /// What of its record concerns them.
    pub ledger: Ledger,
    /// When all began, and when all were over, as far as that came.
    pub began: [Option<Began>; 2],
}

impl OfShard {
    /// How far its clock may have been from that of others, in nanoseconds: by how long they take to hear of each other, and by how much
    /// one ran faster than the other meanwhile. `None` where that is not known of the end.
    pub fn apart(&self) -> Option<u64> {
        let [began, ended] = self.began;
        let (began, ended) = began.zip(ended)?;
        Some(began.apart + ended.apart + ended.ahead.abs_diff(began.ahead))
    }
}

impl Outcome {
    /// Whether all that has to hold does.
    pub fn holds(&self) -> bool {
        let real = self.record.real.as_ref();
        real.is_none_or(|real| real.violations.is_empty())
    }
}
