//! People who are known by their handles alone when they are added: on both engines, whatever is lost between providers.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::Record;
use throng_world::verify::verify;

const BY_HANDLE: [&str; 5] = [
    "policy.find=handle",
    "rooms.start=grown",
    "churn.joins=30/h",
    "churn.join_by=add",
    "duration=10min",
];

/// How many packets of a kind of name were sent from sort of party to sort of party.
fn packets(record: &Record, from: &str, to: &str, kind: &str) -> u64 {
    let rows = record.traffic.iter();
    let rows = rows.filter(|row| row.from == from && row.to == to && row.kind == kind);
    rows.map(|row| row.messages).sum()
}

#[test]
fn who_is_looked_for_is_asked_for_at_its_provider() {
    let run = |more: &[&str]| run_on(&scenario("small", &[&BY_HANDLE[..], more].concat()), 2);
    let (known, found) = (run(&["policy.find=known"]), run(&[]));
    assert_eq!(other(&known, "identifier_queries"), 0);
    let queries = other(&found, "identifier_queries");
    assert!(queries > 10, "{queries}");
    assert_eq!(other(&found, "identifiers_found"), queries);
    // Each goes to the provider of whoever looks, and some on to another.
    let asked = packets(&found, "client", "provider", "identifier-query");
    let passed_on = packets(&found, "provider", "provider", "identifier-query");
    assert!(asked >= queries && passed_on > 0 && passed_on < asked);
    // A way there and back more than whoever is known.
    let half = |record: &Record| record.latencies.join.value_at_quantile(0.5);
    assert!(
        half(&found) > half(&known),
        "{} {}",
        half(&found),
        half(&known)
    );
    let work = |record: &Record| record.providers.iter().map(|row| row.requests).sum::<u64>();
    assert!(work(&found) > work(&known));
    let sees = |record: &Record| {
        let rows = &record.ledgers.as_ref().expect("simulated").exposures;
        rows.iter().map(|row| row.key_requests).sum::<u64>()
    };
    assert!(sees(&found) > sees(&known));
    let hidden = run(&["policy.findable=0"]);
    assert_eq!(other(&hidden, "identifiers_found"), 0);
    assert_eq!(hidden.counts.welcomes, 0);
    let why = &hidden.counts.skipped;
    assert!(
        why.iter()
            .any(|(id, _)| *id == "whom-to-add-was-not-found-by-handle"),
        "{why:?}"
    );
}

#[test]
fn both_engines_find_alike_whatever_is_lost() {
    let lossy = [
        "network.request_loss=10%",
        "policy.request_timeout=5s",
        "policy.findable=0.8",
        "policy.consent=asked",
        "policy.consent_delay=20s",
    ];
    let verdict = verify(
        &scenario("small", &[&BY_HANDLE[..], &lossy].concat()),
        |_| true,
    );
    let verdict = verdict.unwrap();
    assert!(verdict.agrees(), "{verdict:#?}");
}
