//! Providers whose connections share bandwidth, or are dealt to writers.

use crate::common::{all_agree, inline, run_on};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// A room whose members hear of a message now and then. Links of clients take 20 ms and no time to speak of for bytes.
const ROOM: &str = r#"
name = "access"
duration = "30min"
engine = "model"
providers = [{}]
users = { count = 100, connections = [{ link = "plain" }] }
rooms = { count = 1, size = 100, start = "warm" }
messages = { rate = "1/h", size = "1000 B" }

[network.client]
plain = { floor = "10ms", latency = "20ms", jitter = "0s", up = "1000 Gbit/s", down = "1000 Gbit/s", loss = 0, duplicate = 0, reorder = 0 }
"#;

/// Two providers, and links on which all goes wrong that can.
const BAD: [&str; 9] = [
    "providers=[{up='1 Mbit/s',down='2 Mbit/s',writers=3},{region='us',cores=1,down='1 Mbit/s',sync='2ms'}]",
    "users.count=24",
    "rooms.size=12",
    "rooms.count=3",
    "churn.joins='20/h'",
    "churn.updates='6/h'",
    "messages.rate='20/h'",
    "network.client.plain={preset='congested-4g',loss=0.03,duplicate=0.02,reorder=0.05,recovery='rack',bursts={p=0.01,r=0.3},slow_start={}}",
    "duration=5min",
];

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOM, overrides)
}

fn run(scenario: &Scenario) -> Record {
    run_on(scenario, 1)
}

/// All copies of a message leave together and share the access, so that each is there when all are: later than without by what all of them
/// take of it.
#[test]
fn fan_out_takes_as_long_as_all_copies_take_of_the_access() {
    let free = run(&scenario(&["users.passive='simulated'"]));
    let shared = run(&scenario(&["providers.0.up='8 Mbit/s'"]));
    let [before, after] = [&free, &shared].map(|record| {
        let each = &record.latencies.message_last;
        (each.len(), each.value_at_quantile(0.5) as f64 / 1e6)
    });
    assert_eq!(before.0, after.0);
    let to_clients: u64 = shared.providers[0].to_clients;
    let messages = shared.counts.messages_accepted;
    assert!(messages > 20, "{messages}");
    let takes = to_clients as f64 / messages as f64 * 8.0 / 8e6;
    let later = after.1 - before.1;
    println!("{takes:.4} s for the copies of a message, {later:.4} s later");
    assert!(
        (later / takes - 1.0).abs() < 0.03,
        "{later} against {takes}"
    );
    assert_eq!(free.providers[0].accesses, [None, None]);
}

/// An access is busy for as long as all that it carried takes at its bandwidth, what was lost and carried again included.
#[test]
fn an_access_carries_all_that_leaves_and_comes() {
    // Setting up connections and acknowledging over HTTP takes bytes that no access carries.
    let record = run(&scenario(
        &[&BAD[..], &["network.transport='none'"]].concat(),
    ));
    assert!(
        record.traffic.iter().any(|row| row.lost > 0),
        "nothing lost"
    );
    let [a, b] = [0, 1].map(|provider| &record.providers[provider]);
    let up = a.accesses[0].expect("an access");
    let carried = (up.busy.as_secs_f64() * up.bandwidth / 8.0).round() as u64;
    let sent = a.to_clients + a.to_providers;
    assert!(carried.abs_diff(sent) < 4, "{carried} of {sent} bytes");
    assert_eq!(b.accesses[0], None);
    // What comes to the other is what this one sent there and its clients sent, duplicates too.
    let down = b.accesses[1].expect("an access");
    let carried = down.busy.as_secs_f64() * down.bandwidth / 8.0;
    assert!(carried > a.to_providers as f64, "{carried}");
    for way in [up, down] {
        assert!(way.wait_max.as_secs_f64() > 0.005, "{way:?}");
    }
}

#[test]
fn both_engines_and_all_threads_agree_on_it() {
    let scenario = scenario(&BAD);
    all_agree(&scenario);
}

/// A hub with four cores writes to a room of 100 in slices: sooner than one core would, and no sooner than four.
#[test]
fn writers_share_the_work_of_a_fan_out() {
    let last = |overrides: &[&str]| {
        let slow = ["cost.profiles.server=20", "users.passive='simulated'"];
        let record = run(&scenario(&[&slow, overrides].concat()));
        let seconds = record.latencies.message_last.value_at_quantile(0.5) as f64 / 1e6;
        (seconds, record.hub_work)
    };
    let (free, _) = last(&["cost.profiles.server=0"]);
    let (whole, work) = last(&[]);
    let (slices, same) = last(&["providers.0.writers=64"]);
    assert_eq!(work, same);
    println!("{free:.4} s without the hub's work, {whole:.4} s, {slices:.4} s in slices");
    let gain = (whole - free) / (slices - free);
    assert!((1.5..4.0).contains(&gain), "{gain}");
}

/// A provider that is down loses what comes meanwhile, and goes on with what it was sending.
#[test]
fn an_outage_ends_and_everybody_hears_of_everything() {
    let outage = [
        "network.outages=['a.example=2min+1min']",
        "providers.0.domain='a.example'",
        "policy.request_timeout='10s'",
    ];
    let record = run(&scenario(&[&BAD[..], &outage].concat()));
    assert!(record.counts.messages_accepted > 20);
}
