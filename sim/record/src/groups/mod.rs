//! What MLS groups add to a record, from the details of their stack's facts: commits, the health of ratchet trees, one small room's
//! tree. The rest of the crate knows no MLS.
//!
//! - [`data`]: the record of groups: plain data. Start here.
//! - `book`: what the recorder tells of, and what becomes of it.
//! - [`small_room`]: one small room's ratchet tree at moments of its life.
//! - [`agreed`]: commits added up, for whoever compares two runs.

pub mod agreed;
mod book;
pub mod data;
pub mod small_room;

pub use agreed::CommitSums;
pub(crate) use book::GroupBook;
pub use data::{CommitRow, GroupRecord, TreeSample};
pub use small_room::{MOMENTS, SmallRoom, TreeMoment};
