//! What waits for what between providers: all that is on their connection, or what is about one room.

use crate::common::{all_agree, inline, run_on};
use throng_workloads::scenario::Scenario;

/// Two providers, between which every fiftieth packet is lost and takes a second more, and rooms with users of both.
const ROOMS: &str = r#"
name = "in-order"
duration = "10min"
engine = "model"
providers = [{ domain = "a.example" }, { domain = "b.example", region = "us" }]
users = { count = 60, connections = [{ link = "plain" }] }
rooms = { count = 20, size = 6, start = "warm", locality = 0, hub = "first" }
churn = { updates = "2/h" }
messages = { rate = "240/h", size = "200 B" }

[network]
between_regions = { preset = "transatlantic", jitter = "0s", loss = "2%", retransmit = "1s" }

[network.client]
plain = { floor = "10ms", latency = "20ms", jitter = "0s", up = "1 Gbit/s", down = "1 Gbit/s", loss = 0, duplicate = 0, reorder = 0 }
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOMS, overrides)
}

#[test]
fn rooms_on_streams_of_their_own_do_not_wait_for_each_other() {
    let [connection, room] = ["connection", "room"].map(|in_order| {
        let record = run_on(&scenario(&[&format!("network.in_order='{in_order}'")]), 1);
        let message = &record.latencies.message;
        (
            message.len(),
            message.mean() / 1e3,
            record.counts.messages_accepted,
        )
    });
    println!("connection {connection:?}, room {room:?}: messages, ms in the mean, accepted");
    assert_eq!(connection.2, room.2, "the same is said");
    assert!(connection.2 > 500);
    // Four messages a second go over a way, every fiftieth of which holds up for a second all that come, or a twentieth of them.
    assert!(room.1 < 0.75 * connection.1, "{room:?} {connection:?}");
}

#[test]
fn both_engines_and_all_threads_agree_on_streams() {
    let scenario = scenario(&[
        "network.in_order='room'",
        "duration=2min",
        "churn.joins='20/h'",
        "providers.1.down='1 Mbit/s'",
        "providers.0.up='2 Mbit/s'",
        "network.between_regions={preset='transatlantic',loss=0.05,duplicate=0.05,reorder=0.05,recovery='rack'}",
    ]);
    all_agree(&scenario);
}
