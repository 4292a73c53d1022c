//! Shards of a load in their folders: what each leaves for the others, and all of them read back to be one load.
//!
//! A shard's folder is that of any run, and holds besides what nobody needs but whoever puts all together: `shard.json`, with full
//! histograms (HdrHistogram V2, deflated, in base64), counts and digests of all files that are read again and of itself, and tables in
//! `shard/`.
//!
//! - [`write_shard`]: leaves that. [`read_shards`]: reads all folders of a load. Start here.
//! - `file`: what `shard.json` holds; `parts`: how it becomes of a record, and a record of it; `names`: the words in it.
//! - `together`: whether folders are those of one load.

mod file;
mod folder;
mod names;
mod parts;
mod together;

pub use folder::{OfShard, Shards, is_load, read_shards, write_shard};
pub use together::ShardsError;
