//! The same scenario and seed give the same run, whatever runs it.

use crate::common;

use common::{run_on, scenario};

/// Name, fingerprint and overrides of each pinned run.
const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn golden_fingerprints() {
    let lines = || GOLDEN.lines().filter(|line| !line.starts_with('#'));
    let found: String = lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let fingerprint = run_on(&scenario(words[0], &words[2..]), 2).fingerprint;
            [&[words[0], &fingerprint], &words[2..]].concat().join(" ") + "\n"
        })
        .collect();
    let pinned: String = lines().map(|line| line.to_owned() + "\n").collect();
    assert_eq!(found, pinned, "fingerprints moved; found:\n{found}");
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
        assert_eq!(run.rooms, runs[0].rooms);
        assert_eq!(run.series, runs[0].series);
        assert_eq!(run.traffic, runs[0].traffic);
        assert_eq!(run.counts, runs[0].counts);
        assert_eq!(run.groups, runs[0].groups);
    }
}

#[test]
fn another_seed_gives_another_run() {
    let one = run_on(&scenario("small", &["duration=2min"]), 2);
    let other = run_on(&scenario("small", &["duration=2min", "seed=99"]), 2);
    assert_ne!(one.fingerprint, other.fingerprint);
}
