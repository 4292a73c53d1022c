//! What is known of a shard.

use crate::data::Record;
use crate::generator::Generator;
use crate::shard::{Ledger, Shard};
use throng_workloads::time::SimSpan;

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
    /// How far its clock may have been from that of others, where that is known: where the load came to its end.
    pub apart: Option<SimSpan>,
    /// What it kept for others.
    pub ledger: Ledger,
}
