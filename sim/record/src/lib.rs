//! What a run measured: plain data for reports, and how it comes about.
//!
//! - [`data`]: the record itself. Start here.
//! - [`contents`]: what application messages are, where anybody can say.
//! - [`marks`]: what a scenario plans for one moment, to mark it on plots.
//! - [`open`]: wishes that were not fulfilled by the end, of which no latency is known.
//! - [`reasons`]: why something failed that no stack knows of.
//! - [`histogram`](mod@histogram): histograms as the record keeps them.
//! - [`intervals`]: its latencies by sample.
//! - [`handled`]: what one input came to, as a driver hands it over.
//! - [`stand_ins`]: clients who stand for many, as hubs name them: for how many.
//! - [`stuck`]: rooms in which nobody can commit any more.
//! - [`generator`]: how a generator of load fared that made a run over real connections.
//! - [`recorder`]: turns what happened, in its total order, into the record.
//! - [`invariants`]: what must hold all along, checked on the same stream.
//! - `follow`, `seats`, `outstanding`: clients, clients in rooms, and what is on its way to them, in tables that are as quick as they are large.
//! - [`trace`]: what of it goes into the fingerprint.
//! - [`loads`]: what each provider has to do second by second.
//! - [`ledgers`]: who pays for whom, who sees what, and what stops with whom.
//! - [`servers`]: what servers took of their machines in a real run.
//! - [`shard`]: a load that several processes share, and what each keeps of what concerns the others.
//! - [`merge`]: the record of such a load from those of its shards.
//! - [`groups`]: what MLS groups add, from the details of their stack's facts; nothing else here knows MLS.
#![forbid(unsafe_code)]

pub mod contents;
pub mod data;
pub mod findings;
mod follow;
pub mod generator;
pub mod groups;
pub mod handled;
pub mod histogram;
pub mod intervals;
pub mod invariants;
pub mod ledgers;
pub mod loads;
pub mod marks;
pub mod merge;
pub mod open;
pub(crate) mod outstanding;
pub mod reasons;
pub mod recorder;
mod seats;
pub mod servers;
pub mod shard;
pub mod stand_ins;
pub mod structure;
pub mod stuck;
pub mod trace;

pub use contents::ContentRow;
pub use data::*;
pub use findings::FindingRow;
pub use generator::{Generator, GeneratorPoint, Preparation, RateChange};
pub use groups::{CommitRow, GroupRecord, SmallRoom, TreeMoment, TreeSample};
pub use intervals::LatencyInterval;
pub use ledgers::{CostRow, DependenceRow, ExposureRow, Ledgers, OutageRow, PairRow};
pub use loads::{LoadSecond, ProviderLoad, ServiceTimes};
pub use marks::EventMark;
pub use open::OpenLatency;
pub use servers::ServerSample;
pub use shard::{Ledger, Shard};
pub use structure::Structure;
pub use stuck::StuckRoom;
