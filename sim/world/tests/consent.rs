//! People who are asked before they are added: on both engines, whatever is lost between providers.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::Record;
use throng_world::verify::verify;

const ASKED: [&str; 6] = [
    "policy.consent=asked",
    "policy.consent_delay=30s",
    "rooms.start=grown",
    "churn.joins=30/h",
    "churn.join_by=add",
    "duration=10min",
];

#[test]
fn who_has_to_be_asked_joins_later() {
    let run = |more: &[&str]| run_on(&scenario("small", &[&ASKED[..], more].concat()), 2);
    let (given, asked) = (run(&["policy.consent=given"]), run(&[]));
    assert_eq!(other(&given, "consents_asked"), 0);
    let (all, gave) = (
        other(&asked, "consents_asked"),
        other(&asked, "consents_given"),
    );
    assert!(all > 5 && gave <= all && gave + 3 >= all, "{gave} of {all}");
    let later = |record: &Record| record.latencies.join.value_at_quantile(0.5);
    // From the wish on: whoever is asked takes half a minute.
    assert!(
        later(&asked) >= later(&given) + 29_000_000,
        "{} {}",
        later(&asked),
        later(&given)
    );
    // Once for each who asks: in rooms, more often.
    let for_room = run(&["policy.consent=asked-for-room"]);
    assert!(other(&for_room, "consents_asked") >= all);
    // With KeyPackages nobody asks again.
    let with = run(&["policy.consent_key_packages=true"]);
    let granted = other(&with, "key_packages_granted");
    assert!(
        granted > 5 && granted <= with.counts.key_packages_used,
        "{granted}"
    );
    assert_eq!(other(&asked, "key_packages_granted"), 0);
    assert!(with.counts.welcomes > 0);
    let refused = run(&["policy.consent_refused=1"]);
    assert_eq!(other(&refused, "consents_given"), 0);
    assert_eq!(refused.counts.welcomes, 0);
    let why = refused.counts.skipped.iter();
    assert!(
        why.clone().any(|(id, _)| *id == "whom-to-add-has-refused"),
        "{why:?}"
    );
}

#[test]
fn both_engines_ask_alike_whatever_is_lost() {
    let lossy = [
        "network.request_loss=10%",
        "policy.request_timeout=5s",
        "policy.consent_refused=0.2",
    ];
    for with in ["false", "true"] {
        let key_packages = format!("policy.consent_key_packages={with}");
        let overrides = [&ASKED[..], &lossy, &[&key_packages]].concat();
        let verdict = verify(&scenario("small", &overrides), |_| true).unwrap();
        assert!(verdict.agrees(), "{verdict:#?}");
    }
}
