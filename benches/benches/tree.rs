//! The model's ratchet tree alone, under the workload of Tainted TreeKEM (`sim/mls/tests/ttkem`): commits a second,
//! from 2^(i − 1) members on.
//!
//! **Ours** keeps all that reports ask: resolutions, members, unmerged leaves, lengths on the wire, tree health. It
//! starts *warm* (every parent filled) or *bare* (every parent blank, as after adds without a path).
//!
//! **Rough** is what one would write in an hour: a heap of resolution sizes and nothing else, of fixed height,
//! which gives the leaf that became blank last to the next member (not the leftmost, as RFC 9420 has it) and
//! never shrinks. It bounds what can be had on this machine: the ratio says what the rest costs.
//!
//! Both run the same draws, and once more from a list of what was done, without drawing: the draw reads a
//! random member from an array as long as the group, which in a large one waits for memory too. A run has
//! 10·2^i operations, as in the paper; longer ones would measure where the random walk of the group's size leads.

#[path = "../../sim/mls/tests/ttkem/mod.rs"]
mod ttkem;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use throng_mls::model::lengths::Lengths;
use throng_mls::model::tree::Tree;
use throng_workloads::scenario::Ciphersuite;
use ttkem::{LEAF_LEN, Mix, Model, Operation, Recorder, Structure, replay};

const EXPONENTS: [u32; 4] = [10, 14, 17, 20];
/// Operations timed at once: few enough that some pieces pass between two disturbances of a busy machine.
const PIECE: u64 = 10_000;

#[derive(Clone, Copy, PartialEq)]
enum Start {
    Warm,
    Bare,
}

impl Start {
    const ALL: [Self; 2] = [Self::Warm, Self::Bare];

    const fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Bare => "bare",
        }
    }

    fn model(self, exponent: u32) -> Model {
        let lengths = Lengths::new(Ciphersuite::X25519Aes128Sha256Ed25519);
        let members = members(exponent);
        Model::new(match self {
            Self::Warm => Tree::full(&lengths, (0..members).map(|member| (member, LEAF_LEN)), 1),
            Self::Bare => {
                let mut tree = Tree::new(&lengths);
                for member in 0..members {
                    tree.add(member, LEAF_LEN, 1, &mut ());
                }
                tree
            }
        })
    }
}

/// How many members there are at the start.
const fn members(exponent: u32) -> u32 {
    1 << (exponent - 1)
}

/// Resolution sizes of all nodes, the root first; the highest bit says that a parent is filled.
#[derive(Clone)]
struct Rough {
    sizes: Vec<u32>,
    blank: Vec<u32>,
    next: u32,
}

const FILLED: u32 = 1 << 31;

impl Rough {
    fn new(start: Start, exponent: u32) -> Self {
        let width = 1usize << exponent;
        let next = members(exponent);
        let mut sizes = vec![0; 2 * width];
        sizes[width..width + next as usize].fill(1);
        for node in (1..width).rev() {
            let (left, right) = (sizes[2 * node] & !FILLED, sizes[2 * node + 1] & !FILLED);
            let filled = start == Start::Warm && left > 0 && right > 0;
            sizes[node] = if filled { FILLED | 1 } else { left + right };
        }
        let blank = Vec::new();
        Self { sizes, blank, next }
    }

    fn node(&self, leaf: u32) -> usize {
        self.sizes.len() / 2 + leaf as usize
    }
}

impl Structure for Rough {
    fn add(&mut self) -> u32 {
        let leaf = self.blank.pop().unwrap_or(self.next);
        self.next += u32::from(leaf == self.next);
        let mut node = self.node(leaf);
        while node > 0 {
            self.sizes[node] += 1;
            node /= 2;
        }
        leaf
    }

    fn remove(&mut self, leaf: u32) {
        let mut node = self.node(leaf);
        let mut size = 0;
        self.sizes[node] = 0;
        while node > 1 {
            size += self.sizes[node ^ 1] & !FILLED;
            node /= 2;
            self.sizes[node] = size;
        }
        self.blank.push(leaf);
    }

    fn commit(&mut self, leaf: u32) -> u64 {
        let mut node = self.node(leaf);
        let mut ciphertexts = 0;
        while node > 1 {
            ciphertexts += u64::from(self.sizes[node ^ 1] & !FILLED);
            node /= 2;
            self.sizes[node] = FILLED | 1;
        }
        ciphertexts
    }
}

/// Keeps blank leaves only: what is left is the drawing.
#[derive(Clone)]
struct Nothing {
    blank: Vec<u32>,
    next: u32,
}

impl Structure for Nothing {
    fn add(&mut self) -> u32 {
        let leaf = self.blank.pop().unwrap_or(self.next);
        self.next += u32::from(leaf == self.next);
        leaf
    }

    fn remove(&mut self, leaf: u32) {
        self.blank.push(leaf);
    }

    fn commit(&mut self, leaf: u32) -> u64 {
        u64::from(leaf)
    }
}

/// A structure at its start, and the mix that meets it there.
struct Bench<S> {
    start: S,
    mix: Mix,
    /// Operations of one run.
    run: u64,
}

impl<S: Structure + Clone> Bench<S> {
    fn new(start: S, exponent: u32) -> Self {
        Self {
            start,
            mix: Mix::new(1, 0..members(exponent)),
            run: 10 << exponent,
        }
    }

    /// So many operations in runs from the start; beginning a run is not measured. `piece` is told the time of each
    /// piece of a run, and of how many commits it is.
    fn drawn(&self, operations: u64, mut piece: impl FnMut(Duration, u64)) {
        let mut left = operations;
        while left > 0 {
            let (mut structure, mut mix) = (self.start.clone(), self.mix.clone());
            let run = left.min(self.run);
            left -= run;
            for done in (0..run).step_by(PIECE as usize) {
                let commits = PIECE.min(run - done);
                let start = Instant::now();
                black_box(mix.steps(commits, &mut structure));
                piece(start.elapsed(), commits);
            }
        }
    }

    /// What a run does, as a list.
    fn list(&self) -> Vec<Operation> {
        let (mut structure, mut mix) = (self.start.clone(), self.mix.clone());
        let mut recorder = Recorder {
            structure: &mut structure,
            done: Vec::new(),
        };
        mix.steps(self.run, &mut recorder);
        recorder.done
    }

    /// A run from the list, as [`Bench::drawn`].
    fn listed(&self, list: &[Operation], mut piece: impl FnMut(Duration, u64)) {
        let mut structure = self.start.clone();
        for part in list.chunks(PIECE as usize) {
            let commits = part
                .iter()
                .filter(|operation| matches!(operation, Operation::Commit(_)));
            let commits = commits.count() as u64;
            let start = Instant::now();
            black_box(replay(part, &mut structure));
            piece(start.elapsed(), commits);
        }
    }
}

/// The least time for one operation of all pieces, in nanoseconds.
#[derive(Clone, Copy)]
struct Least(f64);

impl Least {
    const NONE: Self = Self(f64::MAX);

    /// Short pieces say little.
    fn meet(&mut self, took: Duration, operations: u64) {
        if operations < PIECE / 10 {
            return;
        }
        self.0 = self.0.min(took.as_secs_f64() * 1e9 / operations as f64);
    }

    /// Millions a second.
    fn pace(&self) -> f64 {
        1e3 / self.0
    }
}

fn total<S: Structure + Clone>(bench: &Bench<S>, operations: u64) -> Duration {
    let mut total = Duration::ZERO;
    bench.drawn(operations, |took, _| total += took);
    total
}

fn bench_tree(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    for exponent in EXPONENTS {
        for start in Start::ALL {
            let ours = Bench::new(start.model(exponent), exponent);
            group.bench_function(BenchmarkId::new(start.name(), exponent), |bench| {
                bench.iter_custom(|operations| total(&ours, operations));
            });
        }
        let rough = Bench::new(Rough::new(Start::Warm, exponent), exponent);
        group.bench_function(BenchmarkId::new("rough", exponent), |bench| {
            bench.iter_custom(|operations| total(&rough, operations));
        });
    }
    group.finish();
}

/// Measures once more, all in turn so that all meet the same moods of the machine, and prints the best pieces.
fn print_table() {
    println!(
        "\nTTKEM mix, million commits a second, best piece of {PIECE} commits; ratio: rough / ours"
    );
    println!(
        "{:>3} {:>5} | {:>7} {:>7} {:>6} | {:>8} {:>8} {:>6} | {:>9} {:>9} {:>8} | {:>9} {:>9}",
        "i",
        "start",
        "drawn",
        "rough",
        "ratio",
        "listed",
        "rough",
        "ratio",
        "ns/commit",
        "ns/i",
        "draw ns",
        "ciphert.",
        "B/member"
    );
    for exponent in EXPONENTS {
        for start in Start::ALL {
            let ours = Bench::new(start.model(exponent), exponent);
            let rough = Bench::new(Rough::new(start, exponent), exponent);
            let nothing = Bench::new(
                Nothing {
                    blank: Vec::new(),
                    next: members(exponent),
                },
                exponent,
            );
            let (our_list, rough_list) = (ours.list(), rough.list());
            // As many runs of a small group as take a second or two, three of a large one.
            let rounds = (2_000_000 / ours.run).clamp(3, 100);
            let mut least = [Least::NONE; 5];
            let [drawn, rough_drawn, listed, rough_listed, draw] = &mut least;
            for _ in 0..rounds {
                ours.drawn(ours.run, |took, commits| drawn.meet(took, commits));
                rough.drawn(ours.run, |took, commits| rough_drawn.meet(took, commits));
                ours.listed(&our_list, |took, commits| listed.meet(took, commits));
                rough.listed(&rough_list, |took, commits| {
                    rough_listed.meet(took, commits)
                });
                nothing.drawn(ours.run, |took, commits| draw.meet(took, commits));
            }
            let mut end = ours.start.clone();
            let sum = replay(&our_list, &mut end);
            let [drawn, rough_drawn, listed, rough_listed, draw] = &least;
            println!(
                "{exponent:>3} {:>5} | {:>7.2} {:>7.2} {:>5.1}× | {:>8.2} {:>8.2} {:>5.1}× | {:>9.1} {:>9.2} {:>8.1} | {:>9.2} \
                 {:>9.1}",
                start.name(),
                drawn.pace(),
                rough_drawn.pace(),
                rough_drawn.pace() / drawn.pace(),
                listed.pace(),
                rough_listed.pace(),
                rough_listed.pace() / listed.pace(),
                listed.0,
                listed.0 / f64::from(exponent),
                draw.0,
                sum as f64 / ours.run as f64,
                end.tree.memory() as f64 / f64::from(end.tree.totals().members),
            );
        }
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    bench_tree(&mut criterion);
    criterion.final_summary();
    // Under `cargo test` the benchmarks are only seen to run.
    if std::env::args().any(|argument| argument == "--bench") {
        print_table();
    }
}
