//! Runs made several at a time. They do not share threads: each is made by one thread, and as many runs are made at once as
//! there are threads. Where that is one, each run has a process of its own, so that its memory can be measured: a process that has
//! made runs before holds what they left. What comes out of the simulation depends on none of this.

use crate::arguments::SweepRunArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::{Meter, PAUSE, Runs};
use crate::{memory, output};
use serde::Serialize;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;
use throng_reports::folder::atomic;
use throng_reports::sweep::Sample;
use throng_reports::{ReportError, RunInfo, Summary};
use throng_sim::world::{Progress, World};
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// A run to be made.
pub(super) struct Job {
    pub(super) point: usize,
    pub(super) run: u32,
    pub(super) scenario: Scenario,
    pub(super) file: PathBuf,
    /// What the command line of a process of its own says, where it is to have one.
    pub(super) alone: Option<Vec<OsString>>,
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
    fn see(&self, progress: &Progress) {
        self.hear(&Said::of(progress));
    }

    fn hear(&self, said: &Said) {
        self.share.store(said.share, Ordering::Relaxed);
        self.events.store(said.events, Ordering::Relaxed);
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

/// Makes one run and keeps what it came to; nothing where it was stopped.
fn one(
    job: &Job,
    stopped: impl Fn() -> bool + Sync,
    under_way: &UnderWay,
) -> Result<Option<Sample>, Failure> {
    match &job.alone {
        Some(words) => in_a_process(job, words, stopped, under_way),
        None => {
            let see = |world: &World| under_way.see(&world.progress());
            let made = here(job, false, stopped, see)?;
            if let Some((_, events)) = &made {
                under_way.done(*events);
            }
            Ok(made.map(|(sample, _)| sample))
        }
    }
}

/// Makes one run in this process, in a pool of one thread, so that it waits for no other; also says how many events it had.
fn here(
    job: &Job,
    measured: bool,
    stopped: impl Fn() -> bool + Sync,
    see: impl Fn(&World) + Sync,
) -> Result<Option<(Sample, u64)>, Failure> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    alone.install(|| {
        let begun = Instant::now();
        let mut world = World::new(&job.scenario)?;
        let mut seen = begun;
        while world.step()? {
            if stopped() {
                return Ok(None);
            }
            if seen.elapsed() >= PAUSE {
                seen = Instant::now();
                see(&world);
            }
        }
        let record = world.finish(false)?;
        let info = RunInfo {
            wall: begun.elapsed(),
            threads: 1,
            // Where runs share a process its memory is that of all.
            peak_memory: memory::peak().filter(|_| measured),
            ..RunInfo::default()
        };
        let summary = Summary::new(&job.scenario, &record, &info);
        let sample = Sample::new(job.point, job.run, &summary);
        write_json(&job.file, &sample)?;
        Ok(Some((sample, record.events)))
    })
}

/// Has a process of its own make one run of the scenario as it is resolved here, and hears from it how far it is. A key that
/// interrupts this process interrupts that one too; where this one alone is told to stop, it ends the other.
fn in_a_process(
    job: &Job,
    words: &[OsString],
    stopped: impl Fn() -> bool,
    under_way: &UnderWay,
) -> Result<Option<Sample>, Failure> {
    if stopped() {
        return Ok(None);
    }
    let begin = || {
        let mut child = Command::new(std::env::current_exe()?)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut scenario) = child.stdin.take() {
            // Who ends before it has read it says why.
            let _ = scenario.write_all(job.scenario.to_toml().as_bytes());
        }
        Ok(child)
    };
    let mut child = begin().map_err(Failure::Process)?;
    let (send, receive) = mpsc::channel();
    let out = child.stdout.take();
    let mut events = 0;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
            for said in lines
                .map_while(Result::ok)
                .filter_map(|line| Said::read(&line))
            {
                if send.send(said).is_err() {
                    break;
                }
            }
        });
        loop {
            match receive.recv_timeout(PAUSE) {
                Ok(said) => {
                    events = said.events;
                    under_way.hear(&said);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stopped() {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
            }
        }
    });
    let ended = child.wait().map_err(Failure::Process)?;
    under_way.done(events);
    let made = || serde_json::from_str(&std::fs::read_to_string(&job.file).ok()?).ok();
    match made().filter(|_| ended.success()) {
        Some(sample) => Ok(Some(sample)),
        None if stopped() || is_interrupted(&ended) => Ok(None),
        None => Err(Failure::Run {
            point: job.point,
            run: job.run,
            ended: ended.to_string(),
        }),
    }
}

/// Whether a process ended because a key was pressed: in an orderly way, or before it could.
fn is_interrupted(ended: &ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const INTERRUPT: i32 = 2;
        if ended.signal() == Some(INTERRUPT) {
            return true;
        }
    }
    ended.code() == Some(Exit::Interrupted.code().into())
}

/// Makes one run of a sweep, as the process that [`in_a_process`] begins: of the scenario on standard input. Says how far it is on
/// standard output.
pub(crate) fn run_of_sweep(arguments: &SweepRunArguments) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen()?;
    let text = io::read_to_string(io::stdin()).map_err(Failure::Process)?;
    let source = ScenarioSource::inline("the sweep's scenario", text);
    let job = Job {
        point: arguments.point,
        run: arguments.run,
        scenario: Scenario::parse(&source, &[])?,
        file: arguments.file.clone(),
        alone: None,
    };
    let say = |world: &World| {
        let said = Said::of(&world.progress());
        // Whoever does not listen any more need not know.
        let _ = output::print(&format!("{} {}\n", said.share, said.events));
    };
    let made = here(&job, true, || interrupt.asked(), say)?;
    Ok(match made {
        Some(_) => Exit::Done,
        None => Exit::Interrupted,
    })
}

/// How far a run is.
struct Said {
    /// The part of it that is done, in [`WHOLE`]ths.
    share: u64,
    events: u64,
}

impl Said {
    fn of(progress: &Progress) -> Self {
        Self {
            share: (progress.share() * WHOLE) as u64,
            events: progress.events,
        }
    }

    fn read(line: &str) -> Option<Self> {
        let (share, events) = line.split_once(' ')?;
        Some(Self {
            share: share.parse().ok()?,
            events: events.parse().ok()?,
        })
    }
}

/// A file of the sweep's folder, whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ReportError> {
    atomic::write(path, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    })
}
