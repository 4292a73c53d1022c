//! `throng sweep`: a grid of runs that goes on where it was left. Each finished run is a file in the sweep's folder, written
//! whole, so an interruption loses at most the runs under way.
//!
//! - [`workers`]: how runs are made, several at a time.

pub(crate) mod workers;

use crate::arguments::{Engine, SweepArguments};
use crate::baselines::Baseline;
use crate::contradictions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::request::{default_folder, hold_to, quoted, with};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use throng_reports::folder::atomic;
use throng_reports::sweep::{About, Axis, Grid, Manifest, Sample, Sweep, manifest};
use throng_reports::{ReportError, sweep_text, write_sweep};
use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{CostSource, Scenario};
use workers::{Job, write_json};

/// Runs a sweep, or what is left of it.
pub(crate) fn sweep(arguments: &SweepArguments) -> Result<Exit, Failure> {
    let axes = arguments.vary.iter().map(|vary| Axis::parse(vary));
    let axes: Vec<Axis> = axes.collect::<Result<_, _>>()?;
    contradictions::in_sweep(arguments, &axes)?;
    let grid = Grid::new(axes, arguments.replicas)?;
    let points = scenarios(arguments, &grid)?;
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => default_folder("sweeps", &points[0]),
    };
    let command = command(arguments);
    let manifest = Manifest::new(env!("CARGO_PKG_VERSION"), &command, &grid, &points);
    let baseline = arguments.save_baseline.as_deref();
    let baseline = baseline.map(Baseline::new).transpose()?;
    begin(&folder, &manifest)?;
    let threads = match arguments.process.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let (mut samples, jobs) = find(&folder, &grid, &points, threads == 1);
    let interrupt = Interrupt::listen()?;
    let kept = samples.len();
    samples.extend(workers::make(
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
    let sweep = sweep.held_to(&points[0].thresholds, &samples);
    let about = About {
        name: points[0].name.clone(),
        description: points[0].description.clone(),
        command,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write_sweep(&folder, &sweep, &about)?;
    if let Some(baseline) = &baseline {
        baseline.save_sweep(&folder)?;
    }
    if !arguments.process.quiet {
        let mut text = sweep_text(&sweep, &about, output::takes_colour());
        let page = folder.join("report.html");
        text.push_str(&format!("\n  command  {}\n", about.command));
        text.push_str(&format!("  files    {}\n", folder.display()));
        text.push_str(&format!("  page     {}\n", page.display()));
        output::print(&text)?;
    }
    Ok(match sweep.is_as_it_has_to_be() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// The command line that repeats a sweep.
fn command(arguments: &SweepArguments) -> String {
    let mut words = vec![
        "throng".to_owned(),
        "sweep".to_owned(),
        arguments.scenario.scenario.clone(),
    ];
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    if let Some(engine) = arguments.engine {
        add("--engine", engine.name().to_owned());
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
    for threshold in &arguments.threshold {
        add("--threshold", threshold.clone());
    }
    add("--replicas", arguments.replicas.to_string());
    if let Some(folder) = &arguments.out {
        // Without it the same command would not go on with this sweep.
        add("--out", folder.display().to_string());
    }
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The scenario of each point; a mistake in any is found before the first run.
fn scenarios(arguments: &SweepArguments, grid: &Grid) -> Result<Vec<Scenario>, Failure> {
    let engine = arguments.engine.map(Engine::name);
    let of_point = |point| {
        let overrides = grid.overrides(point);
        let scenario = with(&arguments.scenario, engine, &overrides);
        let mut scenario = scenario.map_err(|failure| match failure {
            // Unless it is wrong without what the point sets, too.
            Failure::Scenario(error @ ScenarioError::Invalid { .. })
                if with(&arguments.scenario, engine, &[]).is_ok() =>
            {
                Failure::Point {
                    point: overrides.join(" "),
                    error,
                }
            }
            other => other,
        })?;
        hold_to(&mut scenario, &arguments.threshold)?;
        Ok(scenario)
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

/// The runs that are there, and those that are to be made, each in a process of its own where they are made `alone`.
fn find(folder: &Path, grid: &Grid, points: &[Scenario], alone: bool) -> (Vec<Sample>, Vec<Job>) {
    let (mut samples, mut jobs) = (Vec::new(), Vec::new());
    for run in 0..grid.replicas {
        for (point, scenario) in points.iter().enumerate() {
            if let Some(sample) = manifest::sample(folder, point, run) {
                samples.push(sample);
                continue;
            }
            let file = manifest::sample_file(folder, point, run);
            jobs.push(Job {
                point,
                run,
                scenario: Scenario {
                    run,
                    ..scenario.clone()
                },
                alone: alone.then(|| of_one(point, run, &file)),
                file,
            });
        }
    }
    (samples, jobs)
}

/// What a process is told that makes one run.
fn of_one(point: usize, run: u32, file: &Path) -> Vec<OsString> {
    let words = [
        "sweep-run",
        "--point",
        &point.to_string(),
        "--run",
        &run.to_string(),
        "--file",
    ];
    let words = words.map(OsString::from).into_iter();
    words.chain([file.as_os_str().to_owned()]).collect()
}
