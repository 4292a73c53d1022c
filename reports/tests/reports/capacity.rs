//! A search for a capacity against Erlang's formula: one provider with some cores is an M/M/c queue where nothing but the bytes that come to it
//! takes time, and messages are exponentially long.
//!
//! What stands around a message (its framing, of a constant length) is work too. Its length is measured, in a run whose messages are all equally
//! long, and added to the mean service time. That leaves the service a little less varied than an exponential one: by half a percent of the
//! length in all.

use throng_experiments::capacity::search::Next;
use throng_experiments::capacity::{End, Hunt, Range, Search, hunt};
use throng_reports::capacity::{Answer, Sample};
use throng_reports::measures::Rule;
use throng_workloads::scenario::{MachineCosts, Messages, Rate, Scenario, ScenarioSource};

const CORES: u32 = 2;
const USERS: u32 = 200;
/// What a byte takes, and how long a message is in the mean.
const SECONDS: f64 = 500e-9;
const BYTES: f64 = 20_000.0;
/// 95 % of messages have to arrive within this.
const LIMIT: f64 = 0.060;

/// So many users in so many rooms of two that next to everybody is in one: 1 − (1 − 2/200)^1000.
fn speakers() -> f64 {
    f64::from(USERS) * (1.0 - (1.0 - 2.0 / f64::from(USERS)).powi(1_000))
}

pub(crate) fn queue(size: &str, seed: u64, duration: u32) -> Scenario {
    let text = format!(
        r#"
name = "queue"
seed = {seed}
duration = "{duration}s"
warmup = "2s"
engine = "model"
[[providers]]
cores = {CORES}
profile = "queue"
[users]
count = {USERS}
passive = "simulated"
[[users.connections]]
link = "wire"
profile = "nothing"
[rooms]
count = 1000
size = 2
start = "warm"
[messages]
rate = "0.1/s"
size = {size}
[policy]
participant_list = "none"
padding = "1B"
[network]
transport = "none"
[network.client.wire]
floor = "1us"
latency = "1us"
jitter = "0s"
up = "1000000 Gbit/s"
down = "1000000 Gbit/s"
loss = 0
[cost.profiles]
nothing = 0
queue = 1
"#
    );
    let mut scenario =
        Scenario::parse(&ScenarioSource::inline("queue.toml", text), &[]).expect("sound");
    let units = throng_stacks::units("mimi").expect("registered");
    let nanos = units.iter().map(|unit| match unit.name {
        "received_byte" => (unit.name.to_owned(), SECONDS * 1e9),
        name => (name.to_owned(), 0.0),
    });
    let queue = scenario.cost.profiles.iter_mut();
    for (_, spec) in queue.filter(|(name, _)| name == "queue") {
        spec.measured = Some(MachineCosts {
            source: "a queue".to_owned(),
            nanos: nanos.clone().collect(),
            calibrated_to: None,
        });
    }
    scenario
}

/// Bytes around a message: those of a submission of a message of this length, less that.
pub(crate) fn framing() -> f64 {
    let made = throng_experiments::run(&queue("\"20000 B\"", 1, 5), || false, |_| ());
    let record = made.expect("made").expect("whole").record;
    let rows = record.traffic.iter();
    let row = rows
        .filter(|row| row.kind == "submit-message" && row.to == "provider")
        .map(|row| (row.sent, row.messages))
        .next();
    let (sent, messages) = row.expect("messages were sent");
    sent as f64 / messages as f64 - BYTES
}

/// The chance that a job of M/M/c is under way for longer than `time` (Erlang 1917): `rate` jobs a second, each of 1/`speed` seconds.
fn longer(time: f64, rate: f64, speed: f64) -> f64 {
    let cores = f64::from(CORES);
    let offered = rate / speed;
    let blocked = (1..=CORES).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
    let load = offered / cores;
    let waits = blocked / (1.0 - load + load * blocked);
    let drain = cores * speed - rate;
    let alone = (-speed * time).exp();
    let both = (drain * alone - speed * (-drain * time).exp()) / (drain - speed);
    (1.0 - waits) * alone + waits * both
}

/// Messages a second of a user at which 95 % of all arrive within the limit.
fn theory(framing: f64) -> f64 {
    let speed = 1.0 / (SECONDS * (BYTES + framing));
    let (mut low, mut high) = (1.0, f64::from(CORES) * speed * 0.999_9);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        // A message goes over two links of a microsecond each.
        match longer(LIMIT - 2e-6, middle, speed) <= 0.05 {
            true => low = middle,
            false => high = middle,
        }
    }
    low / speakers()
}

/// The capacity that a search finds, with its interval, and the runs that took.
fn found(seed: u64, replicas: u32, duration: u32, start: f64) -> (Answer, usize) {
    let base = queue(
        "{ dist = \"exponential\", mean = \"20kB\" }",
        seed,
        duration,
    );
    let rules = [Rule::threshold("message.p95 < 60ms").expect("sound")];
    let range = Range {
        low: 0.01,
        high: 10.0,
        whole: false,
        precision: 0.005,
    };
    let hunts = (0..replicas).map(|run| Hunt {
        variant: 0,
        run,
        search: Search::near(range, start, 1.1),
    });
    let probe = |hunt: &Hunt, value: f64| {
        let scenario = Scenario {
            run: hunt.run,
            messages: Messages {
                rate: Rate::Poisson(value),
                ..base.messages.clone()
            },
            ..base.clone()
        };
        let made = throng_experiments::run(&scenario, || false, |_| ())?.expect("nobody stops it");
        let sample = Sample::new(0, value, &rules, &scenario, &made.record);
        Ok::<_, throng_experiments::RunError>(Some((sample.holds, sample.margin)))
    };
    let hunted = hunt(hunts.collect(), 2, probe, |_| ())
        .expect("made")
        .expect("not stopped");
    let ends: Vec<End> = hunted
        .iter()
        .map(|hunt| match hunt.search.next() {
            Next::End(end) => end,
            Next::Try(_) => panic!("{hunt:?}"),
        })
        .collect();
    let runs = hunted.iter().map(|hunt| hunt.search.told().len()).sum();
    (Answer::of(&ends), runs)
}

#[test]
fn the_capacity_of_a_queue_is_that_of_erlangs_formula() {
    let theory = theory(framing());
    let (answer, _) = found(1, 4, 8, theory * 0.8);
    let [value, low, high] = [answer.value, answer.low, answer.high].map(|it| it.expect("an end"));
    assert!(
        low <= theory && theory <= high,
        "{low} to {high}, theory {theory}"
    );
    assert!(
        (value / theory - 1.0).abs() < 0.15,
        "{value}, theory {theory}"
    );
}

/// `cargo test -p throng-reports --test reports -- --ignored --nocapture a_hundred_seeds`: what docs/capacity.md says.
#[test]
#[ignore = "some ten minutes"]
fn a_hundred_seeds_hold_the_truth_as_often_as_their_intervals_say() {
    let framing = framing();
    let theory = theory(framing);
    println!("framing {framing:.1} B, theory {theory:.5}/s for each user");
    let (mut held, mut sum, mut width) = (0, 0.0, 0.0);
    for seed in 1..=100u32 {
        let (answer, runs) = found(seed.into(), 4, 20, theory * 0.9);
        let [value, low, high] =
            [answer.value, answer.low, answer.high].map(|it| it.expect("an end"));
        held += u32::from(low <= theory && theory <= high);
        sum += value / theory;
        width += (high - low) / 2.0 / theory;
        let n = f64::from(seed);
        println!(
            "seed {seed}: {:+.2} %, {runs} runs; so far {held} of {seed} hold it, mean {:+.3} %, half an interval {:.2} %",
            100.0 * (value / theory - 1.0),
            100.0 * (sum / n - 1.0),
            100.0 * width / n
        );
    }
    assert!(held >= 90, "{held} of 100");
    assert!((sum / 100.0 - 1.0).abs() < 0.01, "{}", sum / 100.0);
}
