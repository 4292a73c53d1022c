//! Latencies by sample add up to those of the whole run.

use crate::common;

use common::{run_on, scenario};

#[test]
fn what_the_samples_hold_is_what_the_run_holds() {
    let record = run_on(&scenario("small", &["duration=2min"]), 2);
    assert!(
        record.latencies.provider_wait.len() > 100,
        "nothing happened"
    );
    let waits = record.series.iter().map(|point| point.provider_wait_max);
    for (name, whole) in record.latencies.each() {
        let mut sum = whole.clone();
        sum.reset();
        for interval in &record.latency_intervals {
            assert!(interval.begin <= interval.end && interval.end <= record.end);
            if interval.name == name {
                sum.add(interval.histogram()).expect("it grows");
            }
        }
        assert_eq!(&sum, whole, "{name}");
    }
    // The longest wait of each sample is that of its interval, to three digits.
    let intervals = record.latency_intervals.iter();
    let kept = intervals.filter(|interval| interval.name == "provider-wait");
    let kept: Vec<_> = kept.collect();
    for (point, wait) in record.series.iter().zip(waits) {
        let found = kept.iter().find(|interval| interval.end == point.time);
        let longest = found.map_or(0.0, |interval| interval.histogram().max() as f64);
        let micros = wait.as_nanos() as f64 / 1e3;
        assert!(
            (longest - micros).abs() <= 1.0 + micros / 1e3,
            "{micros} µs in the sample at {}, {longest} µs in its interval",
            point.time
        );
    }
}
