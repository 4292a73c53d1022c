//! The CSV files of a run's folder: exact, and the same on every platform. Each can be read back to the rows that were
//! written, whatever further columns stand beside those that it knows; of names that others gave, to what is visible of them.
//!
//! - [`commits`]: a row for each accepted commit; enough to replay the run's trees elsewhere.
//! - [`rooms`]: a row for each room.
//! - [`series`]: samples at equal intervals.
//! - [`events`]: what the scenario planned for one moment.
//! - [`trees`]: one small room's ratchet tree, node by node.
//! - [`traffic`]: bytes by sender, receiver and message kind.
//! - [`providers`]: a row for each provider.
//! - [`decimal`]: times as decimals, from integers.

pub mod commits;
pub mod decimal;
pub mod events;
pub mod providers;
pub mod rooms;
pub mod series;
pub mod traffic;
pub mod trees;
