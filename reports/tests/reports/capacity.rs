//! A search for a capacity against Erlang's formula: one provider with some cores is an M/M/c queue where nothing but the bytes that come to it
//! takes time, and messages are exponentially long.
//!
//! What stands around a message (its framing, of a constant length) is work too. It is measured, in a run whose messages are all equally long, and
//! messages are shorter by as much, so that both together are exponential: but for the few (4 %) that would be shorter than that, which are as
//! long as their framing. What that adds to the mean (0.08 %) is added to it in the formula.

use crate::erlang;
use std::fmt::Write as _;
use throng_experiments::capacity::search::Next;
use throng_experiments::capacity::{End, Hunt, Range, Search, hunt};
use throng_reports::capacity::{Answer, Sample, needed, slope};
use throng_reports::measures::Rule;
use throng_workloads::scenario::{MachineCosts, Messages, Rate, Scenario, ScenarioSource};

const CORES: u32 = 2;
const USERS: u32 = 200;
/// What a byte takes, and how long a message is in the mean, with all that stands around it.
pub(crate) const SECONDS: f64 = 2e-6;
pub(crate) const BYTES: f64 = 5_000.0;
/// 95 % of messages have to arrive within this.
const LIMIT: f64 = 0.060;
/// Lengths are those of slices of the exponential as wide as this part of its mean, up to so many times the mean.
const SLICE: f64 = 0.02;
const LONGEST: f64 = 12.0;

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
    let size = format!("\"{BYTES} B\"");
    let made = throng_experiments::run(&queue(&size, 1, 5), || false, |_| ());
    let record = made.expect("made").expect("whole").record;
    let rows = record.traffic.iter();
    let row = rows
        .filter(|row| row.kind == "submit-message" && row.to == "provider")
        .map(|row| (row.sent, row.messages))
        .next();
    let (sent, messages) = row.expect("messages were sent");
    sent as f64 / messages as f64 - BYTES
}

/// What messages are long, as a scenario says it, and how long they are in the mean with their framing.
fn lengths(framing: f64) -> (String, f64) {
    let (mut values, mut weights, mut mean) = (String::new(), String::new(), 0.0);
    let slices = (LONGEST / SLICE) as u32;
    for slice in 0..=slices {
        let from = f64::from(slice) * SLICE;
        // The mean of an exponential between both ends; the last slice has no upper one.
        let (weight, middle) = match slice == slices {
            true => ((-from).exp(), from + 1.0),
            false => {
                let part = -(-SLICE).exp_m1();
                (
                    (-from).exp() * part,
                    from + 1.0 - SLICE * (-SLICE).exp() / part,
                )
            }
        };
        let length = (middle * BYTES - framing).max(0.0).round();
        mean += weight * (length + framing);
        write!(values, "\"{length} B\", ").expect("text");
        write!(weights, "{weight:e}, ").expect("text");
    }
    let text = format!("{{ dist = \"empirical\", values = [{values}], weights = [{weights}] }}");
    (text, mean)
}

/// Messages a second of a user at which 95 % of all arrive within the limit.
fn theory(bytes: f64) -> f64 {
    // A message goes over two links of a microsecond each.
    erlang::rate(LIMIT - 2e-6, 0.05, 1.0 / (SECONDS * bytes), CORES) / speakers()
}

/// What a search came to.
pub(crate) struct Found {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) replicas: usize,
    pub(crate) runs: usize,
}

/// As `throng capacity` searches, with so many replicas, and with as many more as it takes.
pub(crate) fn searched(
    range: Range,
    start: f64,
    first: u32,
    within: Option<f64>,
    probe: impl Fn(&Hunt, f64) -> Result<Option<(bool, Option<f64>)>, throng_experiments::RunError>
    + Sync,
) -> Found {
    let mut told = Vec::new();
    let mut ends = |of: std::ops::Range<u32>, search: Search| {
        let hunts = of.map(|run| Hunt {
            variant: 0,
            run,
            search: search.clone(),
        });
        let hunted = hunt(hunts.collect(), 2, &probe, |_| ());
        let hunted = hunted.expect("made").expect("not stopped");
        let end = |hunt: &Hunt| match hunt.search.next() {
            Next::End(end) => end,
            Next::Try(_) => panic!("{hunt:?}"),
        };
        for hunt in &hunted {
            let all = hunt.search.told().iter();
            told.extend(all.map(|told| (hunt.run, told.value, told.margin)));
        }
        hunted.iter().map(end).collect::<Vec<End>>()
    };
    let mut all = ends(0..first, Search::near(range, start, 1.1));
    if let Some(within) = within {
        let many = needed(&all, within).expect("each has an end");
        let near = Answer::of(&all);
        let step = 1.0 + 2.0 * near.spread.expect("several");
        let search = Search::near(range, near.value.expect("an end"), step.min(1.1));
        all.extend(ends(first..many as u32, search));
    }
    let runs = told.len();
    let near = Answer::of(&all).value.expect("an end");
    let steep = slope(told.into_iter(), near);
    let answer = Answer::staged(&all, first as usize, steep);
    let [value, low, high] = [answer.value, answer.low, answer.high].map(|it| it.expect("an end"));
    Found {
        value,
        low,
        high,
        replicas: all.len(),
        runs,
    }
}

/// The capacity of the queue.
fn found(
    seed: u64,
    replicas: u32,
    duration: u32,
    within: Option<f64>,
    sizes: &str,
    start: f64,
) -> Found {
    let base = queue(sizes, seed, duration);
    let rules = [Rule::threshold("message.p95 < 60ms").expect("sound")];
    let range = Range {
        low: 0.01,
        high: 10.0,
        whole: false,
        precision: 0.01,
    };
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
        Ok(Some((sample.holds, sample.margin)))
    };
    searched(range, start, replicas, within, probe)
}

#[test]
fn the_capacity_of_a_queue_is_that_of_erlangs_formula() {
    let (sizes, bytes) = lengths(framing());
    let theory = theory(bytes);
    let Found {
        value, low, high, ..
    } = found(1, 4, 8, None, &sizes, theory * 0.8);
    assert!(
        low <= theory && theory <= high,
        "{low} to {high}, theory {theory}"
    );
    assert!(
        (value / theory - 1.0).abs() < 0.15,
        "{value}, theory {theory}"
    );
}

/// A number from the environment.
fn asked(name: &str, otherwise: &str) -> f64 {
    let value = std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    value.parse().expect("a number")
}

/// `SEEDS_FROM=101 SEEDS=100 SECONDS=60 cargo test -p throng-reports --test reports -- --ignored --nocapture many_seeds`: what
/// docs/capacity.md says; with `WITHIN=0.01` as many replicas as that takes.
#[test]
#[ignore = "some forty minutes on two busy cores"]
fn many_seeds_hold_the_truth_as_often_as_their_intervals_say() {
    let framing = framing();
    let (sizes, bytes) = lengths(framing);
    let theory = theory(bytes);
    let duration = asked("SECONDS", "60");
    let within = Some(asked("WITHIN", "0")).filter(|within| *within > 0.0);
    println!("framing {framing:.1} B, theory {theory:.5}/s for each user, runs of {duration} s");
    let (mut held, mut near, mut half, mut logs) = (0, 0, 0.0, Vec::new());
    let (from, count) = (
        asked("SEEDS_FROM", "101") as u64,
        asked("SEEDS", "100") as usize,
    );
    for seed in (from..).take(count) {
        let found = found(seed, 8, duration as u32, within, &sizes, theory * 0.9);
        held += usize::from(found.low <= theory && theory <= found.high);
        near += usize::from((found.value / theory - 1.0).abs() < 0.01);
        half += found.high / found.value - 1.0;
        logs.push((found.value / theory).ln());
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance =
            logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        println!(
            "seed {seed}: {:+.2} %, {} replicas, {} runs; so far {held} of {n} hold it, {near} within 1 %, mean {:+.3} % ± {:.3} %, scatter {:.2} %, half an interval {:.2} %",
            100.0 * (found.value / theory - 1.0),
            found.replicas,
            found.runs,
            100.0 * mean,
            100.0 * (variance / n).sqrt(),
            100.0 * variance.sqrt(),
            100.0 * half / n
        );
    }
    assert!(10 * held >= 9 * count, "{held} of {count}");
    let mean = logs.iter().sum::<f64>() / count as f64;
    assert!(mean.abs() < 0.01, "{mean}");
}
