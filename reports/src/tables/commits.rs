//! `commits.csv`: a row for each accepted commit, in order of acceptance.

use super::cells::{Leaves, Maybe, Millis, Plain, Seconds, Truth};
use super::row::{Cells, Codec, table};
use throng_mls::tree_health::TreeHealth;
use throng_record::CommitRow;

table! {
    CommitRow {
        ["time_s"] time: Seconds,
        ["room"] room: Plain,
        ["epoch"] epoch: Plain,
        ["committer_leaf"] committer_leaf: Plain,
        ["external"] external: Truth,
        ["adds"] adds: Leaves,
        ["removes"] removes: Leaves,
        ["updates"] updates: Leaves,
        ["path"] path: Truth,
        ["ciphertexts"] ciphertexts: Plain,
        ["commit_bytes"] commit_bytes: Plain,
        ["welcome_bytes"] welcome_bytes: Plain,
        ["members", "leaves", "blank_leaves", "blank_parents", "unmerged_leaves", "ciphertexts_sum"] health: Tree,
        ["attempts"] attempts: Plain,
        ["accept_ms"] accept: Millis,
        ["converge_p50_ms"] converge_p50: Maybe<Millis>,
        ["converge_p99_ms"] converge_p99: Maybe<Millis>,
        ["converge_max_ms"] converge_max: Maybe<Millis>,
    }
}

/// The state of a tree in six cells: members, leaves, blank leaves, blank parents, unmerged leaves, sum of ciphertexts.
struct Tree;

impl Codec<TreeHealth> for Tree {
    const CELLS: usize = 6;

    fn write(value: &TreeHealth, cells: &mut Vec<String>) {
        let counts = [
            value.members,
            value.leaves,
            value.blank_leaves,
            value.blank_parents,
            value.unmerged_leaves,
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(value.ciphertexts_sum.to_string());
    }

    fn read(cells: &mut Cells<'_>) -> Result<TreeHealth, String> {
        Ok(TreeHealth {
            members: Plain::read(cells)?,
            leaves: Plain::read(cells)?,
            blank_leaves: Plain::read(cells)?,
            blank_parents: Plain::read(cells)?,
            unmerged_leaves: Plain::read(cells)?,
            ciphertexts_sum: Plain::read(cells)?,
        })
    }
}
