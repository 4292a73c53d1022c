//! Devices that sleep, and are woken by push.

use crate::common::{all_agree, inline, run_on};
use throng_record::Record;
use throng_workloads::scenario::Scenario;

/// One room of all, whose people are away for an hour.
const ROOM: &str = r#"
name = "push"
duration = "100h"
engine = "model"
rooms = { count = 1, size = 40, start = "warm" }
messages = { rate = "1.5/h", size = "100 B" }

[users]
count = 40
online = { dist = "exponential", mean = "1h" }
offline = { dist = "exponential", mean = "1h" }

[[users.connections]]
link = "wifi"
push = "1min"
awake = "2min"
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    inline(ROOM, overrides)
}

fn run(scenario: &Scenario) -> Record {
    run_on(scenario, 1)
}

fn woken(record: &Record) -> u64 {
    record
        .counts
        .others
        .get("devices_woken")
        .copied()
        .unwrap_or(0)
}

/// A device sleeps until the next message, an exponential time of mean 1/λ, is woken a minute later, and sleeps again after two: as often as the renewal
/// process of such cycles has it, 1 / (1/λ + 180 s), while nobody has it in hand. What those want to say who are away waits until their devices
/// wake, all at about the same time, so that it is those who are there who wake others: half of all.
#[test]
fn a_device_is_woken_as_often_as_a_renewal_process_has_it() {
    let record = run(&scenario(&[]));
    let hours = 100.0;
    let rate = record.counts.messages_accepted as f64 / 2.0 / hours;
    let each = 1.0 / (1.0 / rate + 180.0 / 3_600.0);
    // Half of the time nobody has it in hand.
    let want = each * 40.0 * hours / 2.0;
    let got = woken(&record) as f64;
    println!(
        "{got} times, by the formula {want:.0}, of {rate:.1} messages an hour by those who are there"
    );
    assert!((got / want - 1.0).abs() < 0.06, "{got} against {want}");
    assert_eq!(
        woken(&run(&scenario(&["users.connections=[{link='wifi'}]"]))),
        0
    );
}

/// With push nothing waits longer than a push takes, and little more.
#[test]
fn what_waits_for_a_sleeping_device_does_not_wait_for_long() {
    let stored = |overrides: &[&str]| {
        let record = run(&scenario(overrides));
        record.providers[0].stored_max
    };
    let (with, without) = (stored(&[]), stored(&["users.connections=[{link='wifi'}]"]));
    assert!(with * 2 < without, "{with} against {without}");
}

/// A provider that was down finds out whom it has to send for: devices went to sleep meanwhile, or were woken in vain.
#[test]
fn an_outage_leaves_nobody_asleep_for_whom_something_waits() {
    let outage = [
        "duration=8h",
        "providers=[{domain='a.example'}]",
        "network.outages=['a.example=60min+2min','a.example=3h+5s']",
        "policy.request_timeout='30s'",
        "users.online={dist='exponential',mean='2h'}",
        "users.offline='20h'",
        "messages.rate='6/h'",
        "users.connections=[{link='wifi',push='2s'}]",
    ];
    let [none, some] = [&outage[2..3], &[]].map(|without| {
        let overrides: Vec<&str> = outage
            .into_iter()
            .filter(|set| !without.contains(set))
            .collect();
        let record = run(&scenario(&overrides));
        let last = record.series.iter().rev().skip(1).take(30);
        let queued: u64 = last.clone().map(|point| point.queued).sum();
        queued / last.count() as u64
    });
    println!("{none} wait in the last half hour without outages, {some} with them");
    assert!(some < 2 * none, "{some} against {none}");
}

#[test]
fn both_engines_and_all_threads_agree_on_it() {
    let more = [
        "duration=1h",
        "rooms={count=3,size=8,start='at-once'}",
        "users.count=20",
        "users.clients=2",
        "users.online={dist='exponential',mean='5min'}",
        "users.offline={dist='exponential',mean='10min'}",
        "users.vanish=0.2",
        "users.connections=[{link='congested-4g',push={dist='exponential',mean='4s'},awake={dist='uniform',min='1s',max='1min'}},{link='fibre'}]",
        "providers=[{},{region='us',cores=1}]",
        "messages.rate='10/h'",
        "churn.joins='6/h'",
        "churn.removals='3/h'",
        "churn.lost_clients='0.2/h'",
        "churn.resyncs='0.5/h'",
    ];
    let record = all_agree(&scenario(&more));
    assert!(woken(&record) > 50, "{}", woken(&record));
}
