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
        // What was heard may be any numbers.
        let heard = began.apart.saturating_add(ended.apart);
        Some(heard.saturating_add(ended.ahead.abs_diff(began.ahead)))
    }
}

impl Outcome {
    /// Whether all that has to hold does.
    pub fn holds(&self) -> bool {
        let real = self.record.real.as_ref();
        real.is_none_or(|real| real.violations.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_as_far_apart_as_there_are_numbers_for() {
        let began = |apart, ahead| {
            Some(Began {
                moment: 0,
                apart,
                ahead,
            })
        };
        let apart = |began| {
            let shard = OfShard {
                load: LoadId(0),
                ledger: Ledger::default(),
                began,
            };
            shard.apart()
        };
        assert_eq!(apart([began(3, -5), began(4, 5)]), Some(17));
        assert_eq!(apart([began(u64::MAX, 0), began(1, 0)]), Some(u64::MAX));
        let most = [began(1, i64::MIN), began(0, i64::MAX)];
        assert_eq!(apart(most), Some(u64::MAX));
        assert_eq!(apart([began(1, 0), None]), None);
    }
}
