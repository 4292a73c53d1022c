//! Who commits what others proposed, by every policy: both engines agree, the same is wished, and no room stands still.

use crate::common;

use common::{groups, run_on, scenario};
use throng_record::Record;
use throng_world::verify::verify;

/// Every policy, as settings of `commit-policies`.
const POLICIES: [&[&str]; 12] = [
    &[],
    &["policy.commit_delay=0s"],
    &["policy.committer=admin"],
    &["policy.committer=admin-covers"],
    &["policy.committer=lowest-leaf"],
    &["policy.committer=most-active"],
    &["policy.committer=rendezvous", "policy.commit_delay=0s"],
    &["policy.commit_batch=4", "policy.commit_batch_wait=20s"],
    &["policy.committer=rendezvous", "policy.commit_batch=4"],
    &["policy.admission=one-first", "policy.commit_delay=0s"],
    &["policy.refresh=1.5"],
    &["policy.committer=lowest-leaf", "policy.refresh=0.5"],
];

/// A small room of much the same kind. Nobody joins from outside, which would void what waits.
const SMALL: [&str; 7] = [
    "users.count=30",
    "rooms.size=18",
    "duration=26min",
    "churn.updates=2/h",
    "churn.lost_clients=1/h",
    "users.online={ dist = \"exponential\", mean = \"8min\" }",
    "users.offline={ dist = \"exponential\", mean = \"4min\" }",
];

fn run(policy: &[&str]) -> Record {
    run_on(
        &scenario("commit-policies", &[&SMALL[..], policy].concat()),
        2,
    )
}

#[test]
fn both_engines_agree_on_every_policy() {
    for policy in POLICIES {
        let overrides = [&SMALL[..], &["duration=10min"], policy].concat();
        let verdict = verify(&scenario("commit-policies", &overrides), |_| true);
        let verdict = verdict.unwrap_or_else(|error| panic!("{policy:?}: {error}"));
        assert!(verdict.agrees(), "{policy:?}: {verdict:#?}");
        assert!(verdict.agreement.commits.commits > 4, "{policy:?}");
    }
}

/// A third of all clients is offline at any time, some for good, and whoever's turn it is may be among them. All that is proposed is
/// covered all the same, by the same wishes.
#[test]
fn no_room_stands_still_and_all_policies_have_the_same_wishes() {
    let wishes = run(POLICIES[0]).counts.intents;
    for policy in POLICIES {
        let record = run(policy);
        assert_eq!(record.counts.intents, wishes, "{policy:?}");
        assert!(!record.partial, "{policy:?}");
        assert_eq!(record.stuck_rooms, [], "{policy:?}");
        let alone = ["policy.committer=admin", "policy.committer=admin-covers"];
        if policy.iter().any(|set| alone.contains(set)) {
            // These do wait for one client, which may be offline at the end.
            continue;
        }
        assert!(record.counts.proposals > 30, "{policy:?}");
        assert_eq!(
            record.latencies.cover.len(),
            record.counts.proposals,
            "{policy:?}: what was proposed was not covered"
        );
    }
}

/// Where all wait as long everybody who hears of a proposal commits it, and all but one lose. In turn nearly none do. Where one is told
/// first fewer do: whatever else happens meanwhile takes along what was held back, and then all hear of it.
#[test]
fn turns_and_admission_spare_attempts() {
    let race = run(&["policy.commit_delay=0s"]);
    let lost =
        |record: &Record| record.counts.wrong_epoch as f64 / record.counts.commits_accepted as f64;
    assert!(lost(&race) > 2.0, "{}", lost(&race));
    for policy in [
        &["policy.committer=lowest-leaf", "policy.commit_delay=0s"][..],
        &["policy.committer=rendezvous", "policy.commit_delay=0s"],
        &["policy.committer=most-active", "policy.commit_delay=0s"],
    ] {
        let record = run(policy);
        assert!(
            lost(&record) < lost(&race) / 4.0,
            "{policy:?}: {} against {}",
            lost(&record),
            lost(&race)
        );
    }
    // Here the delay has to be longer than from a proposal to its commit: they come together.
    let (race, one_first) = (
        run(&["policy.commit_delay=300ms"]),
        run(&["policy.admission=one-first", "policy.commit_delay=300ms"]),
    );
    assert!(
        lost(&one_first) < lost(&race) / 2.0,
        "{} against {}",
        lost(&one_first),
        lost(&race)
    );
}

#[test]
fn batches_make_fewer_commits_and_keep_people_waiting() {
    let (one, batch) = (
        run(&[]),
        run(&["policy.commit_batch=4", "policy.commit_batch_wait=60s"]),
    );
    assert!(batch.counts.commits_accepted < one.counts.commits_accepted * 3 / 4);
    let wait = |record: &Record| record.latencies.cover.value_at_quantile(0.5);
    assert!(wait(&batch) > 2 * wait(&one));
}

#[test]
fn refreshes_make_commits_short_and_come_to_an_end() {
    let ciphertexts = |record: &Record| {
        let commits = groups(record).commits.iter().filter(|row| row.path);
        let each: Vec<f64> = commits.map(|row| f64::from(row.ciphertexts)).collect();
        each.iter().sum::<f64>() / each.len() as f64
    };
    let (none, some) = (run(&[]), run(&["policy.refresh=1.5"]));
    assert!(some.counts.commits_accepted > none.counts.commits_accepted);
    assert!(
        ciphertexts(&some) < ciphertexts(&none),
        "{} against {}",
        ciphertexts(&some),
        ciphertexts(&none)
    );
}

/// Where something is proposed all the time, turns come all the same.
#[test]
fn a_stream_of_proposals_keeps_nobody_waiting() {
    for committer in ["lowest-leaf", "most-active", "rendezvous"] {
        let committer = format!("policy.committer={committer}");
        let overrides = [
            "users.online=always",
            "churn.lost_clients=0/h",
            "churn.updates=60/h",
            "messages.rate=0",
            &committer,
        ];
        let record = run(&overrides);
        // One is proposed every three seconds or so; nobody who comes first is away, and each commits within 2 s.
        assert!(record.counts.proposals > 400, "{committer}");
        let longest = record.latencies.cover.max() as f64 / 1e6;
        assert!(longest < 8.0, "{committer}: {longest} s");
    }
}

/// Where one of all may have to commit, nobody only receives, whatever `users.passive` says.
#[test]
fn whoever_may_have_a_turn_is_simulated() {
    for policy in [
        "policy.committer=lowest-leaf",
        "policy.committer=most-active",
        "policy.committer=rendezvous",
        "policy.admission=one-first",
        "policy.refresh=1",
    ] {
        let fingerprint = |passive: &str| {
            let passive = format!("users.passive={passive}");
            let overrides = [
                "users.online=always",
                "churn.lost_clients=0/h",
                policy,
                &passive,
            ];
            run(&overrides).fingerprint
        };
        assert_eq!(fingerprint("counted"), fingerprint("simulated"), "{policy}");
    }
}

#[test]
fn threads_change_nothing() {
    for policy in [
        &["policy.committer=rendezvous"][..],
        &["policy.admission=one-first", "policy.refresh=1"],
    ] {
        let scenario = scenario("commit-policies", &[&SMALL[..], policy].concat());
        assert_eq!(
            run_on(&scenario, 1).fingerprint,
            run_on(&scenario, 3).fingerprint,
            "{policy:?}"
        );
    }
}
