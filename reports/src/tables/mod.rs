//! The CSV files of a run's folder: exact, and the same on every platform. Each can be read back to the rows that were
//! written, whatever further columns stand beside those that it knows; of names that others gave, to what is visible of them.
//!
//! [`write()`] and [`read()`] are for all of them; each has a list of its columns:
//!
//! - `rooms`: a row for each room. Start here.
//! - `series`: samples at equal intervals.
//! - `events`: what the scenario planned for one moment.
//! - `traffic`: bytes by sender, receiver and message kind.
//! - `providers`: a row for each provider.
//! - `federation`: who paid for whom, who saw what, and what stops with whom, in five files.
//! - `generator`: of a run over real connections, a row for each second of what made it.
//!
//! Of a real run, where somebody looked at the servers:
//!
//! - `servers`: what each took, each time.
//!
//! Of MLS groups, where the run had such:
//!
//! - `commits`: a row for each accepted commit; enough to replay the run's trees elsewhere.
//! - [`trees`]: one small room's ratchet tree, node by node.
//! - [`health`]: what stands of trees in `rooms` and `series`.
//!
//! Of a shard of a load:
//!
//! - `ledger`: what it keeps of what concerns the others.
//!
//! And how they are written:
//!
//! - `row`: what a list of columns becomes.
//! - `cells`: how values stand in cells.
//! - `decimal`: times as decimals, from integers.

mod cells;
mod commits;
mod decimal;
mod events;
mod federation;
mod generator;
pub mod health;
mod ledger;
mod providers;
mod rooms;
mod row;
mod series;
mod servers;
mod traffic;
pub mod trees;

pub(crate) use row::lines;
pub use row::{Cells, Row, read, write};
