//! What a provider's store takes: nobody hears of anything before it is safe, on however many cores.

use throng_cost::CostProfile;
use throng_record::Record;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_world::World;

/// Two people who say something so seldom that nobody ever waits for anybody.
const TWO: &str = r#"
name = "storing"
duration = "10min"

[[providers]]
domain = "a.example"

[users]
count = 2

[[users.connections]]
link = "plain"

[rooms]
count = 1
size = 2
start = "warm"

[messages]
rate = "120/h"

[network]
same_region = { floor = "1ms", latency = "1ms", jitter = "0s", loss = 0, duplicate = 0, reorder = 0 }

[network.client]
plain = { floor = "1ms", latency = "1ms", jitter = "0s", up = "1 Gbit/s", down = "1 Gbit/s", loss = 0, duplicate = 0, reorder = 0 }
"#;

fn run(text: &str, overrides: &[&str]) -> Record {
    let overrides: Vec<String> = overrides.iter().map(|set| (*set).to_owned()).collect();
    let scenario = Scenario::parse(&ScenarioSource::inline("two.toml", text), &overrides);
    let mut world = World::new(&scenario.expect("sound")).expect("it begins");
    while world.step().expect("it goes on") {}
    world.finish(false).expect("it ends well")
}

/// The median message, in milliseconds.
fn message(record: &Record) -> f64 {
    let messages = &record.latencies.message;
    assert!(messages.len() > 20, "{}", messages.len());
    messages.value_at_quantile(0.5) as f64 / 1e3
}

fn with(cores: &str, sync: &str) -> String {
    let provider = format!("cores = {cores}\nsync = \"{sync}\"\n");
    TWO.replace("\n[users]\n", &format!("{provider}\n[users]\n"))
}

/// As long as the store waits, and the time that a batch takes a core.
#[test]
fn a_message_waits_for_its_provider_to_have_it() {
    for cores in ["1", "4"] {
        let [at_once, slow] = ["0s", "10ms"].map(|sync| run(&with(cores, sync), &[]));
        let units = slow
            .units
            .all()
            .zip(CostProfile::built_in(slow.units).nanos);
        let mut batches = units.filter(|(unit, _)| unit.name == "batch_stored");
        let batch = batches.next().expect("a unit").1 / 1e6;
        let [at_once, slow] = [at_once, slow].map(|record| message(&record));
        assert!(
            (slow - at_once - 10.0 - batch).abs() < 0.05,
            "{cores} cores: {at_once} and {slow} ms"
        );
    }
}

/// The store that is slow says so by how many batches it makes: no more than there are inputs that have something stored.
#[test]
fn batches_are_counted_where_there_is_a_store() {
    let batches = |record: &Record| {
        let mut all = record.units.count(&record.hub_work);
        let found = all.find(|(unit, _)| unit.counter == "batches_stored");
        found.expect("a unit").1
    };
    let busy = ["messages.rate=36000/h", "duration=20s"];
    let [none, fast, slow] = ["0s", "10us", "200ms"].map(|sync| run(&with("1", sync), &busy));
    assert_eq!(batches(&none), 0);
    // Each message is alone, and what is acknowledged besides; and there are no more than fit in one after the other.
    let messages = fast.counts.messages_accepted;
    assert!((300..600).contains(&messages), "{messages}");
    assert!(
        (messages..2 * messages).contains(&batches(&fast)),
        "{}",
        batches(&fast)
    );
    assert!((50..=110).contains(&batches(&slow)), "{}", batches(&slow));
    assert_eq!(slow.counts.messages_accepted, messages);
}
