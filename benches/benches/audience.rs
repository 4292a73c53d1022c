//! Deliveries to passive clients: the audience's loop beside a rough one.
//!
//! **Ours** is a million clients in three classes of connection, each with a lognormal latency and a
//! lognormal jitter, as one provider has them in one room; a commit of 3,000 bytes costs them by the
//! height at which their leaf and the committer's meet. Without loss, and with one packet in a thousand
//! lost. One thread, and two.
//!
//! **Rough** is what one would write in an afternoon: a table of 4,096 latencies picked by a multiplicative
//! hash, a busy time for each client, a linear histogram of milliseconds. It has no jitter, link, loss,
//! digest or interpolation. It bounds what can be had on this machine: the ratio says what the
//! rest costs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use throng_audience::{Audience, AudienceClass, AudienceError, Event};
use throng_cost::{CostProfile, Units};
use throng_kernel::time::{SimSpan, SimTime};
use throng_workloads::dist::Dist;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::scenario::{LinkSpec, Recovery};
use throng_workloads::stream::{StreamOwner, Streams};

const CLIENTS: u32 = 1_000_000;
/// Events a round: as many as a window of a busy room may hold.
const EVENTS: u64 = 8;

fn class(median: f64, loss: f64) -> Arc<AudienceClass> {
    let link = LinkSpec {
        floor: SimSpan::from_millis(1),
        latency: Dist::LogNormal { median, sigma: 0.4 },
        jitter: Dist::LogNormal {
            median: median / 10.0,
            sigma: 0.8,
        },
        up: 10e6,
        down: 50e6,
        loss,
        retransmit: Dist::Constant(0.2),
        duplicate: 0.0,
        reorder: 0.0,
        packet: 1_400,
        bursts: None,
        recovery: Recovery::Timeout,
        slow_start: None,
    };
    let profile = CostProfile::built_in(Units::new(&[]));
    Arc::new(AudienceClass::new(Arc::new(link), Arc::new(profile)))
}

/// An audience with its costs and how many events it has had.
struct Ours {
    audience: Audience,
    costs: Vec<SimSpan>,
    events: u64,
}

impl Ours {
    fn new(loss: f64) -> Result<Self, AudienceError> {
        let classes = [0.015, 0.040, 0.120].map(|median| class(median, loss));
        let members = (0..CLIENTS).map(|i| ((i % 3) as u8, i, ClientId(i)));
        let audience = Audience::new(
            classes.to_vec(),
            members,
            &Streams::new(1, 0),
            ProviderId(0),
            RoomId(0),
        )?;
        let key = SimSpan::from_micros(14);
        let open = SimSpan::from_micros(800);
        Ok(Self {
            audience,
            costs: (0..=20).map(|height| open + key * (20 - height)).collect(),
            events: 0,
        })
    }

    /// Delivers `EVENTS` events, `batch` at a time.
    fn round(&mut self, batch: usize) -> Duration {
        let costs = self.costs.as_slice();
        let costs = [costs; 3];
        let event = |number: u64| Event {
            number,
            departure: SimTime::ZERO + SimSpan::from_secs(3) * number,
            since: SimTime::ZERO + SimSpan::from_secs(3) * number,
            bytes: 3_000,
            sender: Some((number * 7_919 % u64::from(CLIENTS)) as u32),
            costs: &costs,
        };
        let events: Vec<Event<'_>> = (self.events..self.events + EVENTS).map(event).collect();
        self.events += EVENTS;
        let start = Instant::now();
        for events in events.chunks(batch) {
            black_box(self.audience.deliver_all(events));
        }
        start.elapsed()
    }
}

/// The yardstick.
struct Rough {
    latencies: Vec<u64>,
    busy: Vec<u64>,
    histogram: Vec<u32>,
    events: u64,
}

impl Rough {
    fn new() -> Self {
        let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "rough");
        let latency = Dist::LogNormal {
            median: 0.040,
            sigma: 0.4,
        };
        Self {
            latencies: (0..4_096)
                .map(|_| (latency.sample(&mut stream) * 1e9) as u64)
                .collect(),
            busy: vec![0; CLIENTS as usize],
            histogram: vec![0; 10_000],
            events: 0,
        }
    }

    fn round(&mut self) -> Duration {
        let start = Instant::now();
        for _ in 0..EVENTS {
            let now = self.events * 3_000_000_000;
            self.events += 1;
            for (busy, i) in self.busy.iter_mut().zip(0u32..) {
                let draw = (i ^ self.events as u32).wrapping_mul(0x9e37_79b1) >> 20;
                let arrival = now + self.latencies[draw as usize];
                let done = arrival.max(*busy) + 1_000_000;
                *busy = done;
                let millis = ((done - now) / 1_000_000) as usize;
                self.histogram[millis.min(9_999)] += 1;
            }
        }
        black_box(&self.histogram);
        start.elapsed()
    }
}

const LOSSES: [(&str, f64); 2] = [("no loss", 0.0), ("loss 0.1 %", 0.001)];

fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build()
}

fn bench(criterion: &mut Criterion) -> Result<(), Box<dyn std::error::Error>> {
    let mut group = criterion.benchmark_group("audience");
    group.throughput(Throughput::Elements(EVENTS * u64::from(CLIENTS)));
    group.sample_size(10);
    for threads in [1, 2] {
        let pool = pool(threads)?;
        for (name, loss) in LOSSES {
            let mut ours = Ours::new(loss)?;
            group.bench_function(BenchmarkId::new(name, threads), |bench| {
                bench.iter_custom(|rounds| {
                    pool.install(|| (0..rounds).map(|_| ours.round(EVENTS as usize)).sum())
                });
            });
        }
    }
    let mut rough = Rough::new();
    group.bench_function(BenchmarkId::new("rough", 1), |bench| {
        bench.iter_custom(|rounds| (0..rounds).map(|_| rough.round()).sum());
    });
    group.finish();
    Ok(())
}

/// Measures once more, all in turn so that all meet the same moods of the machine, and prints the best of
/// the rounds.
fn print_table() -> Result<(), Box<dyn std::error::Error>> {
    const ROUNDS: usize = 9;
    const DELIVERIES: f64 = EVENTS as f64 * CLIENTS as f64;
    let mut rough = Rough::new();
    let mut rough_least = f64::MAX;
    let mut rows = Vec::new();
    for threads in [1, 2] {
        for (name, loss) in LOSSES {
            for batch in [1, EVENTS as usize] {
                rows.push((threads, name, batch, Ours::new(loss)?, f64::MAX));
            }
        }
    }
    let pools = [pool(1)?, pool(2)?];
    for _ in 0..ROUNDS {
        rough_least = rough_least.min(rough.round().as_secs_f64());
        for (threads, _, batch, ours, least) in &mut rows {
            let took = pools[*threads - 1].install(|| ours.round(*batch));
            *least = least.min(took.as_secs_f64());
        }
    }
    println!(
        "\nmillion deliveries a second, best of {ROUNDS} rounds in turn; the rough loop's pace is 1"
    );
    println!(
        "{:>7}  {:<10}  {:>14}  {:>6}  {:>6}",
        "threads", "", "events at once", "pace", "ratio"
    );
    let pace = |least: f64| DELIVERIES / least / 1e6;
    println!(
        "{:>7}  {:<10}  {:>14}  {:>6.0}  {:>6.2}",
        1,
        "rough",
        1,
        pace(rough_least),
        1.0
    );
    for (threads, name, batch, ours, least) in &rows {
        println!(
            "{threads:>7}  {name:<10}  {batch:>14}  {:>6.0}  {:>6.2}",
            pace(*least),
            rough_least / least
        );
        black_box(&ours.audience);
    }
    if let Some((.., ours, _)) = rows.first() {
        println!("{:.1} bytes a client", ours.audience.bytes_per_client());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    bench(&mut criterion)?;
    criterion.final_summary();
    // Under `cargo test` the benchmarks are only seen to run.
    if std::env::args().any(|argument| argument == "--bench") {
        print_table()?;
    }
    Ok(())
}
