//! Runs made several at a time. They do not share threads: each is made by one thread, and as many runs are made at once as
//! there are threads. What comes out depends on neither.

use super::write_json;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::progress::{Meter, PAUSE, Runs};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;
use throng_reports::sweep::Sample;
use throng_reports::{RunInfo, Summary};
use throng_sim::world::World;
use throng_workloads::scenario::Scenario;

/// A run to be made.
pub(super) struct Job {
    pub(super) point: usize,
    pub(super) run: u32,
    pub(super) scenario: Scenario,
    pub(super) file: PathBuf,
    /// Whether no other run is made at the same time.
    pub(super) alone: bool,
}

/// Makes runs on so many threads until all are made, one fails, or the user interrupts.
pub(super) fn make(
    jobs: &[Job],
    threads: usize,
    kept: usize,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<Vec<Sample>, Failure> {
    let threads = threads.min(jobs.len());
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let under_way: Vec<UnderWay> = (0..threads).map(|_| UnderWay::default()).collect();
    let (send, receive) = mpsc::channel();
    let mut meter = Meter::new(quiet);
    let mut samples = Vec::with_capacity(jobs.len());
    let mut fault = None;
    std::thread::scope(|scope| {
        for under_way in &under_way {
            let (send, next, stop) = (send.clone(), &next, &stop);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let stopped = || stop.load(Ordering::Relaxed) || interrupt.asked();
                    let made = one(job, stopped, under_way);
                    let goes_on = matches!(made, Ok(Some(_)));
                    // Nobody listens any more where another run failed.
                    if send.send(made).is_err() || !goes_on {
                        break;
                    }
                }
            });
        }
        drop(send);
        loop {
            match receive.recv_timeout(PAUSE) {
                Ok(Ok(sample)) => samples.extend(sample),
                Ok(Err(failure)) => {
                    stop.store(true, Ordering::Relaxed);
                    fault.get_or_insert(failure);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            meter.runs(|| Runs {
                done: samples.len(),
                of: jobs.len(),
                before: kept,
                begun: under_way.iter().map(UnderWay::share).sum(),
                events: under_way.iter().map(UnderWay::events).sum(),
            });
        }
    });
    meter.clear();
    fault.map_or(Ok(samples), Err)
}

/// What a thread is at, for the progress display.
#[derive(Default)]
struct UnderWay {
    /// The part of its run that is done, in [`WHOLE`]ths.
    share: AtomicU64,
    /// Events of the runs that it has made.
    finished: AtomicU64,
    /// Events of the run under way.
    events: AtomicU64,
}

const WHOLE: f64 = 1e6;

impl UnderWay {
    fn see(&self, world: &World) {
        let progress = world.progress();
        let share = (progress.share() * WHOLE) as u64;
        self.share.store(share, Ordering::Relaxed);
        self.events.store(progress.events, Ordering::Relaxed);
    }

    /// The run is made.
    fn done(&self, events: u64) {
        self.finished.fetch_add(events, Ordering::Relaxed);
        self.events.store(0, Ordering::Relaxed);
        self.share.store(0, Ordering::Relaxed);
    }

    fn share(&self) -> f64 {
        self.share.load(Ordering::Relaxed) as f64 / WHOLE
    }

    fn events(&self) -> u64 {
        self.finished.load(Ordering::Relaxed) + self.events.load(Ordering::Relaxed)
    }
}

/// Makes one run and keeps what it came to; nothing where it was stopped. A pool of one thread, so that a run waits for no
/// other.
fn one(
    job: &Job,
    stopped: impl Fn() -> bool + Sync,
    under_way: &UnderWay,
) -> Result<Option<Sample>, Failure> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    alone.install(|| {
        let begun = Instant::now();
        if job.alone {
            memory::forget_peak();
        }
        let mut world = World::new(&job.scenario)?;
        let mut seen = begun;
        while world.step()? {
            if stopped() {
                return Ok(None);
            }
            if seen.elapsed() >= PAUSE {
                seen = Instant::now();
                under_way.see(&world);
            }
        }
        let record = world.finish(false)?;
        let info = RunInfo {
            wall: begun.elapsed(),
            threads: 1,
            // The process's memory is that of all runs under way.
            peak_memory: memory::peak().filter(|_| job.alone),
            ..RunInfo::default()
        };
        under_way.done(record.events);
        let summary = Summary::new(&job.scenario, &record, &info);
        let sample = Sample::new(job.point, job.run, &summary);
        write_json(&job.file, &sample)?;
        Ok(Some(sample))
    })
}
