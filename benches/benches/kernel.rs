//! The kernel: the pending-event set beside the standard heap, and a whole queueing model beside its
//! closed formula.
//!
//! **PHOLD** (Fujimoto 1990) keeps a fixed number of events pending: take the first, put one back an
//! exponential time later. Both queues run the same loop on the same payload. The exponential times come
//! from a table of 16,384 drawn beforehand and read in sequence, so that no generator and no logarithm is
//! measured; the first revolution of the set is not measured either.
//!
//! **M/M/1** runs a Poisson source and a server of one core as two entities, and the mean wait that
//! comes out stands beside ρ/(1−ρ) times the service time. Its draws come from such tables too.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use throng_kernel::entity::{Class, Context, Entity, EntityId};
use throng_kernel::error::KernelError;
use throng_kernel::queue::{EventQueue, Tie};
use throng_kernel::station::Station;
use throng_kernel::stream::{StreamOwner, Streams};
use throng_kernel::time::{SimSpan, SimTime};
use throng_kernel::windows::{Lookahead, Windows};
use throng_workloads::dist::Dist;

/// Pending events: what fits the second cache, and what fits none but the last.
const PENDING: [usize; 2] = [10_000, 1_000_000];
/// Pops and pushes in one measured round.
const ROUND: u64 = 1_000_000;

/// Draws made beforehand, handed out in sequence and from the start again.
#[derive(Clone)]
struct Table {
    spans: Vec<SimSpan>,
    next: usize,
}

impl Table {
    /// Exponential spans; `length` is a power of two, so that coming round is a mask.
    fn exponential(mean_secs: f64, length: usize, purpose: &str) -> Self {
        let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, purpose);
        let dist = Dist::Exponential { mean: mean_secs };
        let mut span = || SimSpan::from_secs_f64(dist.sample(&mut stream));
        let spans = (0..length.next_power_of_two()).map(|_| span()).collect();
        Self { spans, next: 0 }
    }

    fn draw(&mut self) -> SimSpan {
        let span = self.spans[self.next & (self.spans.len() - 1)];
        self.next += 1;
        span
    }
}

/// A pending-event set that PHOLD can drive.
trait Pending {
    fn push(&mut self, time: SimTime, tie: Tie, payload: u32);
    fn pop(&mut self) -> Option<(SimTime, Tie, u32)>;
}

impl Pending for EventQueue<u32> {
    fn push(&mut self, time: SimTime, tie: Tie, payload: u32) {
        self.push(time, tie, payload);
    }
    fn pop(&mut self) -> Option<(SimTime, Tie, u32)> {
        self.pop()
    }
}

impl Pending for BinaryHeap<Reverse<(SimTime, Tie, u32)>> {
    fn push(&mut self, time: SimTime, tie: Tie, payload: u32) {
        self.push(Reverse((time, tie, payload)));
    }
    fn pop(&mut self) -> Option<(SimTime, Tie, u32)> {
        self.pop().map(|Reverse(event)| event)
    }
}

struct Phold<Q> {
    queue: Q,
    table: Table,
    pushed: u64,
}

impl<Q: Pending> Phold<Q> {
    /// `pending` events, each of which has been replaced about once.
    fn new(queue: Q, pending: usize) -> Self {
        let table = Table::exponential(1.0, 1 << 14, "phold");
        let mut phold = Self {
            queue,
            table,
            pushed: 0,
        };
        for _ in 0..pending {
            phold.push_after(SimTime::ZERO, 0);
        }
        phold.hold(pending as u64);
        phold
    }

    fn push_after(&mut self, now: SimTime, payload: u32) {
        let tie = Tie::new(payload & 0xff, self.pushed);
        self.pushed += 1;
        let time = now + self.table.draw();
        self.queue.push(time, tie, payload);
    }

    fn hold(&mut self, events: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..events {
            if let Some((now, tie, payload)) = self.queue.pop() {
                self.push_after(now, payload.wrapping_add(tie.source()).wrapping_add(1));
            }
        }
        start.elapsed()
    }
}

/// A job on its way to the server.
enum Job {
    /// The source makes the next one.
    Next,
    /// One arrives and wants so much service.
    Arrives(SimSpan),
    /// One is done.
    Done,
}

/// The two entities of M/M/1.
enum Mm1 {
    Source {
        gaps: Table,
        services: Table,
        left: u64,
    },
    Server(Station),
}

const MM1_LOAD: f64 = 0.5;
const MM1_SERVICE: f64 = 1e-3;
const MM1_JOBS: u64 = 1 << 18;
const MM1_FLIGHT: SimSpan = SimSpan::from_millis(50);
const SERVER: EntityId = EntityId::from_index(1);

impl Entity for Mm1 {
    type Event = Job;
    type Output = ();

    fn handle(&mut self, now: SimTime, job: Job, ctx: &mut Context<Job, ()>) {
        match (self, job) {
            (Self::Source { left: 0, .. }, _) => (),
            (
                Self::Source {
                    gaps,
                    services,
                    left,
                },
                _,
            ) => {
                *left -= 1;
                ctx.send(SERVER, now + MM1_FLIGHT, Job::Arrives(services.draw()));
                ctx.schedule(now + gaps.draw(), Job::Next);
            }
            (Self::Server(station), Job::Arrives(service)) => {
                let served = station.serve(now, None, service);
                ctx.schedule(served.done, Job::Done);
            }
            (Self::Server(_), _) => (),
        }
    }
}

/// Runs M/M/1; returns the number of events, the time it took, and the mean wait in seconds.
fn mm1() -> Result<(u64, Duration, f64), KernelError> {
    let (edge, core) = (MM1_FLIGHT, MM1_FLIGHT);
    let mut windows = Windows::new(Lookahead { edge, core })?;
    let length = MM1_JOBS as usize;
    let source = Mm1::Source {
        gaps: Table::exponential(MM1_SERVICE / MM1_LOAD, length, "gaps"),
        services: Table::exponential(MM1_SERVICE, length, "services"),
        left: MM1_JOBS,
    };
    let source = windows.add_entity(Class::Edge, source)?;
    let server = windows.add_entity(Class::Core, Mm1::Server(Station::new(1)))?;
    windows.inject(SimTime::ZERO, source, Job::Next)?;
    let start = Instant::now();
    let events = windows.run(SimTime::MAX, &mut |_, _, ()| ())?;
    let took = start.elapsed();
    let wait = match windows.entity(server) {
        Some(Mm1::Server(station)) => station.waited().as_secs_f64() / station.jobs() as f64,
        _ => 0.0,
    };
    Ok((events, took, wait))
}

fn bench_phold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("phold");
    group.throughput(Throughput::Elements(1));
    for pending in PENDING {
        let id = |name| BenchmarkId::new(name, pending);
        group.bench_function(id("ours"), |bench| {
            let mut phold = Phold::new(EventQueue::new(), pending);
            bench.iter_custom(|events| phold.hold(events));
        });
        group.bench_function(id("heap"), |bench| {
            let mut phold = Phold::new(BinaryHeap::new(), pending);
            bench.iter_custom(|events| phold.hold(events));
        });
    }
    group.finish();
}

fn bench_mm1(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mm1");
    let Ok((events, ..)) = mm1() else { return };
    group.throughput(Throughput::Elements(events));
    group.sample_size(10);
    group.bench_function("windows", |bench| {
        bench.iter_custom(|runs| {
            (0..runs)
                .filter_map(|_| mm1().ok())
                .map(|(_, took, _)| took)
                .sum()
        });
    });
    group.finish();
}

/// Measures once more, both queues in turn so that both meet the same moods of the machine, and prints
/// the best of the rounds.
fn print_table() -> Result<(), KernelError> {
    const ROUNDS: usize = 9;
    let best = |took: Duration, least: &mut f64| {
        *least = least.min(took.as_secs_f64() / ROUND as f64);
    };
    println!("\nPHOLD, million events a second, best of {ROUNDS} rounds of {ROUND} events in turn");
    println!(
        "{:>10}  {:>8}  {:>8}  {:>6}",
        "pending", "ours", "heap", "ratio"
    );
    for pending in PENDING {
        let mut ours = Phold::new(EventQueue::new(), pending);
        let mut heap = Phold::new(BinaryHeap::new(), pending);
        let (mut ours_least, mut heap_least) = (f64::MAX, f64::MAX);
        for _ in 0..ROUNDS {
            best(black_box(&mut ours).hold(ROUND), &mut ours_least);
            best(black_box(&mut heap).hold(ROUND), &mut heap_least);
        }
        let (a, b) = (1e-6 / ours_least, 1e-6 / heap_least);
        println!("{pending:>10}  {a:>8.1}  {b:>8.1}  {:>5.1}×", a / b);
    }
    let (events, took, wait) = mm1()?;
    let theory = MM1_LOAD / (1.0 - MM1_LOAD) * MM1_SERVICE;
    println!(
        "\nM/M/1 through the windows: {:.1} million events a second; mean wait {:.3} ms, theory {:.3} ms",
        events as f64 / took.as_secs_f64() / 1e6,
        wait * 1e3,
        theory * 1e3,
    );
    Ok(())
}

fn main() -> Result<(), KernelError> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    bench_phold(&mut criterion);
    bench_mm1(&mut criterion);
    criterion.final_summary();
    // Under `cargo test` the benchmarks are only seen to run.
    if std::env::args().any(|argument| argument == "--bench") {
        print_table()?;
    }
    Ok(())
}
