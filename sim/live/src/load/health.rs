//! The generator watches itself: whether its threads run when they want to, and what it takes of the machine.

use super::cell::Shared;
use super::pace::Pace;
use super::tally::Seen;

use crate::error::LiveError;
use crate::monotonic;
use crate::watch::process;
use hdrhistogram::Histogram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_record::histogram::histogram;
use throng_record::{Generator, GeneratorPoint};
use throng_workloads::time::{SimSpan, SimTime};
use tokio::runtime::Handle;

/// Whoever watches sleeps so long at a time.
const NAP: Duration = Duration::from_millis(10);

/// Of what is intended, less than this part in time says that the generator was the limit.
const LEAST_ACHIEVED: f64 = 0.99;

/// Of the cores that it may use, more than this part on average says that it was.
const MOST_CORES: f64 = 0.9;

/// What was watched.
struct Watched {
    thread_delay: Histogram<u64>,
    loop_delay: Histogram<u64>,
    /// The longest of both in the second at hand.
    delay_max: SimSpan,
    /// Of the seconds that are over, what is not of the clients.
    seconds: Vec<GeneratorPoint>,
    /// The process's CPU time.
    cpu: Option<CpuTime>,
    memory_max: Option<u64>,
}

/// The CPU time of a process, in nanoseconds, and until when that is known.
#[derive(Debug, Clone, Copy)]
struct CpuTime {
    /// When the measured part began.
    begun: u64,
    /// When the last whole second ended.
    second: u64,
    /// When it was last looked at, while anything was measured.
    last: u64,
    at: SimTime,
}

/// Watches until it is dropped.
pub(super) struct Health {
    shared: Arc<Shared>,
    watched: Arc<Mutex<Watched>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Health {
    /// Watches from now on; what is before the measured part counts for nothing.
    pub(super) fn watch(shared: &Arc<Shared>, runtime: &Handle) -> Result<Self, LiveError> {
        let watched = Arc::new(Mutex::new(Watched {
            thread_delay: histogram(),
            loop_delay: histogram(),
            delay_max: SimSpan::ZERO,
            seconds: Vec::new(),
            cpu: None,
            memory_max: None,
        }));
        let over = Arc::new(AtomicBool::new(false));
        let watch = (Arc::clone(shared), Arc::clone(&watched), Arc::clone(&over));
        let thread = thread::Builder::new()
            .name("health".to_owned())
            .spawn(move || {
                let (shared, watched, over) = watch;
                while !over.load(Ordering::SeqCst) {
                    let before = Instant::now();
                    thread::sleep(NAP);
                    let delay = before.elapsed().saturating_sub(NAP);
                    lock(&watched).ran(&shared, delay);
                }
            })
            .map_err(LiveError::Threads)?;
        let watch = (Arc::clone(shared), Arc::clone(&watched), Arc::clone(&over));
        runtime.spawn(async move {
            let (shared, watched, over) = watch;
            while !over.load(Ordering::SeqCst) {
                let before = Instant::now();
                tokio::time::sleep(NAP).await;
                let delay = before.elapsed().saturating_sub(NAP);
                lock(&watched).looped(&shared, delay);
            }
        });
        Ok(Self {
            shared: Arc::clone(shared),
            watched,
            over,
            thread: Some(thread),
        })
    }

    /// How the generator fared so far, `pace` being how fast people's time passed. `in_time` is how many wishes were taken up when the
    /// measured part was over, where it is.
    pub(super) fn so_far(
        &self,
        seen: &Seen,
        pace: &Pace,
        in_time: Option<u64>,
        most_late: SimSpan,
    ) -> Generator {
        let watched = lock(&self.watched);
        let lasted = self.shared.clock.lasted();
        let mut generator = Generator {
            limits: Vec::new(),
            intended: seen.intended,
            in_time: in_time.unwrap_or(seen.taken),
            taken: seen.taken,
            vanished: seen.vanished,
            under_way: self.shared.under_way.load(Ordering::SeqCst) as u64,
            lateness: seen.lateness.clone(),
            thread_delay: watched.thread_delay.clone(),
            loop_delay: watched.loop_delay.clone(),
            cpu: watched.cpu.map_or(SimSpan::ZERO, |cpu| {
                SimSpan::from_nanos(cpu.last.saturating_sub(cpu.begun))
            }),
            // What was used is known up to then.
            lasted: watched
                .cpu
                .map_or(lasted, |cpu| cpu.at.since(SimTime::ZERO)),
            cores: thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
            memory_max: watched.memory_max,
            repeated: seen.repeated,
            errors: seen.errors.all(),
            rates: pace.changes().to_vec(),
            series: series(&watched.seconds, seen),
            preparation: None,
        };
        generator.limits = limits(&generator, most_late);
        generator
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Watched {
    fn ran(&mut self, shared: &Shared, delay: Duration) {
        let now = monotonic::now();
        if !shared.clock.measures(now) {
            return;
        }
        let cpu = monotonic::process_cpu();
        let at = shared.clock.at(now);
        let taken = self.cpu.get_or_insert(CpuTime {
            begun: cpu,
            second: cpu,
            last: cpu,
            at,
        });
        (taken.last, taken.at) = (cpu, at);
        enter(&mut self.thread_delay, &mut self.delay_max, delay);
        let second = self.seconds.len() as u64 + 1;
        if at < SimTime::ZERO + SimSpan::from_secs(second) {
            return;
        }
        let memory = process::taken(std::process::id()).map(|taken| taken.memory);
        self.memory_max = self.memory_max.max(memory);
        self.seconds.push(GeneratorPoint {
            time: at,
            delay_max: std::mem::take(&mut self.delay_max),
            cpu: SimSpan::from_nanos(cpu.saturating_sub(taken.second)),
            memory: memory.unwrap_or(0),
            under_way: shared.under_way.load(Ordering::SeqCst) as u64,
            ..GeneratorPoint::default()
        });
        taken.second = cpu;
    }

    fn looped(&mut self, shared: &Shared, delay: Duration) {
        if shared.clock.measures(monotonic::now()) {
            enter(&mut self.loop_delay, &mut self.delay_max, delay);
        }
    }
}

fn enter(histogram: &mut Histogram<u64>, longest: &mut SimSpan, delay: Duration) {
    histogram.saturating_record(delay.as_micros() as u64);
    *longest = (*longest).max(SimSpan::from_nanos(delay.as_nanos() as u64));
}

fn lock(watched: &Mutex<Watched>) -> std::sync::MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was watched and what clients were seen to do, second by second. A second that the watch missed is one of those that were
/// longer.
fn series(watched: &[GeneratorPoint], seen: &Seen) -> Vec<GeneratorPoint> {
    let second = |place: usize| SimTime::ZERO + SimSpan::from_secs(place as u64 + 1);
    let count = watched.len().max(seen.seconds.len());
    let point = |place: usize| {
        let seen = seen.seconds.get(place).copied().unwrap_or_default();
        GeneratorPoint {
            time: second(place),
            intended: seen.intended,
            taken: seen.taken,
            late_max: seen.late_max,
            ..watched.get(place).copied().unwrap_or_default()
        }
    };
    (0..count).map(point).collect()
}

/// Why the generator was the limit, where it was.
fn limits(generator: &Generator, most_late: SimSpan) -> Vec<String> {
    let mut limits = Vec::new();
    let allowed = most_late.as_nanos() / 1_000;
    let mut late = |histogram: &Histogram<u64>, what: &str| {
        let p99 = histogram.value_at_quantile(0.99);
        if !histogram.is_empty() && p99 > allowed {
            let late = SimSpan::from_micros(p99);
            limits.push(format!(
                "{what} {late} late or more; {most_late} are allowed"
            ));
        }
    };
    late(&generator.lateness, "one of a hundred wishes was taken up");
    late(
        &generator.thread_delay,
        "one of a hundred times a thread that wanted to run was",
    );
    late(
        &generator.loop_delay,
        "one of a hundred times the loop that serves connections was",
    );
    let wanted = generator.intended.saturating_sub(generator.vanished);
    let achieved = generator.in_time as f64;
    if achieved < LEAST_ACHIEVED * wanted as f64 {
        limits.push(format!(
            "of {wanted} wishes {} were taken up in time",
            generator.in_time
        ));
    }
    let (used, cores) = (generator.cores_used(), f64::from(generator.cores));
    if used > MOST_CORES * cores {
        limits.push(format!("it used {used:.1} of {cores} cores"));
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Generator {
        Generator {
            intended: 1_000,
            in_time: 990,
            taken: 1_000,
            cpu: SimSpan::from_secs(17),
            lasted: SimSpan::from_secs(10),
            ..Generator::idle(2)
        }
    }

    fn of(generator: &Generator) -> Vec<String> {
        limits(generator, SimSpan::from_millis(50))
    }

    #[test]
    fn whoever_keeps_up_is_no_limit() {
        assert_eq!(of(&healthy()), Vec::<String>::new());
    }

    #[test]
    fn each_way_to_fall_behind_is_a_reason() {
        let mut late = healthy();
        (0..98).for_each(|_| late.lateness.record(1_000).unwrap());
        (0..2).for_each(|_| late.lateness.record(60_000).unwrap());
        let said = of(&late);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("one of a hundred wishes"), "{said:?}");
        let slow = Generator {
            in_time: 989,
            ..healthy()
        };
        assert_eq!(
            of(&slow),
            ["of 1000 wishes 989 were taken up in time".to_owned()]
        );
        let busy = Generator {
            cpu: SimSpan::from_secs(19),
            ..healthy()
        };
        assert_eq!(of(&busy), ["it used 1.9 of 2 cores".to_owned()]);
        let mut waits = healthy();
        waits.loop_delay.record(80_000).unwrap();
        assert!(of(&waits)[0].contains("the loop that serves connections"));
    }

    /// Nobody can take up the wishes of those who are gone: that is not the generator's fault.
    #[test]
    fn wishes_of_nobody_are_not_held_against_it() {
        let gone = Generator {
            in_time: 900,
            taken: 900,
            vanished: 100,
            ..healthy()
        };
        assert_eq!(of(&gone), Vec::<String>::new());
        assert_eq!(gone.untaken(), 0);
    }
}
