//! Runs whose CPU times come from a stopwatch.

use crate::common;

use common::{run_on, scenario};

#[test]
fn a_stopwatch_times_what_the_profile_foretells() {
    let record = run_on(
        &scenario("small", &["duration=30s", "cost.source=measured"]),
        2,
    );
    assert!(record.counts.commits_accepted > 0);
    for party in ["client", "provider"] {
        let rows = record.measured.iter().filter(|row| row.party == party);
        let (mut measured, mut profiled) = (0.0, 0.0);
        for row in rows {
            assert!(row.times > 0 && !row.trigger.is_empty());
            measured += row.measured.as_secs_f64();
            profiled += row.profiled.as_secs_f64();
        }
        // Unoptimised code is slower, and phones count threefold in both; a wrong unit would be off by thousands.
        let ratio = measured / profiled;
        assert!(
            (0.05..200.0).contains(&ratio),
            "{party}: {measured} s, {profiled} s"
        );
    }
    assert!(record.client_work.measured_ns > 0 && record.hub_work.measured_ns > 0);
}

#[test]
fn without_being_asked_nothing_is_measured() {
    let record = run_on(&scenario("small", &["duration=10s"]), 2);
    assert!(record.measured.is_empty());
    assert_eq!(
        record.client_work.measured_ns + record.hub_work.measured_ns,
        0
    );
}
