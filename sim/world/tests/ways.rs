//! In which pieces things go to whom they are for: several events in one body, Welcomes for each, trees from URLs. What is counted and charged
//! follows from it, and both engines do it alike, whatever is lost.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::Record;
use throng_world::verify::verify;

/// Two providers, and rooms in which much is said.
const BUSY: [&str; 5] = [
    "duration=3min",
    "rooms.start=grown",
    "messages.rate=2400/h",
    "churn.joins=60/h",
    "churn.join_by=add",
];

fn run(more: &[&str]) -> Record {
    run_on(&scenario("small", &[&BUSY[..], more].concat()), 2)
}

fn unit(record: &Record, counter: &str) -> u64 {
    let mut all = record.units.count(&record.hub_work);
    let found = all.find(|(unit, _)| unit.counter == counter);
    found.expect("a unit").1
}

/// How many packets of a kind went between these, and how many bytes.
fn sent(record: &Record, (from, to): (&str, &str), kind: &str) -> (u64, u64) {
    let rows = record.traffic.iter();
    let rows = rows.filter(|row| row.from == from && row.to == to && row.kind == kind);
    rows.fold((0, 0), |(messages, bytes), row| {
        (messages + row.messages, bytes + row.sent)
    })
}

const BETWEEN: (&str, &str) = ("provider", "provider");

#[test]
fn several_events_in_one_body_are_fewer_requests_and_as_many_events() {
    // Nobody comes or goes: who reads what does not depend on when it comes.
    let nobody = [
        "rooms.start=warm",
        "churn.joins=0/h",
        "churn.leaves=0/h",
        "churn.removals=0/h",
        "churn.new_clients=0/h",
    ];
    let gathers = ["policy.notify_batch=50", "policy.notify_batch_wait=2s"];
    let one = run(&nobody);
    let several = run(&[&nobody[..], &gathers].concat());
    let events = |record: &Record| sent(record, BETWEEN, "notify-application").0;
    let receipts = |record: &Record| sent(record, BETWEEN, "notify-accepted").0;
    // As many are said and read, each counted as what it is.
    assert_eq!(events(&one), events(&several));
    assert_eq!(
        one.counts.messages_accepted,
        several.counts.messages_accepted
    );
    assert_eq!(
        one.counts.messages_decrypted,
        several.counts.messages_decrypted
    );
    assert!(events(&one) > 100, "{}", events(&one));
    // One answer a body.
    assert!(
        receipts(&several) * 2 < receipts(&one),
        "{} {}",
        receipts(&several),
        receipts(&one)
    );
    for counter in ["requests_in", "requests_out"] {
        let (one, several) = (unit(&one, counter), unit(&several, counter));
        assert!(several < one, "{counter}: {several} {one}");
    }
    let saved = unit(&one, "requests_out") - unit(&several, "requests_out");
    assert_eq!(
        saved,
        receipts(&one) - receipts(&several),
        "each body is a request"
    );
    // The heads of those that are saved.
    let bytes = |record: &Record| sent(record, BETWEEN, "notify-application").1;
    assert!(bytes(&several) < bytes(&one));
    // And they wait for each other.
    let later = |record: &Record| record.latencies.message.value_at_quantile(0.99);
    assert!(
        later(&several) > later(&one) + 1_000_000,
        "{} {}",
        later(&several),
        later(&one)
    );
}

#[test]
fn who_is_added_with_others_gets_what_is_for_it_alone() {
    let together = ["rooms.start=at-once", "users.clients=2"];
    let whole = run(&together);
    let each = run(&[&together[..], &["policy.welcome=each"]].concat());
    let to_clients = ("provider", "client");
    let (count, bytes) = sent(&whole, to_clients, "notify-welcome");
    let (cut_count, cut_bytes) = sent(&each, to_clients, "notify-welcome");
    assert_eq!(count, cut_count);
    assert!(cut_bytes < bytes, "{cut_bytes} {bytes}");
    assert!(sent(&each, BETWEEN, "notify-welcome").1 < sent(&whole, BETWEEN, "notify-welcome").1);
    assert_eq!(whole.counts.welcomes, each.counts.welcomes);
}

#[test]
fn a_tree_from_a_url_crosses_once_for_many() {
    let together = ["rooms.start=at-once", "users.clients=2"];
    let by_url = run(&[&together[..], &["policy.tree=url"]].concat());
    let (fetched, shared) = (
        other(&by_url, "trees_fetched"),
        other(&by_url, "trees_shared"),
    );
    assert!(shared > 0 && fetched > 0, "{fetched} {shared}");
    let asked = sent(&by_url, ("client", "provider"), "ratchet-tree-request").0;
    assert_eq!(asked, fetched + shared + other(&by_url, "trees_gone"));
    let whole = run(&together);
    assert_eq!(whole.counts.welcomes, by_url.counts.welcomes);
    let between = |record: &Record, kind| sent(record, BETWEEN, kind).1;
    assert!(between(&by_url, "notify-welcome") < between(&whole, "notify-welcome"));
}

#[test]
fn both_engines_do_all_of_it_alike_whatever_is_lost() {
    let lossy = ["network.request_loss=10%", "policy.request_timeout=5s"];
    for ways in [
        &["policy.notify_batch=8", "policy.notify_most=2kB"][..],
        &[
            "policy.welcome=each",
            "policy.tree=url",
            "policy.tree_epochs=0",
        ],
        &[
            "policy.notify_batch=3",
            "policy.notify_batch_wait=300ms",
            "policy.welcome=each",
            "policy.tree=url",
            "policy.participant_list=hash",
        ],
    ] {
        let overrides = [&BUSY[..], &["churn.new_clients=1/h"], &lossy, ways].concat();
        let verdict = verify(&scenario("small", &overrides), |_| true).expect("it ends well");
        assert!(verdict.agrees(), "{ways:?}: {verdict:#?}");
    }
}
