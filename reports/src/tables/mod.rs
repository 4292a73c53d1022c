//! The CSV files of a run's folder: exact, and the same on every platform.
//!
//! - [`commits`]: a row for each accepted commit; enough to replay the run's trees elsewhere.
//! - [`rooms`]: a row for each room.
//! - [`series`]: samples at equal intervals.
//! - [`traffic`]: bytes by sender, receiver and message kind.
//! - [`providers`]: a row for each provider.
//! - [`decimal`]: times as decimals, from integers.

pub mod commits;
pub mod decimal;
pub mod providers;
pub mod rooms;
pub mod series;
pub mod traffic;
