//! A million users: what drawing and generating them takes.
//!
//! In a binary of its own, because its allocator counts. The large one is left out of ordinary runs:
//! `cargo test --release -p throng-workloads --test million -- --ignored --nocapture`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use throng_workloads::generate::Workload;
use throng_workloads::intent::Intent;
use throng_workloads::population::Population;
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::stream::Streams;

/// The system's allocator, with an account of the bytes in use and of their peak.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// Calls through to the system's allocator and keeps its promises.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn bytes_and_intents(users: u32) -> (f64, Vec<Intent>) {
    let providers = "[[providers]]\n".repeat(4);
    let text = format!(
        "engine = 'model'\nduration = '1h'\n{providers}[users]\ncount = {users}\nclients = 1\nonline = 'always'\n\
         [rooms]\ncount = 1\nsize = {users}\nstart = 'warm'\n[messages]\nrate = '0.0002/h'\n\
         [churn]\njoins = '400/h'\nleaves = '400/h'\nupdates = '0.0003/h'\n"
    );
    let source = ScenarioSource::inline("million.toml", &text);
    let scenario = Scenario::parse(&source, &[]).expect("sound");
    let streams = Streams::new(scenario.seed, 0);
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let population = Population::draw(&scenario, &streams);
    let drawn = PEAK.load(Ordering::Relaxed) - before;
    let intents: Vec<Intent> = Workload::new(&scenario, &population, &streams).collect();
    let peak = PEAK.load(Ordering::Relaxed) - before;
    let a_user = |bytes: usize| bytes as f64 / f64::from(users);
    println!(
        "{users} users: {:.1} bytes a user to draw, {:.1} at the peak, {} intents",
        a_user(drawn),
        a_user(peak),
        intents.len()
    );
    (a_user(peak), intents)
}

#[test]
#[ignore = "takes seconds even when optimised"]
#[expect(clippy::disallowed_methods, reason = "time itself is measured here")]
fn a_million_users_take_seconds_and_megabytes() {
    let start = std::time::Instant::now();
    let (bytes, intents) = bytes_and_intents(1_000_000);
    println!("{:.2} s", start.elapsed().as_secs_f64());
    assert!(bytes <= 120.0, "{bytes} bytes a user");
    let count = |name: &str| intents.iter().filter(|i| i.action.name() == name).count();
    assert!((240..360).contains(&count("update")), "{}", count("update"));
    assert!(
        (140..260).contains(&count("message")),
        "{}",
        count("message")
    );
    assert!((320..480).contains(&count("leave")), "{}", count("leave"));
}

#[test]
fn a_user_takes_little_memory() {
    let (bytes, _) = bytes_and_intents(50_000);
    assert!(bytes <= 130.0, "{bytes} bytes a user");
}
