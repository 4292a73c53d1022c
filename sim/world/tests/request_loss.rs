//! Whole requests and answers between providers get lost, and come out right all the same.

use crate::common;

use common::{run_on, scenario};
use throng_mimi::refusal::Refusal;
use throng_record::Record;
use throng_record::reasons::STILL_OPEN;

/// Nobody is ever offline and no device is lost, so that nothing but loss could keep a wish open.
const ONLINE: [&str; 3] = [
    "users.offline=1ms",
    "users.online=1000h",
    "churn.lost_clients=0/h",
];

fn run(name: &str, engine: &str, overrides: &[&str]) -> Record {
    let engine = format!("engine={engine}");
    let all = [&ONLINE[..], &[engine.as_str()], overrides].concat();
    run_on(&scenario(name, &all), 2)
}

/// The run's own invariants hold: what hubs accept reaches everybody entitled, once and in order, members of an epoch
/// agree, and all bytes are accounted for. And no wish stays open.
fn converges(record: &Record) {
    assert!(!record.partial);
    let open = record
        .counts
        .skipped
        .iter()
        .find(|(reason, _)| *reason == STILL_OPEN.id);
    assert_eq!(open, None);
}

/// Bytes between providers: sent, lost.
fn between(record: &Record) -> (u64, u64) {
    let rows = record
        .traffic
        .iter()
        .filter(|row| row.from == "provider" && row.to == "provider");
    rows.fold((0, 0), |(sent, lost), row| {
        (sent + row.sent, lost + row.lost)
    })
}

#[test]
fn everybody_converges_where_one_request_in_twenty_is_lost() {
    let calm = [
        "duration=3min",
        "churn.updates=200/h",
        "messages.rate=300/h",
    ];
    let storm = [
        &calm[..],
        &["network.request_loss=5%", "policy.request_timeout=2s"],
    ]
    .concat();
    let fingerprints = ["model", "openmls"].map(|engine| {
        let without = run("small", engine, &calm);
        converges(&without);
        assert_eq!(between(&without).1, 0);

        let with = run("small", engine, &storm);
        converges(&with);
        let (sent, lost) = between(&with);
        let part = lost as f64 / sent as f64;
        assert!((0.01..0.15).contains(&part), "{part} was lost");
        assert!(with.counts.messages_accepted > 100);
        let refused = with.counts.skipped.iter().map(|(reason, _)| *reason);
        let unasked = |reason: &&str| *reason == Refusal::Unasked.reason().id;
        assert_eq!(refused.filter(unasked).count(), 0);
        with.fingerprint
    });
    assert_eq!(
        fingerprints[0], fingerprints[1],
        "both engines lose the same"
    );
}

#[test]
fn a_loss_of_half_of_everything_takes_longer_and_no_more() {
    let record = run(
        "small",
        "model",
        &[
            "duration=3min",
            "network.request_loss=50%",
            "policy.request_timeout=1s",
        ],
    );
    converges(&record);
}

/// Adding hundreds takes a device longer than it waits for an answer, but it waits from when the request has left.
#[test]
fn work_before_a_request_leaves_is_no_waiting() {
    let run = |timeout| {
        run(
            "creator-adds-all",
            "model",
            &["users.count=400", "rooms.size=400", timeout],
        )
    };
    let quiet = run("policy.request_timeout=never");
    let timed = run("policy.request_timeout=300ms");
    assert_eq!(quiet.counts, timed.counts);
    assert_eq!(between(&quiet), between(&timed));
}

#[test]
fn a_timeout_alone_repeats_nothing() {
    let quiet = run("small", "model", &[]);
    let timed = run("small", "model", &["policy.request_timeout=60s"]);
    assert_eq!(quiet.counts, timed.counts);
    assert_eq!(between(&quiet), between(&timed));
}
