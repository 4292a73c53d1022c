//! People who are found by their handles and asked before they are added, over real HTTPS: providers say so to each other, and no hub is between them.

use crate::federation;

use federation::Federation;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Outcome, Plan, run};
use throng_workloads::builtin;
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
    let overrides = overrides.map(str::to_owned);
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&overrides).expect("a scenario");
    Plan::in_real_time(scenario, 1.0, false).expect("for real")
}

#[test]
fn who_is_asked_is_added_when_consent_is_there() {
    let scenario = scenario();
    let folder = tempfile::tempdir().expect("a folder");
    let federation = Federation::start(&scenario, folder.path(), |listens| listens);
    let plan = federation.plan(federation.lines());
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    let Outcome { record, .. } = loaded.outcome(&[], &Seen::default()).expect("a record");
    federation.stop();
    let real = record.real.as_ref().expect("a real run");
    assert_eq!(real.violations, Vec::new());
    let counts = &record.counts;
    let other = |name: &str| counts.others.get(name).copied().unwrap_or_default();
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
