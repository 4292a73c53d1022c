//! The picture of a small room's tree is true: held against the commits, the other engine, and other threads.

use crate::common;

use common::{groups, run_on, scenario};
use throng_mls::tree_health::{SMALL_TREE, tree_health};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// Whether each moment's tree is the one that the commit of its epoch left, by all that the commit's row says of it.
fn check(record: &Record) {
    let groups = groups(record);
    let small = groups.small_room.as_ref().expect("a small room");
    let row = &record.rooms[small.room as usize];
    assert!(small.moments.len() > 3, "{}", small.moments.len());
    for moment in &small.moments {
        let health = tree_health(&moment.nodes);
        assert_eq!(moment.nodes.len() as u32, 2 * health.leaves - 1);
        let mut commits = groups.commits.iter();
        let commit = commits.find(|row| (row.room, row.epoch) == (small.room, moment.epoch));
        match (commit, moment.epoch) {
            (Some(commit), _) => assert_eq!((commit.time, commit.health), (moment.time, health)),
            (None, epoch) => assert_eq!((epoch, health.members), (0, row.initial_members)),
        }
    }
    let [first, .., last] = small.moments.as_slice() else {
        panic!("more than three")
    };
    assert_eq!((first.epoch, last.epoch), (0, row.epoch));
    assert_eq!(tree_health(&last.nodes), groups.trees[small.room as usize]);
    // Of the other small rooms none has more commits.
    for other in record
        .rooms
        .iter()
        .filter(|other| other.commits > row.commits)
    {
        let mut commits = groups.commits.iter();
        assert!(commits.any(|row| row.room == other.room && row.health.leaves > SMALL_TREE));
    }
}

fn on(engine: &str, name: &str, overrides: &[&str]) -> Scenario {
    scenario(name, &[overrides, &[&format!("engine={engine}")]].concat())
}

#[test]
fn both_engines_show_the_same_trees() {
    for (name, overrides) in [
        ("small", &["duration=4min"][..]),
        (
            "half-blank",
            &["users.count=40", "rooms.count=2", "rooms.size=20"],
        ),
    ] {
        let real = run_on(&on("openmls", name, overrides), 2);
        let model = run_on(&on("model", name, overrides), 1);
        check(&real);
        assert_eq!(
            groups(&real).small_room,
            groups(&model).small_room,
            "{name}"
        );
    }
}

/// The record counts members by the changes that were accepted, whatever the protocol; trees have leaves.
#[test]
fn each_room_has_the_members_that_its_tree_has() {
    for (name, overrides) in [
        ("small", &[][..]),
        ("company", &["duration=5min", "warmup=0s"]),
        (
            "half-blank",
            &["users.count=40", "rooms.count=2", "rooms.size=20"],
        ),
    ] {
        let record = run_on(&on("model", name, overrides), 2);
        let groups = groups(&record);
        let by_facts: Vec<u32> = record.rooms.iter().map(|row| row.members).collect();
        let by_trees: Vec<u32> = groups.trees.iter().map(|tree| tree.members).collect();
        assert_eq!(by_facts, by_trees, "{name}");
        let first = record.rooms.iter().map(|row| row.initial_members);
        let later = groups.commits.iter().map(|row| row.health.members);
        assert_eq!(
            Some(record.largest_room),
            first.chain(later).max(),
            "{name}"
        );
    }
}

#[test]
fn a_run_of_large_rooms_has_no_picture() {
    let record = run_on(
        &on("model", "half-blank", &["users.count=80", "rooms.size=70"]),
        1,
    );
    assert_eq!(groups(&record).small_room, None);
}
