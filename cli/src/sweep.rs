//! `throng sweep`: a grid of runs that goes on where it was left. Each finished run is a file in the sweep's folder, written
//! whole, so an interruption loses at most the runs under way.
//!
//! - [`samples`]: what is kept of a run, and the process that makes one.
//! - [`mod@share`]: a shard of a sweep, its folder and its part of the runs; [`environment`]: which one this is.
//! - [`script`]: what has the shards run elsewhere.
//! - [`ending`]: what is written and said when all runs are there.

pub(crate) mod ending;
mod environment;
pub(crate) mod samples;
mod script;
mod share;

use crate::arguments::SweepArguments;
use crate::contradictions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::forecast;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Meter;
use crate::request::{Request, folder, line};
use samples::{Samples, write_json};
use script::Script;
use share::{Folders, Share};
use std::io;
use std::path::Path;
use std::time::Instant;
use throng_experiments::{Axis, Grid, Job};
use throng_reports::ReportError;
use throng_reports::folder::atomic;
use throng_reports::sweep::{About, Manifest, Sample, Sweep, manifest};
use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{CostSource, Scenario};
use throng_workloads::time::SimSpan;
use throng_workloads::units::show_span;

/// Runs a sweep, or what is left of it; or one shard of it.
pub(crate) fn sweep(arguments: &SweepArguments) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let axes = arguments.vary.iter().map(|vary| Axis::parse(vary));
    let axes: Vec<Axis> = axes.collect::<Result<_, _>>()?;
    contradictions::in_sweep(arguments, &axes)?;
    let grid = Grid::new(axes, arguments.replicas)?;
    let request = Request::of_simulation(&arguments.simulation)?;
    let points = scenarios(&request, &grid)?;
    let whole = request.words("sweep", request.seed, &words(arguments));
    let default = folder(None, "sweeps", &points[0]);
    if let Some((scheduler, shards)) = arguments.spread.print.zip(arguments.spread.shards) {
        let script = Script {
            name: &points[0].name,
            sweep: &whole,
            folders: Folders::beside(arguments.out.as_deref().unwrap_or(&default)),
            shards,
            threads: request.threads,
            time_limit: arguments.spread.time_limit,
            image: arguments.spread.image.as_deref(),
        };
        output::print(&script.text(scheduler))?;
        return Ok(Exit::Done);
    }
    let share = share(arguments, &grid, &points, &default)?;
    let (folder, command) = match &share {
        Some(share) => (share.folder(), share.command(&whole)),
        None => {
            // Without it the same command would not go on with this sweep.
            let out = arguments.out.iter();
            let out = out.flat_map(|out| ["--out".to_owned(), out.to_string_lossy().into_owned()]);
            let command = line(&[&whole[..], &out.collect::<Vec<String>>()].concat());
            (arguments.out.clone().unwrap_or(default), command)
        }
    };
    let mut manifest = Manifest::new(env!("CARGO_PKG_VERSION"), &command, &grid, &points);
    manifest.shard = share.as_ref().map(|share| share.part(line(&whole)));
    let baseline = request.baseline()?;
    begin(&folder, &manifest)?;
    let (samples, jobs) = find(&folder, &grid, &points, share.as_ref());
    let limit = arguments.spread.time_limit.map(|limit| (begun, limit));
    if !jobs.is_empty() {
        forecast::warn_of_most(&points, request.quiet);
    }
    if !make(&jobs, samples.len(), &folder, &request, limit)? {
        return Ok(Exit::Interrupted);
    }
    if let Some(share) = &share {
        if !request.quiet {
            let runs = grid.points() * grid.replicas as usize;
            output::print(&share.text(&points[0].name, samples.len() + jobs.len(), runs))?;
        }
        return Ok(Exit::Done);
    }
    // Read back, as whoever goes on with it or puts shards of it together has them: a number may be another in its last bit.
    let (samples, gone) = find(&folder, &grid, &points, None);
    if let Some(run) = gone.first() {
        return Err(ReportError::Read {
            path: manifest::sample_file(&folder, run.point, run.run),
            source: io::Error::other("it was written, and is not there or not whole any more"),
        }
        .into());
    }
    let sweep = Sweep::new(grid, &samples, points[0].seed);
    let sweep = sweep.held_to(&points[0].thresholds, &samples);
    let about = About {
        name: points[0].name.clone(),
        description: points[0].description.clone(),
        command,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    ending::finish(&folder, &sweep, &about, baseline.as_ref(), request.quiet)
}

/// Makes runs beside those that are kept already, and says so where it ends before all are made: by an interrupt, or by a limit of time from a
/// moment on.
fn make(
    jobs: &[Job],
    kept: usize,
    folder: &Path,
    request: &Request,
    limit: Option<(Instant, SimSpan)>,
) -> Result<bool, Failure> {
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let is_over = || {
        limit.is_some_and(|(begun, limit)| begun.elapsed().as_nanos() >= limit.as_nanos().into())
    };
    let threads = match request.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut meter = Meter::new(request.quiet);
    let made = throng_experiments::make(
        jobs,
        threads,
        &Samples { folder },
        || interrupt.asked() || is_over(),
        |progress| meter.runs(kept, progress),
    );
    meter.clear();
    let (done, all) = (kept + made?.len(), kept + jobs.len());
    if done == all {
        return Ok(true);
    }
    let why = match limit.filter(|_| !interrupt.asked()) {
        Some((_, limit)) => format!("the time limit of {} is over", show_span(limit)),
        None => "interrupted".to_owned(),
    };
    eprintln!("{why}: {done} of {all} runs are done; the same command goes on with the others");
    Ok(false)
}

/// Which shard of the sweep this is, where it is one.
fn share(
    arguments: &SweepArguments,
    grid: &Grid,
    points: &[Scenario],
    default: &Path,
) -> Result<Option<Share>, Failure> {
    let Some(which) = arguments.spread.shard else {
        return Ok(None);
    };
    let variable = |name: &str| std::env::var(name).ok();
    let shard = environment::shard(which, &variable);
    let shard = shard.map_err(|wrong| Failure::NoShard { which, wrong })?;
    let folders = match &arguments.out {
        Some(out) => Folders::named(out),
        None => Folders::beside(default),
    };
    let costs = points.iter().map(forecast::cost).collect();
    Ok(Some(Share::new(shard, folders, costs, grid.replicas)))
}

/// The flags of a sweep alone that ask for the same, but for the folder.
fn words(arguments: &SweepArguments) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    for vary in &arguments.vary {
        add("--vary", vary);
    }
    for threshold in &arguments.simulation.threshold {
        add("--threshold", threshold);
    }
    add("--replicas", &arguments.replicas.to_string());
    words
}

/// The scenario of each point; a mistake in any is found before the first run.
fn scenarios(request: &Request, grid: &Grid) -> Result<Vec<Scenario>, Failure> {
    let of_point = |point| {
        let overrides = grid.overrides(point);
        let scenario = request.scenario_with(&overrides);
        scenario.map_err(|failure| match failure {
            // Unless it is wrong without what the point sets, too.
            Failure::Scenario(error @ ScenarioError::Invalid { .. })
                if request.scenario().is_ok() =>
            {
                Failure::Point {
                    point: overrides.join(" "),
                    error,
                }
            }
            other => other,
        })
    };
    let points = (0..grid.points()).map(of_point);
    let points: Vec<Scenario> = points.collect::<Result<_, Failure>>()?;
    match points
        .iter()
        .any(|scenario| scenario.cost.source == CostSource::Measured)
    {
        true => Err(Failure::MeasuredSweep),
        false => Ok(points),
    }
}

/// Makes the folder, or sees that it holds this very sweep, or this shard of it.
pub(crate) fn begin(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
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
            if known.traces != manifest.traces {
                return Err(other("what is in the trace is another"));
            }
            let shard = |of: &Manifest| of.shard.as_ref().map(|part| (part.number, part.of));
            match (shard(&known), shard(manifest)) {
                (one, other) if one == other => {}
                (None, _) => return Err(other("it is whole there, and no shard of it")),
                (_, None) => return Err(other("a shard of it is there alone")),
                _ => return Err(other("another shard of it is there")),
            }
            if known != *manifest {
                // More replicas than before, say.
                write_json(&path, manifest)?;
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if folder.join("commits.csv").exists() {
                return Err(Failure::OtherKind {
                    path: folder.to_owned(),
                    holds: "a run",
                });
            }
            atomic::create_folder(&folder.join(manifest::RUNS))?;
            write_json(&path, manifest)?;
            Ok(())
        }
        Err(source) => Err(ReportError::Read { path, source }.into()),
    }
}

/// The runs that are there, and those that are to be made; of a shard those that are its own.
fn find(
    folder: &Path,
    grid: &Grid,
    points: &[Scenario],
    share: Option<&Share>,
) -> (Vec<Sample>, Vec<Job>) {
    let (mut samples, mut jobs) = (Vec::new(), Vec::new());
    for run in 0..grid.replicas {
        for (point, scenario) in points.iter().enumerate() {
            if share.is_some_and(|share| !share.has(point, run)) {
                continue;
            }
            match manifest::sample(folder, point, run) {
                Some(sample) => samples.push(sample),
                None => jobs.push(Job {
                    point,
                    run,
                    scenario: Scenario {
                        run,
                        ..scenario.clone()
                    },
                }),
            }
        }
    }
    (samples, jobs)
}
