//! The same scenario and seed give the same run, whatever runs it.

mod common;

use common::{run_on, scenario};

/// Fingerprints of three small scenarios. A change that moves one says why in its commit; how to move
/// them is in CONTRIBUTING.md.
const GOLDEN: [(&str, &[&str], &str); 3] = [
    ("small", &[], "0"),
    ("commit-storm", &["users.count=12", "rooms.size=12"], "0"),
    (
        "creator-adds-all",
        &["users.count=10", "rooms.size=10"],
        "0",
    ),
];

#[test]
fn golden_fingerprints() {
    let found: Vec<(&str, String)> = GOLDEN
        .iter()
        .map(|(name, overrides, _)| (*name, run_on(&scenario(name, overrides), 2).fingerprint))
        .collect();
    let pinned: Vec<(&str, String)> = GOLDEN
        .iter()
        .map(|(name, _, pin)| (*name, (*pin).to_owned()))
        .collect();
    assert_eq!(found, pinned);
}

#[test]
fn one_thread_and_more_give_the_same_run() {
    let scenario = scenario("small", &["duration=4min"]);
    let runs: Vec<_> = [1, 2, 4]
        .iter()
        .map(|threads| run_on(&scenario, *threads))
        .collect();
    for run in &runs[1..] {
        assert_eq!(run.fingerprint, runs[0].fingerprint);
        assert_eq!(run.commits, runs[0].commits);
        assert_eq!(run.rooms, runs[0].rooms);
        assert_eq!(run.series, runs[0].series);
        assert_eq!(run.traffic, runs[0].traffic);
        assert_eq!(run.counts, runs[0].counts);
    }
}

#[test]
fn another_seed_gives_another_run() {
    let one = run_on(&scenario("small", &["duration=2min"]), 2);
    let other = run_on(&scenario("small", &["duration=2min", "seed=99"]), 2);
    assert_ne!(one.fingerprint, other.fingerprint);
}
