//! The search for a capacity, and its interval, where the truth is known: a queue with two servers of which a run is a few lines, so that a
//! hundred seeds take seconds. Against what the simulator makes of the same queue there is `capacity`.

use crate::capacity::{Found, searched};
use crate::erlang;
use throng_experiments::capacity::{Hunt, Range};
use throng_workloads::dist::Dist;
use throng_workloads::stream::{StreamOwner, Streams};

const CORES: u32 = 2;
/// Jobs a second that a server does.
const SPEED: f64 = 100.0;
/// 95 % of jobs have to be done within this.
const LIMIT: f64 = 0.060;
/// Seconds that do not count, as a queue begins empty.
const WARMUP: f64 = 2.0;

/// Times between jobs, in units of their mean, and how long each takes, for a replica: the same at all rates.
fn draws(seed: u64, run: u32, count: usize) -> Vec<[f64; 2]> {
    let streams = Streams::new(seed, run.into());
    let mut times = streams.stream(StreamOwner::Run, "arrivals");
    let mut works = streams.stream(StreamOwner::Run, "works");
    let unit = Dist::Exponential { mean: 1.0 };
    let mut draw = || [unit.sample(&mut times), unit.sample(&mut works) / SPEED];
    (0..count).map(|_| draw()).collect()
}

/// The 95th percentile of how long jobs are under way.
fn percentile(draws: &[[f64; 2]], rate: f64, duration: f64) -> f64 {
    let mut free = [0.0f64; CORES as usize];
    let mut now = 0.0;
    let mut under_way = Vec::new();
    for [gap, work] in draws {
        now += gap / rate;
        if now > duration {
            break;
        }
        free.sort_by(f64::total_cmp);
        free[0] = free[0].max(now) + work;
        if now >= WARMUP {
            under_way.push(free[0] - now);
        }
    }
    let at = (0.95 * under_way.len() as f64).ceil() as usize - 1;
    let (_, value, _) = under_way.select_nth_unstable_by(at, f64::total_cmp);
    *value
}

/// The capacity of this queue from runs of this duration.
fn found(seed: u64, duration: f64, within: Option<f64>, truth: f64) -> Found {
    let range = Range {
        low: 1.0,
        high: 199.0,
        whole: false,
        precision: 0.01,
    };
    let most = (duration * 2.0 * SPEED * 1.2) as usize;
    let all = std::sync::Mutex::new(std::collections::BTreeMap::new());
    let probe = |hunt: &Hunt, rate: f64| {
        let kept = |run| {
            let mut all = all.lock().expect("nobody panics");
            let made = || std::sync::Arc::new(draws(seed, run, most));
            std::sync::Arc::clone(all.entry(run).or_insert_with(made))
        };
        let margin = (LIMIT / percentile(&kept(hunt.run), rate, duration)).ln();
        Ok(Some((margin >= 0.0, Some(margin))))
    };
    searched(range, truth * 0.9, 8, within, probe)
}

/// How many of these seeds' intervals hold the truth, and what is known of their estimates and widths.
fn seeds(from: u64, count: u32, duration: f64, within: Option<f64>) -> (u32, f64) {
    let truth = erlang::rate(LIMIT, 0.05, SPEED, CORES);
    let (mut held, mut near, mut logs, mut half, mut replicas) = (0, 0, Vec::new(), 0.0, 0);
    for seed in (from..).take(count as usize) {
        let found = found(seed, duration, within, truth);
        held += u32::from(found.low <= truth && truth <= found.high);
        near += u32::from((found.value / truth - 1.0).abs() < 0.01);
        logs.push((found.value / truth).ln());
        half += (found.high / found.value - 1.0) / f64::from(count);
        replicas += found.replicas;
    }
    let mean = logs.iter().sum::<f64>() / f64::from(count);
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
    println!(
        "runs of {duration} s, within {within:?}: {held} of {count} intervals hold {truth:.3}/s, {near} estimates within 1 %, their mean {:+.3} % ± {:.3} %, scatter {:.2} %, half an interval {:.2} %, {} replicas of each",
        100.0 * mean,
        100.0 * (variance / f64::from(count * (count - 1))).sqrt(),
        100.0 * (variance / f64::from(count - 1)).sqrt(),
        100.0 * half,
        replicas / count as usize
    );
    (held, mean)
}

#[test]
fn intervals_hold_erlangs_formula_as_often_as_they_say() {
    let (held, mean) = seeds(1, 100, 30.0, None);
    // With a chance of 95 % each, 89 or fewer of a hundred come in 1 % of cases.
    assert!(held >= 90, "{held}");
    assert!(mean.abs() < 0.01, "{mean}");
}

#[test]
fn as_many_replicas_as_it_takes_come_as_near_as_was_asked_for() {
    let (held, _) = seeds(1, 20, 30.0, Some(0.02));
    // 16 or fewer of 20 come in 2 % of cases.
    assert!(held >= 17, "{held}");
}

/// `cargo test -p throng-reports --test reports -- --ignored --nocapture how_long`: what docs/capacity.md says of short runs.
#[test]
#[ignore = "some minutes"]
fn how_long_runs_have_to_be() {
    for duration in [20.0, 60.0, 180.0] {
        seeds(101, 100, duration, None);
    }
    for duration in [60.0, 180.0] {
        let (held, mean) = seeds(101, 100, duration, Some(0.01));
        assert!(held >= 90 && mean.abs() < 0.005, "{held}, {mean}");
    }
}
