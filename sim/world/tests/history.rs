//! What providers keep of what was said.

use crate::common::{all_agree, groups, inline, run_on};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// One room of two providers, in which something is said all the time. The second has members, and keeps nothing for long.
const ROOM: &str = r#"
name = "history"
duration = "4h"
engine = "model"
providers = [
    { domain = "a.example", history = "1h", indexes = 0.5, copies = 3 },
    { domain = "b.example", share = 0.25, history = "15min" },
]
users = { count = 20, connections = [{ link = "fibre" }] }
rooms = { count = 1, size = 20, start = "warm", hub = "first" }
messages = { rate = "60/h", size = "500 B" }
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOM, overrides)
}

fn run(overrides: &[&str]) -> Record {
    run_on(&scenario(overrides), 1)
}

/// Little's law: as many events are kept as come in the time for which one is.
#[test]
fn as_much_is_kept_as_comes_while_it_is() {
    let record = run(&[]);
    let hours = 4.0;
    let accepted = record.counts.messages_accepted as f64;
    let row = |name: &str| {
        let mut rows = record.traffic.iter();
        rows.find(|row| row.kind == name && row.to == "provider")
            .expect("sent")
    };
    // Each is as long as the other provider gets it.
    let notified = row("notify-application");
    let each = notified.bodies as f64 / notified.messages as f64;
    for (provider, kept) in [(0, 1.0), (1, 0.25)] {
        let archive = record.providers[provider].archive.expect("it keeps some");
        let expected = accepted / hours * kept * each;
        let got = archive.history_max as f64;
        println!("{provider}: {got} bytes at most, {expected:.0} in the mean");
        // The most there was of some hundreds or thousands, within four standard deviations.
        let spread = 4.0 / (accepted / hours * kept).sqrt();
        assert!(
            (1.0..1.0 + spread).contains(&(got / expected)),
            "{got} {expected}"
        );
    }
    let first = &record.providers[0];
    let archive = first.archive.expect("some");
    assert!(archive.history_max < first.stored_max);
    // Half as much again in indices, three times.
    assert_eq!(first.disks_max(), Some((9 * first.stored_max).div_ceil(2)));
    let second = &record.providers[1];
    assert_eq!(second.disks_max(), Some(second.stored_max));
}

/// A history costs its provider that each event is deleted in the end, and nothing else.
#[test]
fn what_is_kept_is_deleted_once() {
    let without = [
        "providers.0.history='0s'",
        "providers.1.history='0s'",
        "providers.0.copies=1",
        "providers.0.indexes=0",
    ];
    let (with, without) = (run(&[]), run(&without));
    assert_eq!(without.providers.iter().find_map(|row| row.archive), None);
    assert_eq!(
        with.counts.messages_accepted,
        without.counts.messages_accepted
    );
    assert_eq!(groups(&with).commits.len(), 0);
    let deleted = |record: &Record| {
        [0, 1].map(|provider| {
            let work = &record.provider_work[provider].work;
            let mut units = record.units.count(work);
            let found = units.find(|(unit, _)| unit.name == "row_deleted");
            found.map_or(0, |(_, count)| count)
        })
    };
    let ([a, b], [fewer_a, fewer_b]) = (deleted(&with), deleted(&without));
    // All but those of the last hour, or quarter of an hour, of four.
    let all = with.counts.messages_accepted;
    for (more, part) in [(a - fewer_a, 0.75), (b - fewer_b, 0.9375)] {
        let expected = all as f64 * part;
        assert!(
            (more as f64 / expected - 1.0).abs() < 0.1,
            "{more} of {expected}"
        );
    }
}

#[test]
fn both_engines_agree_on_histories() {
    let scenario = scenario(&[
        "duration=20min",
        "churn.updates='6/h'",
        "providers.0.history='3min'",
    ]);
    all_agree(&scenario);
}
