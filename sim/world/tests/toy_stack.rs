//! Another protocol than MIMI runs through world and record, on one thread and on two: what any messenger has is there, and nothing
//! that only MLS has.

use crate::common;
use crate::toy;

use common::{run, scenario};
use throng_record::{Record, RoomRow};
use throng_world::World;

fn run_toy(threads: usize) -> Record {
    let scenario = scenario(
        "small",
        &["churn.new_clients=0/h", "churn.lost_clients=0/h"],
    );
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    let world = || {
        let stack = |_: &_, population: &_, _: &_| Ok(Box::new(toy::Toy::new(population)) as _);
        World::with(&scenario, &stack, &|_, party| party)
    };
    pool.install(|| world().and_then(run))
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_stack_without_cryptography_is_recorded_alike_on_one_thread_and_two() {
    let (one, two) = (run_toy(1), run_toy(2));
    assert_eq!(one.fingerprint, two.fingerprint);
    assert_eq!(one.traffic, two.traffic);
}

#[test]
fn its_messages_are_timed_its_packets_counted_and_its_work_priced() {
    let record = run_toy(2);
    assert!(record.counts.messages_accepted > 0 && record.counts.messages_decrypted > 0);
    assert!(record.counts.commits_accepted > 0, "changes");
    assert!(!record.latencies.message.is_empty());
    assert_eq!(record.counts.others.get("postcards"), Some(&1));
    // What it gives up is counted by the reasons of its own table.
    let skipped: Vec<&str> = record.counts.skipped.iter().map(|(id, _)| *id).collect();
    assert!(skipped.contains(&"nothing-that-one-can-say"), "{skipped:?}");
    let kinds: Vec<&str> = record.traffic.iter().map(|row| &*row.kind).collect();
    assert!(
        kinds.iter().all(|kind| ["say", "tell"].contains(kind)),
        "{kinds:?}"
    );
    let packets: u64 = record.traffic.iter().map(|row| row.messages).sum();
    let handled = |work| {
        record
            .units
            .count(work)
            .next()
            .map_or(0, |(_, count)| count)
    };
    // Each packet is handled where it arrives, and each wish where it is sent.
    assert!(handled(&record.client_work) + handled(&record.hub_work) > packets);
}

#[test]
fn what_only_mls_has_is_neither_recorded_nor_counted() {
    let record = run_toy(2);
    assert!(!record.latencies.join.is_empty(), "somebody joins");
    let counts = &record.counts;
    assert_eq!((counts.welcomes, counts.external_commits), (0, 0));
    assert_eq!(record.groups, None);
    // Who is a member is what any messenger has.
    let grown = |row: &RoomRow| row.members > row.initial_members;
    assert!(record.rooms.iter().any(grown));
    assert!(
        record
            .rooms
            .iter()
            .all(|row| row.members <= record.largest_room)
    );
    let members = record.rooms.iter().map(|row| u64::from(row.members)).sum();
    assert_eq!(
        record.series.last().map(|point| point.members),
        Some(members)
    );
}

/// Who reads scenarios asks the stacks first; a library's user may not have.
#[test]
fn what_no_stack_knows_is_refused_where_nobody_asked_before() {
    let refused = |flags: &[&str]| {
        let world = World::new(&scenario("small", flags));
        world.err().expect("refused").to_string()
    };
    assert_eq!(refused(&["stack=post"]), "no protocol is called `post`");
    let profile = "cost.profiles.server={ nanoseconds = { letter = 5 } }";
    assert_eq!(
        refused(&[profile]),
        "cost profile `server`: it has costs of `letter`"
    );
}
