//! Accounts that are deleted.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::Record;
use throng_workloads::audit::Audit;
use throng_workloads::generate::Workload;
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_world::verify::verify;

/// Several devices each, rooms of more than one provider, and people who are looked up.
fn people(more: &[&str]) -> Scenario {
    let overrides = [
        "users.count=24",
        "users.clients=2",
        "rooms.count=5",
        "rooms.size=6",
        "rooms.start=warm",
        "duration=1h",
        "churn={}",
        "churn.deletions=0.4/h",
        "churn.new_clients=0.5/h",
        "churn.look_ups=60/h",
        "messages.rate=20/h",
    ];
    scenario("small", &[&overrides[..], more].concat())
}

fn wished(record: &Record, name: &str) -> u64 {
    let intents = record.counts.intents.iter();
    let counts = intents.filter(|(other, _)| *other == name);
    counts.map(|(_, count)| *count).sum()
}

/// Members of all rooms, when all that is wished is done.
fn left(scenario: &Scenario) -> u64 {
    let streams = scenario.streams();
    let population = Population::draw(scenario, &streams);
    let mut audit = Audit::new(&population);
    for intent in Workload::new(scenario, &population, &streams) {
        audit.check(&intent).expect("a wish that can be");
    }
    audit.clients_in_rooms()
}

#[test]
fn who_is_deleted_is_in_no_room_and_nobody_has_key_packages_of() {
    for more in [
        &[][..],
        &["users.online=always"],
        &["policy.commit=propose"],
    ] {
        let scenario = people(more);
        let record = run_on(&scenario, 2);
        let deleted = other(&record, "accounts_deleted");
        assert!(deleted > 3, "{more:?}: {:?}", record.counts.intents);
        assert_eq!(deleted, wished(&record, "delete-account"), "{more:?}");
        let refused = record.counts.skipped.iter();
        let refused = refused.filter(|(id, _)| *id == "user-who-is-here-no-more");
        let refused: u64 = refused.map(|(_, count)| *count).sum();
        assert!(refused > 0, "{more:?}: {:?}", record.counts.skipped);
        let members = record.series.last().expect("a sample").members;
        assert_eq!(members, left(&scenario), "{more:?}");
    }
}

/// Where only whoever administers a room may remove others from it, and may have lost all devices.
#[test]
fn nobody_is_deleted_who_is_in_a_room() {
    for profile in ["cooperative", "strict", "moderated", "multi-organization"] {
        let profile = format!("policy.profile={profile}");
        for seed in ["seed=1", "seed=2", "seed=3"] {
            let more = [&*profile, "churn.lost_clients=0.5/h", seed];
            assert!(left(&people(&more)) > 0, "{more:?}");
        }
    }
}

#[test]
fn both_engines_delete_the_same() {
    for more in [
        &[][..],
        &["policy.profile=moderated"],
        &["policy.leave=self-remove", "policy.commit=propose"],
    ] {
        let verdict = verify(&people(more), |_| true);
        let verdict = verdict.unwrap_or_else(|error| panic!("{more:?}: {error}"));
        assert!(verdict.agrees(), "{more:?}: {verdict:#?}");
    }
}
