//! What a hub did follows from what its clients were told and got: the record that is made of that says what providers wrote down
//! themselves, which is looked at only afterwards.

use crate::federation;

use federation::{Federation, accepted};
use std::collections::BTreeMap;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Outcome, reach, run};
use throng_live::serve::facts::WrittenEvent;
use throng_record::invariants::DELIVERED;
use throng_workloads::scenario::Scenario;

fn scenario() -> Scenario {
    let overrides = [
        "duration=4s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=7200/h",
        "churn.updates=600/h",
        "churn.leaves=300/h",
        "users.count=10",
    ];
    federation::small(&overrides, false)
}

#[test]
fn what_hubs_did_follows_from_what_clients_know() {
    let scenario = scenario();
    let folder = tempfile::tempdir().expect("a folder");
    let federation = Federation::start(&scenario, folder.path(), |listens| listens);
    reach(&federation.targets, &federation.trust).expect("they are there");
    let (plan, lines) = (federation.plan(Vec::new()), federation.lines());
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    let Outcome { record, .. } = loaded.outcome(&[], &Seen::default()).expect("a record");
    federation.stop();
    let real = record.real.expect("a real run");
    assert!(real.clients_only);
    assert_eq!(real.violations, Vec::new());
    assert_eq!(real.undelivered, 0);

    let written: Vec<WrittenEvent> = lines.into_iter().flat_map(accepted).collect();
    let mut by_subject: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &written {
        *by_subject.entry(&event.subject).or_default() += 1;
    }
    let counts = &record.counts;
    let messages = by_subject.remove("message").unwrap_or_default();
    assert_eq!(counts.messages_accepted, messages);
    assert!(messages > 20, "{messages}");
    let changes: u64 = by_subject.values().sum();
    let changes_and_proposals = counts.commits_accepted + counts.proposals;
    assert_eq!(changes_and_proposals, changes, "{by_subject:?}");
    // Each of their receivers handled each, in order.
    let receivers: u64 = written
        .iter()
        .map(|event| event.receivers.len() as u64)
        .sum();
    let delivered = record.invariants.iter();
    let mut delivered = delivered.filter(|row| row.name == DELIVERED);
    let checks = delivered.next().map_or(0, |row| row.checks);
    // Besides one check of each member at the end, and without deliveries to those who had left when these came.
    assert!(
        checks >= receivers * 9 / 10 && checks <= receivers + 200,
        "{checks} {receivers}"
    );
    // Of each message that had somebody to read it, the latency of the last is known.
    assert!(record.latencies.message.len() > messages);
}
