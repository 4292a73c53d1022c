//! `throng sweep`: a grid of runs, in parallel, that goes on where it was left.
//!
//! Each finished run is a file in the sweep's folder, written whole, so an interruption loses at most the runs under way. Runs
//! do not share threads: each is made by one thread, and as many runs are made at once as there are threads. What comes out
//! depends on neither.

use crate::arguments::SweepArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::output;
use crate::progress::Meter;
use crate::request::{default_folder, quoted, with};
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;
use throng_reports::folder::atomic;
use throng_reports::page::sweep::About;
use throng_reports::sweep::{Axis, Grid, Manifest, Sample, Sweep, manifest};
use throng_reports::{ReportError, RunInfo, Summary, sweep_text, units, write_sweep};
use throng_sim::world::World;
use throng_workloads::scenario::{CostSource, Scenario};

/// A run to be made.
struct Job {
    point: usize,
    run: u32,
    scenario: Scenario,
    file: PathBuf,
    /// Whether no other run is made at the same time.
    alone: bool,
}

/// Runs a sweep, or what is left of it.
pub(crate) fn sweep(arguments: &SweepArguments) -> Result<Exit, Failure> {
    let axes = arguments.vary.iter().map(|vary| Axis::parse(vary));
    let grid = Grid::new(axes.collect::<Result<_, _>>()?, arguments.replicas)?;
    let points = scenarios(arguments, &grid)?;
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => default_folder("sweeps", &points[0]),
    };
    let manifest = Manifest::new(env!("CARGO_PKG_VERSION"), &grid, &points);
    begin(&folder, &manifest)?;
    let threads = match arguments.process.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let (mut samples, jobs) = find(&folder, &grid, &points, threads == 1);
    let interrupt = Interrupt::listen()?;
    let kept = samples.len();
    samples.extend(run(
        &jobs,
        threads,
        kept,
        arguments.process.quiet,
        &interrupt,
    )?);
    if samples.len() < kept + jobs.len() {
        eprintln!(
            "interrupted: {} of {} runs are done; the same command goes on with the others",
            samples.len(),
            kept + jobs.len()
        );
        return Ok(Exit::Interrupted);
    }
    let sweep = Sweep::new(grid, &samples, points[0].seed);
    let about = About {
        name: points[0].name.clone(),
        description: points[0].description.clone(),
        command: command(arguments),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write_sweep(&folder, &sweep, &about)?;
    if !arguments.process.quiet {
        let mut text = sweep_text(&sweep, output::takes_colour());
        text.push_str(&format!("\n  files  {}\n", folder.display()));
        output::print(&text)?;
    }
    Ok(Exit::Done)
}

/// The command line that repeats a sweep.
fn command(arguments: &SweepArguments) -> String {
    let mut words = vec![
        "throng".to_owned(),
        "sweep".to_owned(),
        arguments.scenario.scenario.clone(),
    ];
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    if let Some(engine) = &arguments.engine {
        add("--engine", engine.clone());
    }
    if let Some(seed) = arguments.scenario.seed {
        add("--seed", seed.to_string());
    }
    for set in &arguments.scenario.set {
        add("--set", set.clone());
    }
    for vary in &arguments.vary {
        add("--vary", vary.clone());
    }
    add("--replicas", arguments.replicas.to_string());
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The scenario of each point; a mistake in any is found before the first run.
fn scenarios(arguments: &SweepArguments, grid: &Grid) -> Result<Vec<Scenario>, Failure> {
    let engine = arguments.engine.as_deref();
    let of_point = |point| with(&arguments.scenario, engine, &grid.overrides(point));
    let points: Vec<Scenario> = (0..grid.points()).map(of_point).collect::<Result<_, _>>()?;
    match points
        .iter()
        .any(|scenario| scenario.cost.source == CostSource::Measured)
    {
        true => Err(Failure::MeasuredSweep),
        false => Ok(points),
    }
}

/// Makes the folder, or sees that it holds this very sweep.
fn begin(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let path = folder.join(manifest::FILE);
    let other = |what| Failure::AnotherSweep {
        path: folder.to_owned(),
        what,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let known: Manifest =
                serde_json::from_str(&text).map_err(|_| other("its sweep.json cannot be read"))?;
            if known.version != manifest.version {
                return Err(other("another version of throng began it"));
            }
            if known.axes != manifest.axes {
                return Err(other("something else is varied"));
            }
            if known.scenarios != manifest.scenarios {
                return Err(other("the scenario is another"));
            }
            if known.profiles != manifest.profiles {
                return Err(other("a cost profile is another"));
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            atomic::create_folder(&folder.join("runs"))?;
            write_json(&path, manifest)?;
            Ok(())
        }
        Err(source) => Err(ReportError::Read { path, source }.into()),
    }
}

/// The runs that are there, and those that are to be made.
fn find(folder: &Path, grid: &Grid, points: &[Scenario], alone: bool) -> (Vec<Sample>, Vec<Job>) {
    let (mut samples, mut jobs) = (Vec::new(), Vec::new());
    for run in 0..grid.replicas {
        for (point, scenario) in points.iter().enumerate() {
            match manifest::sample(folder, point, run) {
                Some(sample) => samples.push(sample),
                None => jobs.push(Job {
                    point,
                    run,
                    scenario: Scenario {
                        run,
                        ..scenario.clone()
                    },
                    file: manifest::sample_file(folder, point, run),
                    alone,
                }),
            }
        }
    }
    (samples, jobs)
}

/// Makes runs on so many threads until all are made, one fails, or the user interrupts. Says of each when it is done.
fn run(
    jobs: &[Job],
    threads: usize,
    kept: usize,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<Vec<Sample>, Failure> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    let begun = Instant::now();
    let mut meter = Meter::new(quiet);
    let mut samples = Vec::with_capacity(jobs.len());
    let all = kept + jobs.len();
    let mut fault = None;
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            let (send, next, stop) = (send.clone(), &next, &stop);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let made = make(job, || stop.load(Ordering::Relaxed) || interrupt.asked());
                    let goes_on = matches!(made, Ok(Some(_)));
                    // Nobody listens any more where another run failed.
                    if send.send(made).is_err() || !goes_on {
                        break;
                    }
                }
            });
        }
        drop(send);
        meter.say(&format!("{kept} of {all} runs"));
        for made in receive {
            match made {
                Ok(sample) => samples.extend(sample),
                Err(failure) => {
                    stop.store(true, Ordering::Relaxed);
                    fault.get_or_insert(failure);
                }
            }
            let done = samples.len();
            meter.part((kept + done) as u32, all as u32, || {
                let each = begun.elapsed().as_secs_f64() / done.max(1) as f64;
                let left = each * (jobs.len() - done) as f64;
                format!(
                    "{} of {all} runs · {} left",
                    kept + done,
                    units::seconds_short(left)
                )
            });
        }
    });
    meter.clear();
    fault.map_or(Ok(samples), Err)
}

/// Makes one run and keeps what it came to; nothing where it was stopped. A pool of one thread, so that a run waits for no
/// other.
fn make(job: &Job, stopped: impl Fn() -> bool + Sync) -> Result<Option<Sample>, Failure> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    alone.install(|| {
        let begun = Instant::now();
        if job.alone {
            memory::forget_peak();
        }
        let mut world = World::new(&job.scenario)?;
        while world.step()? {
            if stopped() {
                return Ok(None);
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
        let summary = Summary::new(&job.scenario, &record, &info);
        let sample = Sample::new(job.point, job.run, &summary);
        write_json(&job.file, &sample)?;
        Ok(Some(sample))
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ReportError> {
    atomic::write(path, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    })
}
