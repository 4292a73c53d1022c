//! What a run says of those who are offline, and of the time in which nothing happens any more.

use std::path::Path;
use throng_record::Record;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::time::{SimSpan, SimTime};
use throng_world::World;

const END: SimTime = SimTime::from_nanos(600_000_000_000);

/// Somebody wants to speak and to refresh its leaf while it is offline, and misses a message; then these lines of a trace happen.
fn world(name: &str, lines: &str) -> World {
    let trace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.csv"));
    let begin = "time,room,actor,action,target\n1s,r0,u0.0,create,\n2s,r0,u0.0,add,u1\n4s,,u1.0,offline,\n\
                 10s,r0,u1.0,message,100B\n10s,r0,u1.0,update,\n580s,r0,u0.0,message,100B\n";
    std::fs::write(&trace, format!("{begin}{lines}")).expect("a trace");
    let toml = format!(
        "name = \"offline\"\nduration = \"10min\"\nengine = \"model\"\ntrace = {:?}\n\
         [[providers]]\ndomain = \"a.example\"\n[users]\ncount = 10\n[rooms]\ncount = 1\n",
        trace.to_str().expect("a path")
    );
    let scenario =
        Scenario::parse(&ScenarioSource::inline("offline.toml", &toml), &[]).expect("a scenario");
    World::new(&scenario).expect("a world")
}

fn run(name: &str, lines: &str) -> Record {
    let mut world = world(name, lines);
    while world.step().expect("a window") {}
    world.finish(false).expect("a record")
}

/// A latency counts such a wish from when its client is back, so until then its age bounds nothing.
#[test]
fn what_is_wanted_offline_does_not_grow_old() {
    let gone = run("gone", "");
    let open: Vec<_> = gone
        .open
        .iter()
        .map(|open| {
            (
                open.name,
                open.count,
                open.offline,
                open.oldest,
                open.ages.max(),
            )
        })
        .collect();
    assert_eq!(
        open,
        [
            ("message-last", 1, 1, SimSpan::ZERO, 0),
            ("commit-accept", 1, 1, SimSpan::ZERO, 0)
        ]
    );
    // The very wishes take no time once it is back.
    let back = run("back", "590s,,u1.0,online,\n");
    assert!(back.open.is_empty());
    assert!(back.latencies.message_last.max() < 1_000_000);
    assert!(back.latencies.commit_accept.max() < 1_000_000);
}

/// Latencies of messages leave out who was offline, and the record says how often.
#[test]
fn who_was_offline_is_counted_apart() {
    let back = run("late", "590s,,u1.0,online,\n");
    assert_eq!(back.counts.messages_decrypted, 2);
    assert_eq!(back.counts.messages_caught_up, 1);
    assert_eq!(back.latencies.message.len(), 1);
    assert_eq!(back.latencies.catch_up.len(), 1);
}

/// That nothing happens any more is part of a run: of its length, its samples, and what was in use for how much of it.
#[test]
fn a_run_lasts_as_long_as_its_scenario_says() {
    let whole = run("whole", "");
    assert_eq!(whole.end, END);
    let times: Vec<SimTime> = whole.series.iter().map(|point| point.time).collect();
    assert_eq!((times.len(), times.last()), (240, Some(&END)));
    assert!(times.is_sorted_by(|one, other| one < other), "{times:?}");
    // Unless it is stopped.
    let mut world = world("half", "");
    while world.progress().now < SimTime::from_nanos(5_000_000_000)
        && world.step().expect("a window")
    {}
    let half = world.finish(true).expect("a record");
    assert!(half.end < END, "{}", half.end);
    assert!(half.partial);
}
