//! Clients who do nothing but receive: counted in loops, they make the same run as simulated one by one.

use crate::common;

use common::{groups, inline};

use rayon::prelude::*;
use throng_record::Record;
use throng_workloads::scenario::Scenario;
use throng_world::World;
use throng_world::verify::verify;

const ROOM: &str = r#"
name = "audience"
duration = "20min"

[[providers]]
domain = "a.example"

[[providers]]
domain = "b.example"
region = "us"

[users]
count = 70

[[users.connections]]
link = "wifi"
share = 0.6

[[users.connections]]
link = "4g"
share = 0.4
profile = "phone"

[rooms]
count = 1
size = 60
start = "warm"

[churn]
joins = "30/h"
leaves = "9/h"
removals = "6/h"
updates = "0.4/h"
new_clients = "0.1/h"
resyncs = "0.1/h"

[messages]
rate = "0.4/h"

[policy]
committer = "admin-covers"
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOM, overrides)
}

fn run(overrides: &[&str]) -> Record {
    let mut world = World::new(&scenario(overrides)).expect("it begins");
    while world.step().expect("it goes on") {}
    world.finish(false).expect("it ends well")
}

#[test]
fn both_engines_agree_on_them() {
    for seed in 1..4 {
        let verdict = verify(&scenario(&[&format!("seed={seed}")]), |_| true).expect("both run");
        assert!(verdict.agrees(), "seed {seed}: {verdict:#?}");
        assert!(verdict.agreement.commits.commits > 10, "{verdict:#?}");
    }
}

/// Worlds that run in the workers of a pool must not wait there for work that waits for a worker.
#[test]
fn worlds_run_in_a_pool_as_outside_of_one() {
    const OUTSIDE: usize = 3;
    let fingerprint = |seed: usize| run(&[&format!("seed={seed}")]).fingerprint;
    let (done, results) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // The pool that everything uses, with a few worlds for each of its workers.
        let runs = (0..4 * rayon::current_num_threads()).into_par_iter();
        let inside: Vec<_> = runs.map(fingerprint).collect();
        // Nobody listens any more where this took too long.
        done.send(inside).ok();
    });
    let inside = results.recv_timeout(std::time::Duration::from_secs(600));
    let inside = inside.expect("they do not wait for each other for ever");
    let outside: Vec<_> = (0..OUTSIDE).map(fingerprint).collect();
    assert_eq!(inside[..OUTSIDE], outside);
}

/// Without randomness on the links, and where serving an acknowledgement takes a provider no time (those of passive
/// clients are served all at once), nothing is left that could differ: the same commits, the same deliveries, the
/// same times.
#[test]
fn counted_and_simulated_they_make_the_same_run() {
    let plain = [
        "engine=model",
        "cost.profiles.server=0.000000001",
        "network.client.wifi={floor='5ms',latency='10ms',jitter='0s',up='50 Mbit/s',down='100 Mbit/s',loss=0,duplicate=0,reorder=0}",
        "network.client.4g={floor='5ms',latency='40ms',jitter='0s',up='5 Mbit/s',down='20 Mbit/s',loss=0,duplicate=0,reorder=0}",
    ];
    let counted = run(&plain);
    let simulated = run(&[&plain[..], &["users.passive=simulated"]].concat());
    assert!(
        counted.events * 3 < simulated.events * 2,
        "{} and {}",
        counted.events,
        simulated.events
    );
    assert_eq!(
        groups(&counted).commits.len(),
        groups(&simulated).commits.len()
    );
    for (one, other) in groups(&counted)
        .commits
        .iter()
        .zip(&groups(&simulated).commits)
    {
        assert_eq!(one.commit_bytes, other.commit_bytes);
        assert_eq!(one.health, other.health);
        assert_eq!(
            (one.epoch, one.committer_leaf),
            (other.epoch, other.committer_leaf)
        );
        assert_eq!(one.time, other.time);
        assert_eq!(one.converge_max, other.converge_max, "{one:?} {other:?}");
    }
    assert_eq!(counted.counts, simulated.counts);
    assert_eq!(counted.client_work, simulated.client_work);
    assert_eq!(counted.latencies.message, simulated.latencies.message);
    assert_eq!(counted.latencies.converge, simulated.latencies.converge);
    assert_eq!(
        counted.latencies.message_last,
        simulated.latencies.message_last
    );
    assert_eq!(
        counted.latencies.converge_last,
        simulated.latencies.converge_last
    );
    assert_eq!(counted.client_cpu, simulated.client_cpu);
    assert_eq!(counted.clients, simulated.clients);
}
