//! The columns that MLS groups add to tables of any messenger: the health of ratchet trees.
//!
//! In `rooms.csv`, behind `final_members`, the room's tree as it was at the end: `ciphertexts_sum` divided by `final_members` is what
//! a random member's next commit carries. In `series.csv`, behind `bytes`, all trees together. A run without groups has none of them.

use super::cells::{Plain, Seconds};
use super::row::{More, beside, table};
use super::servers::together;
use std::io::Write;
use throng_mls::tree_health::TreeHealth;
use throng_record::{GroupRecord, RoomRow, SeriesPoint, ServerSample, TreeSample};

table! {
    TreeHealth {
        ["final_members"] members: Plain,
        ["leaves"] leaves: Plain,
        ["blank_leaves"] blank_leaves: Plain,
        ["blank_parents"] blank_parents: Plain,
        ["unmerged_leaves"] unmerged_leaves: Plain,
        ["ciphertexts_sum"] ciphertexts_sum: Plain,
    }
}

table! {
    TreeSample {
        ["time_s"] time: Seconds,
        ["mean_ciphertexts"] mean_ciphertexts: Plain,
        ["blank_leaves"] blank_leaves: Plain,
        ["blank_parents"] blank_parents: Plain,
        ["unmerged_leaves"] unmerged_leaves: Plain,
    }
}

/// Writes `rooms.csv`.
///
/// # Errors
/// Whatever the writer says.
pub fn rooms(rows: &[RoomRow], groups: Option<&GroupRecord>, out: impl Write) -> csv::Result<()> {
    let more = groups.map(|groups| More::of(&groups.trees, "final_members"));
    beside(rows, more.as_slice(), out)
}

/// Writes `series.csv`, with what servers took at its end where somebody looked at them.
///
/// # Errors
/// Whatever the writer says.
pub fn series(
    rows: &[SeriesPoint],
    groups: Option<&GroupRecord>,
    servers: &[ServerSample],
    out: impl Write,
) -> csv::Result<()> {
    let together = together(rows, servers);
    let mut more = Vec::new();
    more.extend(groups.map(|groups| More::of(&groups.series, "bytes")));
    if !servers.is_empty() {
        more.push(More::of(&together, "stored_bytes"));
    }
    beside(rows, &more, out)
}
