//! Nobody gets stuck: where all are online, every wish comes to something before the run ends.

use crate::common;

use common::{run_on, scenario};
use throng_record::Record;
use throng_record::reasons::STILL_OPEN;
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// Nobody is ever offline and no device is lost, so nothing excuses a wish that stays open.
const ONLINE: [&str; 3] = [
    "users.offline=1ms",
    "users.online=1000h",
    "churn.lost_clients=0/h",
];

fn run(name: &str, overrides: &[&str]) -> Record {
    let record = run_on(&scenario(name, &[&ONLINE[..], overrides].concat()), 2);
    let open = record
        .counts
        .skipped
        .iter()
        .find(|(reason, _)| *reason == STILL_OPEN.id);
    assert_eq!(open, None, "{name} {overrides:?}: wishes stay open");
    record
}

#[test]
fn clients_that_lose_their_state_while_the_hub_is_asked_come_back() {
    let record = run(
        "small",
        &["duration=3min", "churn.resyncs=60/h", "churn.updates=400/h"],
    );
    assert!(
        record.counts.external_commits > 10,
        "hardly anybody came back"
    );
}

#[test]
fn the_administrator_can_leave() {
    let overrides = [
        "seed=3",
        "policy.committer=admin",
        "churn.join_by=add",
        "churn.leaves=60/h",
        "churn.resyncs=0/h",
        "churn.new_clients=0/h",
    ];
    let record = run("small", &overrides);
    assert!(!record.latencies.leave.is_empty());
}

/// A message that was too old comes back to the front of the queue while an update is with the hub.
#[test]
fn every_message_is_accepted_once_where_epochs_change_under_it() {
    let overrides = [
        "seed=2",
        "policy.epoch_tolerance=0",
        "churn.updates=400/h",
        "messages.rate=900/h",
        "churn.resyncs=0/h",
        "churn.removals=0/h",
        "churn.leaves=0/h",
        "churn.joins=0/h",
    ];
    let record = run("small", &overrides);
    let wished = record
        .counts
        .intents
        .iter()
        .find(|(action, _)| *action == "message")
        .map(|(_, n)| *n);
    assert_eq!(wished, Some(record.counts.messages_accepted));
    assert!(record.counts.epoch_too_old > 0, "no message was too old");
}

/// Attempts are commits that were accepted, lost or refused, and nothing else.
#[test]
fn attempts_add_up_where_proposals_are_refused_too() {
    let record = run_on(
        &scenario("small", &["policy.commit=propose", "churn.leaves=60/h"]),
        2,
    );
    let counts = &record.counts;
    assert_eq!(
        counts.commit_attempts,
        counts.commits_accepted + counts.wrong_epoch + counts.refused
    );
    assert!(counts.proposals > 0);
}

/// Clients that go without a word, and requests that are repeated where answers are slow: everybody who comes back has
/// everything, and both engines agree on what happened.
#[test]
fn clients_may_vanish_without_a_word() {
    let overrides = [
        "duration=5min",
        "users.online={ dist = \"exponential\", mean = \"40s\" }",
        "users.offline={ dist = \"exponential\", mean = \"20s\" }",
        "users.vanish=50%",
        "policy.request_timeout=500ms",
        "churn.updates=60/h",
        "messages.rate=200/h",
    ];
    let on = |engine: &str| {
        let engine = format!("engine={engine}");
        run_on(
            &scenario("small", &[&overrides[..], &[&engine]].concat()),
            2,
        )
    };
    let (real, model) = (on("openmls"), on("model"));
    assert_eq!(real.fingerprint, model.fingerprint);
    assert!(real.counts.messages_decrypted > 100);
    assert!(!real.latencies.catch_up.is_empty());
}

/// Whoever leaves has proposed that others go before, and others have proposed that a lost client of its own goes: who comes from outside
/// takes those off the list who go altogether, and no others, or nobody comes in any more.
#[test]
fn a_room_is_not_closed_by_those_who_leave_it() {
    const TEXT: &str = r#"
        name = "leaving"
        engine = "model"
        duration = "30min"
        [[providers]]
        domain = "a.example"
        [users]
        count = 60
        clients = 3
        [[users.connections]]
        link = "4g"
        [rooms]
        count = 1
        size = 25
        [churn]
        joins = "600/h"
        join_by = "external"
        leaves = "400/h"
        lost_clients = "30/h"
        new_clients = "6/h"
        [messages]
        rate = "0.5/h"
        [policy]
        commit = "propose"
        leave = "self-remove"
        commit_delay = "20s"
    "#;
    for seed in ["seed=3", "seed=4"] {
        let source = ScenarioSource::inline("leaving.toml", TEXT);
        let scenario = Scenario::parse(&source, &[seed.to_owned()]).expect("sound");
        let record = run_on(&scenario, 2);
        let last = common::groups(&record).commits.last().expect("commits");
        let last = last.time.as_secs_f64();
        assert!(last > 1_700.0, "{seed}: the last commit is of {last} s");
    }
}
