//! People who are found by their handles and asked before they are added, over real HTTPS: providers say so to each other, and no hub is between them.

use crate::federation;
use throng_workloads::scenario::Scenario;

fn scenario() -> Scenario {
    let overrides = [
        "duration=5s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=3600/h",
        "users.count=10",
        "policy.consent=asked",
        "policy.consent_delay=300ms",
        "policy.find=handle",
    ];
    federation::small(&overrides, false)
}

#[test]
fn who_is_asked_is_added_when_consent_is_there() {
    let record = federation::loaded(&scenario());
    let counts = &record.counts;
    let other = |name: &str| federation::other(&record, name);
    let (asked, given) = (other("consents_asked"), other("consents_given"));
    assert!(
        asked > 3 && given > 3 && given <= asked,
        "{given} of {asked}: {:?}",
        counts.others
    );
    assert!(
        counts.welcomes >= given / 2,
        "{} by {given}",
        counts.welcomes
    );
    let (queries, found) = (other("identifier_queries"), other("identifiers_found"));
    assert!(
        queries >= asked && found == queries,
        "{found} of {queries}: {:?}",
        counts.others
    );
    let refused = counts
        .skipped
        .iter()
        .filter(|(id, _)| id.contains("refused") || id.contains("no-answer"));
    assert_eq!(refused.count(), 0, "{:?}", counts.skipped);
}
