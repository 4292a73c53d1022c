//! What HTTP and TLS take: counted by the parties and by the network, which know nothing of each other, it is the same; and connections
//! take the round trips that they take.

use crate::common::inline;
use throng_record::Record;
use throng_workloads::scenario::Scenario;
use throng_world::World;
use throng_world::verify::verify;

const ROOM: &str = r#"
name = "transport"
duration = "10min"

[[providers]]
domain = "a.example"

[[providers]]
domain = "b.example"
region = "us"

[users]
count = 24

[[users.connections]]
link = "plain"

[rooms]
count = 2
size = 12
start = "warm"

[churn]
joins = "40/h"
leaves = "20/h"
updates = "1/h"
new_clients = "0.5/h"
resyncs = "0.3/h"

[messages]
rate = "6/h"

[network]
same_region = { floor = "1ms", latency = "1ms", jitter = "0s", loss = 0, duplicate = 0, reorder = 0 }
between_regions = { floor = "40ms", latency = "40ms", jitter = "0s", loss = 0, duplicate = 0, reorder = 0 }

[network.client]
plain = { floor = "10ms", latency = "20ms", jitter = "0s", up = "10 Mbit/s", down = "10 Mbit/s", loss = 0, duplicate = 0, reorder = 0 }
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOM, overrides)
}

fn run(overrides: &[&str]) -> Record {
    let mut world = World::new(&scenario(overrides)).expect("it begins");
    while world.step().expect("it goes on") {}
    world.finish(false).expect("it ends well")
}

/// How much of a unit clients and providers count.
fn counted(record: &Record, counter: &str) -> (u64, u64) {
    let of = |work| {
        let mut all = record.units.count(work);
        let found = all.find(|(unit, _)| unit.counter == counter);
        found.expect("a unit").1
    };
    (of(&record.client_work), of(&record.hub_work))
}

fn all(record: &Record, counter: &str) -> u64 {
    let (clients, providers) = counted(record, counter);
    clients + providers
}

fn sent(record: &Record, of: impl Fn(&throng_record::TrafficRow) -> u64) -> u64 {
    record.traffic.iter().map(of).sum()
}

fn messages(record: &Record, kind: &str) -> u64 {
    let rows = record.traffic.iter().filter(|row| row.kind == kind);
    rows.map(|row| row.messages).sum()
}

/// Nobody is offline, nothing is lost, and all that is on its way arrives.
#[test]
fn parties_count_what_the_network_carries() {
    for overrides in [
        &["seed=1"][..],
        &["seed=2", "users.passive=simulated"],
        // Many only receive.
        &[
            "seed=3",
            "rooms.count=1",
            "rooms.size=24",
            "users.count=26",
            "churn.new_clients=0/h",
        ],
        &["seed=4", "network.transport=none"],
    ] {
        let record = run(overrides);
        let bytes = sent(&record, |row| row.sent);
        assert_eq!(all(&record, "sent_bytes"), bytes, "{overrides:?}");
        assert_eq!(all(&record, "received_bytes"), bytes, "{overrides:?}");
        assert_eq!(bytes, sent(&record, |row| row.received));
        let bodies = sent(&record, |row| row.bodies);
        assert_eq!(
            bytes == bodies,
            overrides.contains(&"network.transport=none")
        );
        let requests = all(&record, "requests_out");
        assert!(requests > 100, "{requests}");
        assert_eq!(all(&record, "requests_in"), requests, "{overrides:?}");
        let records = counted(&record, "records_out");
        assert_eq!(counted(&record, "records_in"), (records.1, records.0));
        let kinds: u64 = record
            .traffic
            .iter()
            .filter(|row| row.from == "provider" && row.to == "client")
            .filter(|row| row.kind != "receipt" && row.kind != "connection")
            .map(|row| row.messages)
            .sum();
        assert_eq!(records, (0, kinds), "{overrides:?}");
    }
}

#[test]
fn who_comes_online_sets_up_a_connection() {
    let habits = [
        "users.online={dist='exponential',mean='3min'}",
        "users.offline={dist='exponential',mean='1min'}",
        "churn.joins=0/h",
        "churn.leaves=0/h",
        "churn.resyncs=0/h",
    ];
    let with = run(&habits);
    let without = run(&[&habits[..], &["network.transport=none"]].concat());
    let connections = all(&with, "connections_in") + all(&with, "resumptions_in");
    assert!(connections > 50, "{connections}");
    // There and back is a row each.
    assert_eq!(2 * connections, messages(&with, "connection"));
    assert_eq!(all(&with, "connections_out"), all(&with, "connections_in"));
    assert_eq!(all(&with, "resumptions_out"), all(&with, "resumptions_in"));
    // Whoever was there at the beginning has a ticket.
    assert!(all(&with, "resumptions_in") > 10 * all(&with, "connections_in"));
    assert_eq!(
        all(&without, "resumptions_in") + messages(&without, "connection"),
        0
    );
    // Two round trips of 40 ms come before the one in which it hears what it has missed, and at 10 Mbit/s a millisecond or so.
    let quickest = |record: &Record| record.latencies.catch_up.min() as f64 / 1e3;
    let more = quickest(&with) - quickest(&without);
    assert!((80.0..82.0).contains(&more), "{more} ms");
}

#[test]
fn both_engines_agree_on_it() {
    let habits = [
        "users.online={dist='exponential',mean='3min'}",
        "users.offline={dist='exponential',mean='1min'}",
    ];
    let verdict = verify(&scenario(&habits), |_| true).expect("both run");
    assert!(verdict.agrees(), "{verdict:#?}");
}

/// Of what a provider took, by its profile.
#[test]
fn the_parts_of_a_providers_time_add_up() {
    let record = run(&[]);
    for (row, work) in record.providers.iter().zip(&record.provider_work) {
        let names: Vec<_> = work.cpu.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["mls", "transport", "storage"]);
        let sum: u64 = work.cpu.iter().map(|(_, time)| time.as_nanos()).sum();
        // Each input is rounded to the nanosecond.
        assert!(
            sum.abs_diff(row.busy.as_nanos()) <= row.requests + 3,
            "{sum}, {row:?}"
        );
        assert!(
            work.cpu.iter().all(|(_, time)| time.as_nanos() > 0),
            "{work:?}"
        );
    }
}
