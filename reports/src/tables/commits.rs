//! `commits.csv`: a row for each accepted commit, in order of acceptance.

use super::cells::{Leaves, Maybe, Millis, Plain, Seconds, Tree, Truth};
use super::row::table;
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
