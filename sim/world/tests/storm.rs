//! Many members want to commit at once.

use crate::common;

use common::{groups, run_on, scenario};
use std::collections::BTreeSet;

#[test]
fn one_commit_an_epoch_is_accepted_and_every_loser_tries_again() {
    let record = run_on(&scenario("commit-storm", &["duration=20s"]), 2);
    let commits = &groups(&record).commits;
    let epochs: BTreeSet<(u32, u64)> = commits.iter().map(|row| (row.room, row.epoch)).collect();
    assert_eq!(epochs.len(), commits.len(), "two commits in one epoch");
    assert!(record.counts.wrong_epoch > 0, "no storm");
    let lost: u64 = commits.iter().map(|row| u64::from(row.attempts) - 1).sum();
    // All that was refused was tried again until it was accepted.
    assert_eq!(
        record.counts.commit_attempts,
        record.counts.commits_accepted + record.counts.wrong_epoch + record.counts.refused
    );
    assert_eq!(lost, record.counts.wrong_epoch);
    assert_eq!(record.counts.skipped, []);
}

#[test]
fn attempts_per_accepted_commit_rise_with_the_offered_rate() {
    let attempts = |rate: &str| {
        let rate = format!("churn.updates={rate}");
        let record = run_on(
            &scenario(
                "commit-storm",
                &["users.count=12", "rooms.size=12", "duration=29s", &rate],
            ),
            2,
        );
        record.counts.commit_attempts as f64 / record.counts.commits_accepted as f64
    };
    let curve = [attempts("2/min"), attempts("20/min"), attempts("80/min")];
    assert!(curve.is_sorted() && curve[2] > curve[0] + 0.1, "{curve:?}");
}
