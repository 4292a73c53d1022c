//! A provider is down for a while, and all that it is owed comes when it is back.

use crate::common;

use common::{run_on, scenario};
use throng_record::reasons::STILL_OPEN;
use throng_record::{OutageRow, Record};

/// Of five minutes one is without a provider. Nobody is ever offline and no device is lost, so that nothing else keeps a wish open.
const DOWN: [&str; 9] = [
    "duration=5min",
    "messages.rate=200/h",
    "users.offline=1ms",
    "users.online=1000h",
    "churn.lost_clients=0/h",
    "policy.request_timeout=10s",
    "rooms.hub=round-robin",
    "rooms.count=4",
    "network.reconnect=3s",
];

fn run(engine: &str, outages: &str) -> Record {
    let (engine, outages) = (
        format!("engine={engine}"),
        format!("network.outages={outages}"),
    );
    run_on(
        &scenario("small", &[&DOWN[..], &[&engine, &outages]].concat()),
        2,
    )
}

fn row<'a>(rows: &'a [OutageRow], provider: &str, concerned: &str) -> &'a OutageRow {
    let mut rows = rows.iter();
    rows.find(|row| (&*row.provider, &*row.concerned) == (provider, concerned))
        .expect("a row")
}

/// Each of two that are down at once stops what concerns it, and neither's is without the other.
#[test]
fn outages_at_once_are_told_apart() {
    let outages = [
        "[\"a.example=2min+1min\"]",
        "[\"a.example=2min+1min\",\"b.example=2min+30s\"]",
    ];
    let records = outages.map(|outages| run("model", outages));
    let [one, both] = records
        .each_ref()
        .map(|record| &record.ledgers.as_ref().expect("a simulated run").outages);
    assert_eq!((one.len(), both.len()), (4, 8));
    for provider in ["a.example", "b.example"] {
        let stopped = row(both, provider, "in its rooms");
        assert!(
            stopped.wanted > 0 && stopped.accepted_during == 0,
            "{stopped:?}"
        );
    }
    let without = |rows| row(rows, "a.example", "without it").wanted;
    assert!(
        without(both) < without(one),
        "{} of {}",
        without(both),
        without(one)
    );
}

/// That all arrives, once and in order, is checked by the run itself.
#[test]
fn what_a_provider_is_owed_comes_when_it_is_back() {
    let records = ["model", "openmls"].map(|engine| run(engine, "[\"a.example=2min+1min\"]"));
    assert_eq!(records[0].fingerprint, records[1].fingerprint);
    let record = &records[0];
    assert!(!record.partial);
    let mut skipped = record.counts.skipped.iter();
    assert!(
        !skipped.any(|(reason, _)| *reason == STILL_OPEN.id),
        "{:?}",
        record.counts.skipped
    );
    // Who wanted something then waited for the rest of the minute, and for whoever repeats what was lost, each time later.
    let longest = record.latencies.message.max();
    assert!((30_000_000..150_000_000).contains(&longest), "{longest} µs");
    let ledgers = record.ledgers.as_ref().expect("a simulated run");
    let rows = &ledgers.outages;
    assert_eq!(rows.len(), 4);
    let row = |concerned: &str| row(rows, "a.example", concerned);
    let stopped = ["in its rooms", "by its users elsewhere"].map(row);
    for row in stopped {
        assert!(row.wanted > 0, "{row:?}");
        assert_eq!(
            (row.accepted_during, row.delivered_during),
            (0, 0),
            "{row:?}"
        );
        assert_eq!(row.accepted_after, row.wanted, "{row:?}");
    }
    let readers = row("to its users elsewhere");
    assert_eq!(readers.delivered_during, 0, "{readers:?}");
    assert!(readers.last.is_none_or(|last| last > readers.until));
    // What has nothing to do with it goes on.
    let others = row("without it");
    assert!(others.wanted > 0);
    assert_eq!(others.accepted_during, others.wanted, "{others:?}");
    // Providers have no links that lose anything: it is what came while one was down.
    let mut between = record.traffic.iter();
    assert!(between.any(
        |row| (row.from == "provider", row.to == "provider", row.lost > 0) == (true, true, true)
    ));
}

#[test]
fn without_an_outage_nothing_of_it_is_left() {
    let without = run_on(&scenario("small", &["duration=2min"]), 2);
    let later = run_on(
        &scenario("small", &["duration=2min", "network.reconnect=30s"]),
        2,
    );
    assert_eq!(without.fingerprint, later.fingerprint);
}
