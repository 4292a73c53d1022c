//! What sections say of MLS groups.

use super::parts::{facts, spread_row};
use super::table::Cell;
use crate::summary::{CommitSummary, CountsSummary, Summary, TreeSummary};
use crate::units;
use maud::Markup;

pub(super) fn trees(tree: &TreeSummary) -> Markup {
    let blank = units::percent(tree.blank_leaves as f64, tree.leaves as f64);
    let members = ("Members at the end", units::count(tree.members));
    if !tree.is_known() {
        return facts(&[members]);
    }
    facts(&[
        members,
        (
            "Leaves",
            format!(
                "{}, of which {} blank ({blank})",
                units::count(tree.leaves),
                units::count(tree.blank_leaves)
            ),
        ),
        ("Blank parents", units::count(tree.blank_parents)),
        ("Unmerged entries", units::count(tree.unmerged_leaves)),
        (
            "Ciphertexts in a random member's next commit",
            format!(
                "{} at the end, {} over the run",
                units::significant(tree.mean_ciphertexts),
                units::significant(tree.mean_ciphertexts_over_time),
            ),
        ),
    ])
}

/// What became of commits.
pub(super) fn commits(summary: &Summary) -> Vec<(&'static str, String)> {
    let counts = &summary.counts;
    let lost = units::percent(counts.wrong_epoch as f64, counts.commit_attempts as f64);
    vec![
        (
            "Accepted",
            format!(
                "{}: {} from outside, {} with a path",
                units::count(counts.commits_accepted),
                units::count(counts.external_commits),
                units::count(summary.commits.with_path),
            ),
        ),
        (
            "Lost to wrongEpoch",
            format!("{} ({lost})", units::count(counts.wrong_epoch)),
        ),
        ("Handshakes refused otherwise", units::count(counts.refused)),
    ]
}

/// What commits consist of.
pub(super) fn sizes(commits: &CommitSummary) -> Vec<Vec<Cell>> {
    vec![
        spread_row("commit", &commits.commit_bytes, units::bytes_f64),
        spread_row("Welcome", &commits.welcome_bytes, units::bytes_f64),
        spread_row(
            "ciphertexts in a path",
            &commits.ciphertexts,
            units::significant,
        ),
    ]
}

/// How people joined.
pub(super) fn joined(counts: &CountsSummary) -> [(&'static str, String); 2] {
    let packages = &counts.key_packages;
    [
        ("Joined by Welcome", units::count(counts.welcomes)),
        (
            "KeyPackages",
            format!(
                "{} published, {} used, {} expired, {} left; {}",
                units::count(packages.published),
                units::count(packages.used),
                units::count(packages.expired),
                units::count(packages.left),
                units::unmet(packages.exhausted),
            ),
        ),
    ]
}
