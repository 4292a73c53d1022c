//! What is known of a shard.

use crate::data::Record;
use crate::generator::Generator;
use crate::shard::{Ledger, Shard};

/// What is known of one shard.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which.
    pub shard: Shard,
    /// What its clients saw.
    pub record: Record,
    /// How its generator fared.
    pub generator: Generator,
    /// By what the machine is known on which it ran, where the system says that.
    pub machine: Option<String>,
    /// What it kept for others.
    pub ledger: Ledger,
}
