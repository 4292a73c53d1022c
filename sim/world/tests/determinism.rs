//! The same scenario and seed give the same run, whatever runs it.

use crate::common;

use common::{on_the_spot, run, run_on, run_with, scenario};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use throng_stack::{Outputs, Peer};
use throng_workloads::intent::ProviderId;
use throng_workloads::time::{SimSpan, SimTime};
use throng_world::World;

/// Name, fingerprint and overrides of each pinned run.
const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn golden_fingerprints() {
    let lines = || GOLDEN.lines().filter(|line| !line.starts_with('#'));
    let found: String = lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let fingerprint = run_on(&scenario(words[0], &words[2..]), 2).fingerprint;
            [&[words[0], &fingerprint], &words[2..]].concat().join(" ") + "\n"
        })
        .collect();
    let pinned: String = lines().map(|line| line.to_owned() + "\n").collect();
    assert_eq!(found, pinned, "fingerprints moved; found:\n{found}");
}

#[test]
fn one_thread_and_more_give_the_same_run() {
    // By classes; by regions; by classes again, where most only receive.
    let some_only_receive = &["users.count=3000", "rooms.size=2900", "duration=5min"];
    for (name, overrides) in [
        ("small", &["duration=4min"][..]),
        ("company", &BUSY),
        ("million", some_only_receive),
    ] {
        let scenario = scenario(name, overrides);
        let [one, more @ ..] = [1, 2, 4].map(|threads| format!("{:?}", run_on(&scenario, threads)));
        for other in more {
            assert!(one == other, "{name}");
        }
    }
}

/// Who gets a core that all share follows from what happens, and not from how it is worked out.
#[test]
fn engines_agree_on_one_machine() {
    let on_one = |engine: &str| {
        let engine = format!("engine={engine}");
        let scenario = scenario("small", &["duration=4min", &engine]);
        World::on_one_machine(&scenario, 1)
            .and_then(run)
            .expect("it runs")
    };
    let [model, openmls] = ["model", "openmls"].map(on_one);
    assert!(model.events > 1_000, "{} events", model.events);
    assert_eq!(model.fingerprint, openmls.fingerprint);
}

#[test]
fn another_seed_gives_another_run() {
    let one = run_on(&scenario("small", &["duration=2min"]), 2);
    let other = run_on(&scenario("small", &["duration=2min", "seed=99"]), 2);
    assert_ne!(one.fingerprint, other.fingerprint);
}

/// Enough happens that the record is written on a thread of its own, where there are two cores.
const BUSY: [&str; 4] = [
    "engine=model",
    "users.count=300",
    "rooms.count=60",
    "duration=20min",
];

#[test]
fn written_beside_or_on_the_spot_the_record_is_the_same() {
    let some_only_receive = ["users.count=3000", "rooms.size=2900", "duration=10min"];
    for (name, overrides) in [("company", &BUSY[..]), ("million", &some_only_receive)] {
        let scenario = scenario(name, overrides);
        let beside = World::new(&scenario).and_then(run).expect("it runs");
        let spot = on_the_spot(|| World::new(&scenario).and_then(run)).expect("it runs");
        assert!(beside.events > 2_000, "{name}: {} events", beside.events);
        assert_eq!(format!("{beside:?}"), format!("{spot:?}"), "{name}");
    }
}

#[test]
fn what_is_wrong_is_the_same_wherever_it_is_found() {
    let scenario = scenario("company", &BUSY);
    let wrong = || {
        let dropped = Arc::new(AtomicBool::new(false));
        let bend = move |now: SimTime, out: &mut Outputs| {
            let late = now >= SimTime::ZERO + SimSpan::from_secs(600);
            out.sends.retain(|(to, envelope)| {
                let event = matches!(to, Peer::Client(_)) && envelope.event.is_some();
                !(late && event) || dropped.swap(true, Ordering::Relaxed)
            });
        };
        let result = run_with(&scenario, Peer::Provider(ProviderId(0)), bend);
        let result = result.map(|record| record.events);
        result.map_err(|error| error.to_string())
    };
    let beside = wrong();
    assert!(beside.is_err(), "{beside:?}");
    assert_eq!(beside, on_the_spot(wrong));
}
