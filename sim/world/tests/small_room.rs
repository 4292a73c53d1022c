//! The picture of a small room's tree is true: held against the commits, the other engine, and other threads.

mod common;

use common::{run_on, scenario};
use throng_mls::tree_health::{SMALL_TREE, tree_health};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// Whether each moment's tree is the one that the commit of its epoch left, by all that the commit's row says of it.
fn check(record: &Record) {
    let small = record.small_room.as_ref().expect("a small room");
    let row = &record.rooms[small.room as usize];
    assert!(small.moments.len() > 3, "{}", small.moments.len());
    for moment in &small.moments {
        let health = tree_health(&moment.nodes);
        assert_eq!(moment.nodes.len() as u32, 2 * health.leaves - 1);
        let mut commits = record.commits.iter();
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
    assert_eq!(tree_health(&last.nodes), row.health);
    // Of the other small rooms none has more commits.
    for other in record
        .rooms
        .iter()
        .filter(|other| other.commits > row.commits)
    {
        let mut commits = record.commits.iter();
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
        assert_eq!(real.small_room, model.small_room, "{name}");
    }
}

#[test]
fn a_run_of_large_rooms_has_no_picture() {
    let record = run_on(
        &on("model", "half-blank", &["users.count=80", "rooms.size=70"]),
        1,
    );
    assert_eq!(record.small_room, None);
}
