//! The same rooms on OpenMLS, on mls-rs, on the model and on its tree alone, in one run.
//!
//! A room has 2^k members and a full tree. Leaf 0 makes update commits, the last leaf receives them (they meet
//! at the root, so it opens one ciphertext and derives one key), and at last leaf 0 replaces a member, who joins
//! from a Welcome with the tree inside. Nothing travels: whoever receives is called. All peers of a size take turns
//! in every round, so that they meet the same moods of the machine, and the best round counts.
//!
//! What is not the same: OpenMLS runs on `throng`'s provider (RustCrypto, randomness from streams, lean storage) and
//! counts its Work; mls-rs runs on RustCrypto with storage in memory; the model's members share one history, so the first
//! who processes a commit finds most of it done. All rooms must agree on the number of HPKE ciphertexts in the first
//! update's path, or the run fails. Lengths agree between our two engines; those of mls-rs differ by what a leaf
//! says it is capable of.
//!
//!     cargo bench -p throng-benches --bench peers

mod engines;
mod machine;
mod mls_rs_room;
mod room;
#[path = "../../../sim/mls/tests/ttkem/mod.rs"]
mod ttkem;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use engines::{EngineRoom, SUITE, TreeRoom};
use mls_rs_room::mls_rs_room;
use room::{Failure, Room, Times};
use std::hint::black_box;
use std::time::Instant;
use throng_mls::model::ModelEngine;
use throng_mls::model::lengths::Lengths;
use throng_mls::model::tree::Tree;
use throng_mls::openmls::OpenMlsEngine;
use ttkem::{LEAF_LEN, Mix, Model};

/// k: rooms of 2^k members. The peers stop where filling the tree gets dear: it takes mls-rs a commit by every member,
/// each after reading the whole tree, and OpenMLS (`Engine::warm_group`) some megabytes a member at 2^12.
const SIZES: [u32; 7] = [4, 6, 8, 10, 14, 17, 20];
const PEERS_UNTIL: u32 = 10;
const ROUNDS: u32 = 9;

struct Peer {
    name: &'static str,
    room: Box<dyn Room>,
    /// Commits in a round: enough to be seen by the clock.
    batch: u32,
    least: Times,
}

fn peers(k: u32, longest: u32) -> Result<Vec<Peer>, Failure> {
    let size = 1 << k;
    let mut peers = Vec::new();
    let mut push = |name, batch: u32, room| {
        let least = Times::default();
        let batch = batch.min(longest);
        peers.push(Peer {
            name,
            room,
            batch,
            least,
        });
    };
    if k <= PEERS_UNTIL {
        push(
            "OpenMLS",
            4,
            Box::new(EngineRoom::<OpenMlsEngine>::new(size)?) as Box<dyn Room>,
        );
    }
    if k <= PEERS_UNTIL {
        push("mls-rs", 4, Box::new(mls_rs_room(size)?));
    }
    push(
        "model",
        2_000,
        Box::new(EngineRoom::<ModelEngine>::new(size)?),
    );
    push("model's tree", 200_000, Box::new(TreeRoom::new(size)));
    Ok(peers)
}

fn measure(k: u32, rounds: u32, longest: u32) -> Result<Vec<Peer>, Failure> {
    let mut peers = peers(k, longest)?;
    for _ in 0..rounds {
        for peer in &mut peers {
            peer.least = peer.least.least(peer.room.updates(peer.batch)?);
        }
    }
    // Joins last: they leave blank parents behind.
    for _ in 0..rounds {
        for peer in &mut peers {
            peer.least = peer.least.least(peer.room.join()?);
        }
    }
    let first = peers[0].room.first().ciphertexts;
    for peer in &peers {
        let found = peer.room.first().ciphertexts;
        if found != first {
            let names = (peers[0].name, peer.name);
            return Err(
                format!("2^{k}: {names:?} put {first} and {found} ciphertexts in a path").into(),
            );
        }
    }
    Ok(peers)
}

/// Three digits and a unit.
fn seconds(time: Option<f64>) -> String {
    match time {
        None => "–".to_owned(),
        Some(s) if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        Some(s) if s < 1e-3 => format!("{} µs", digits(s * 1e6)),
        Some(s) if s < 1.0 => format!("{} ms", digits(s * 1e3)),
        Some(s) => format!("{} s", digits(s)),
    }
}

fn digits(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn rooms(sizes: &[u32], rounds: u32, longest: u32) -> Result<Table, Failure> {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header([
        "members",
        "peer",
        "make",
        "receive",
        "hub",
        "join",
        "commits/s",
        "× OpenMLS",
        "ciphertexts",
        "commit bytes",
    ]);
    for k in sizes {
        eprintln!("2^{k} members");
        let peers = measure(*k, rounds, longest)?;
        let base = peers
            .iter()
            .find(|peer| peer.name == "OpenMLS")
            .and_then(|peer| peer.least.pace());
        for peer in &peers {
            let (times, first) = (&peer.least, peer.room.first());
            let ratio = base.and_then(|base| times.pace().map(|pace| pace / base));
            table.add_row([
                format!("2^{k}"),
                peer.name.to_owned(),
                seconds(times.make),
                seconds(times.receive),
                seconds(times.hub),
                seconds(times.join),
                times.pace().map_or("–".to_owned(), thousands),
                ratio.map_or("–".to_owned(), digits),
                first.ciphertexts.to_string(),
                first
                    .bytes
                    .map_or("–".to_owned(), |bytes| thousands(bytes as f64)),
            ]);
        }
    }
    Ok(table)
}

/// Operations a second of TreeKEM.js (github.com/tangyi970517/TreeKEM.js) on the mix of Tainted TreeKEM by i, as reported
/// for it on a two-core machine; not measured here.
const TREEKEM_JS: [(u32, f64); 3] = [(8, 9_100.0), (11, 10_200.0), (14, 6_600.0)];

/// The model's tree on the mix of Tainted TreeKEM beside the published figures.
fn mix(rounds: u32) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header([
        "i",
        "TreeKEM.js, reported",
        "model's tree",
        "ratio",
        "ciphertexts/operation",
    ]);
    for (i, published) in TREEKEM_JS {
        let members = 1 << (i - 1);
        let full = (0..members).map(|member| (member, LEAF_LEN));
        let start = Model::new(Tree::full(&Lengths::new(SUITE), full, 1));
        let operations = 10u64 << i;
        let (mut least, mut ciphertexts) = (f64::MAX, 0);
        // Short runs: many fit between two disturbances.
        let runs = rounds * (200_000 / operations).max(10) as u32;
        for seed in 0..runs {
            let mut model = start.clone();
            let mut mix = Mix::new(seed.into(), 0..members);
            let clock = Instant::now();
            ciphertexts += black_box(mix.steps(operations, &mut model));
            least = least.min(clock.elapsed().as_secs_f64());
        }
        let pace = operations as f64 / least;
        let mean = ciphertexts as f64 / (operations as f64 * f64::from(runs));
        table.add_row([
            i.to_string(),
            thousands(published),
            thousands(pace),
            thousands(pace / published),
            format!("{mean:.2}"),
        ]);
    }
    table
}

fn main() -> Result<(), Failure> {
    // Under `cargo test` it is only seen to run.
    let measures = std::env::args().any(|argument| argument == "--bench");
    let (sizes, rounds, longest) = if measures {
        (&SIZES[..], ROUNDS, u32::MAX)
    } else {
        (&SIZES[..1], 1, 1)
    };
    println!(
        "{}\nload before: {}\n",
        machine::describe(),
        machine::load()
    );
    println!("{}\n", rooms(sizes, rounds, longest)?);
    println!("{}\n", mix(rounds));
    println!("load after: {}", machine::load());
    Ok(())
}
