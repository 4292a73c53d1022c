//! Wishes that cross on their way to the hub, in rooms where everything is proposed first. No honest wish ends as refused by MLS, no
//! proposal is lost, and nobody leaves a room behind in which nobody can commit.

use crate::common;

use common::run_on;
use std::path::Path;
use throng_mimi::refusal::Refusal;
use throng_mimi::vocabulary::reasons;
use throng_record::{Record, StuckRoom};
use throng_stack::Reason;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::time::{SimSpan, SimTime};

fn run(toml: &str, overrides: &[String]) -> Record {
    let scenario = Scenario::parse(&ScenarioSource::inline("crossing.toml", toml), overrides)
        .unwrap_or_else(|error| panic!("{error}"));
    let record = run_on(&scenario, 2);
    // Reasons that no honest wish gives.
    for reason in [Refusal::Mls.reason(), &reasons::HANDSHAKE_NOT_ALLOWED] {
        assert_eq!(times(&record, reason), 0, "{:?}", record.counts);
    }
    record
}

fn times(record: &Record, reason: &Reason) -> u64 {
    let mut skipped = record.counts.skipped.iter();
    let found = skipped.find(|(why, _)| *why == reason.id);
    found.map_or(0, |(_, times)| *times)
}

fn members(record: &Record) -> u32 {
    record.rooms[0].members
}

/// Users 0, 1 and 2 are in a room; then these lines of a trace happen, from its 200th second on. Both engines see the same.
fn story(name: &str, lines: &str) -> Record {
    let trace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.csv"));
    let begin = "time,room,actor,action,target\n0s,r0,u0.0,create,\n1s,r0,u0.0,add,u1;u2\n";
    std::fs::write(&trace, format!("{begin}{lines}")).expect("a trace");
    let toml = format!(
        "name = \"crossing\"\nduration = \"10min\"\ntrace = {:?}\n\
         [[providers]]\ndomain = \"a.example\"\n[users]\ncount = 4\n[rooms]\ncount = 1\nsize = 3\n\
         [policy]\ncommit = \"propose\"\ncommit_delay = \"60s\"\n",
        trace.to_str().expect("a path")
    );
    let [real, modelled] =
        ["openmls", "model"].map(|engine| run(&toml, &[format!("engine={engine}")]));
    assert_eq!(real.fingerprint, modelled.fingerprint);
    assert_eq!(real.counts, modelled.counts);
    assert_eq!(real.stuck_rooms, modelled.stuck_rooms);
    real
}

#[test]
fn whom_another_has_proposed_to_add_is_not_proposed_again() {
    let lines = "200s,r0,u0.0,add,u3\n205s,r0,u3.0,leave,\n210s,r0,u1.0,add,u3\n";
    let record = story("known-addition", lines);
    assert_eq!(times(&record, &reasons::ADDED_BY_ANOTHER), 1);
    // The beginning's, then user 3 comes and goes.
    assert_eq!((record.counts.proposals, members(&record)), (3, 3));
}

#[test]
fn two_who_add_the_same_user_at_once_add_them_once() {
    let lines = "200s,r0,u0.0,add,u3\n200s,r0,u3.0,leave,\n200s,r0,u1.0,add,u3\n";
    let record = story("crossing-additions", lines);
    let crossed = Refusal::AddedAlready.reason();
    assert_eq!(times(&record, crossed), 1);
    assert_eq!(times(&record, &reasons::ADDED_BY_ANOTHER), 1);
    assert_eq!((record.counts.proposals, members(&record)), (3, 3));
}

#[test]
fn the_last_who_can_commit_covers_those_who_leave_before_it_leaves() {
    let lines =
        "200s,r0,u0.0,add,u3\n205s,r0,u0.0,leave,\n210s,r0,u1.0,leave,\n215s,r0,u2.0,leave,\n";
    let record = story("known-leaves", lines);
    // User 2 lets user 3 in and users 0 and 1 out; user 3 lets user 2 out.
    assert_eq!((record.counts.commits_accepted, members(&record)), (3, 1));
    assert_eq!(
        (record.latencies.leave.len(), &record.stuck_rooms[..]),
        (3, &[][..])
    );
}

#[test]
fn of_all_who_leave_at_once_the_hub_keeps_one_to_commit() {
    let lines =
        "200s,r0,u0.0,add,u3\n205s,r0,u0.0,leave,\n205s,r0,u1.0,leave,\n205s,r0,u2.0,leave,\n";
    let record = story("crossing-leaves", lines);
    let kept = Refusal::NobodyStays.reason();
    assert_eq!(times(&record, kept), 1);
    assert_eq!((record.counts.commits_accepted, members(&record)), (3, 1));
    assert_eq!(
        (record.latencies.leave.len(), &record.stuck_rooms[..]),
        (3, &[][..])
    );
}

#[test]
fn a_commit_that_crosses_the_committers_removal_does_not_undo_it() {
    // User 2 speaks, for which it first commits user 1's update, while its removal is on its way to it.
    let lines = "150s,r0,u1.0,update,\n200s,r0,u2.0,message,100B\n200s,r0,u0.0,remove,u2\n";
    let record = story("crossing-removal", lines);
    assert_eq!((record.counts.refused, members(&record)), (1, 2));
}

#[test]
fn a_room_is_stuck_when_the_last_who_stays_is_lost() {
    // Users 0 and 1 are to be removed, user 3 is to come; user 2, who would commit all that after a minute, is lost before.
    let lines = "200s,r0,u0.0,add,u3\n205s,r0,u0.0,leave,\n210s,,u1.0,lost,r0=u2.0\n220s,,u2.0,lost,r0=u3.0\n";
    let record = story("stuck", lines);
    let stuck = StuckRoom {
        room: 0,
        since: SimTime::ZERO + SimSpan::from_secs(220),
        proposals: 3,
        leaving: 2,
        lost: 1,
    };
    assert_eq!(
        (&record.stuck_rooms[..], members(&record)),
        (&[stuck][..], 3)
    );
}

/// Rooms of two who come and go, add, remove and update, all by proposals: whatever crosses.
#[test]
fn rooms_of_two_under_churn_are_honest_with_every_seed() {
    let toml = "name = \"pairs\"\nduration = \"1h\"\nengine = \"model\"\n\
        [[providers]]\ndomain = \"a.example\"\nshare = 0.5\n[[providers]]\ndomain = \"b.example\"\nshare = 0.5\n\
        [users]\ncount = 80\n\
        online = { dist = \"exponential\", mean = \"2min\" }\noffline = { dist = \"exponential\", mean = \"2min\" }\n\
        [rooms]\ncount = 40\nsize = 2\nstart = \"warm\"\n\
        [churn]\njoins = \"20/h\"\nleaves = \"20/h\"\nremovals = \"10/h\"\nupdates = \"5/h\"\n\
        [policy]\ncommit = \"propose\"\ncommit_delay = \"60s\"\n";
    let mut crossed = 0;
    for seed in 1..=12 {
        let record = run(toml, &[format!("seed={seed}")]);
        assert_eq!(record.stuck_rooms, []);
        crossed += record.counts.refused;
        crossed += times(&record, &reasons::ADDED_BY_ANOTHER);
    }
    assert!(crossed > 0, "nothing crossed: the test shows nothing");
}
