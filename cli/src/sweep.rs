//! `throng sweep`: a grid of runs that goes on where it was left. Each finished run is a file in the sweep's folder, written
//! whole, so an interruption loses at most the runs under way.
//!
//! - [`samples`]: what is kept of a run, and the process that makes one.

pub(crate) mod samples;

use crate::arguments::SweepArguments;
use crate::contradictions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::forecast;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Meter;
use crate::request::{Request, folder};
use samples::{Samples, write_json};
use std::io;
use std::path::Path;
use throng_experiments::{Axis, Grid, Job};
use throng_reports::folder::atomic;
use throng_reports::sweep::{About, Manifest, Sample, Sweep, manifest};
use throng_reports::{ReportError, sweep_text, write_sweep};
use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{CostSource, Scenario};
use throng_workloads::visible::visible_path;

/// Runs a sweep, or what is left of it.
pub(crate) fn sweep(arguments: &SweepArguments) -> Result<Exit, Failure> {
    let axes = arguments.vary.iter().map(|vary| Axis::parse(vary));
    let axes: Vec<Axis> = axes.collect::<Result<_, _>>()?;
    contradictions::in_sweep(arguments, &axes)?;
    let grid = Grid::new(axes, arguments.replicas)?;
    let request = Request::of_simulation(&arguments.simulation)?;
    let points = scenarios(&request, &grid)?;
    let folder = folder(arguments.out.as_deref(), "sweeps", &points[0]);
    let command = request.command("sweep", request.seed, &words(arguments));
    let manifest = Manifest::new(env!("CARGO_PKG_VERSION"), &command, &grid, &points);
    let baseline = request.baseline()?;
    begin(&folder, &manifest)?;
    let threads = match request.threads {
        Some(threads) => threads.into(),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let (mut samples, jobs) = find(&folder, &grid, &points);
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let kept = samples.len();
    if !jobs.is_empty() {
        forecast::warn_of_most(&points, request.quiet);
    }
    let mut meter = Meter::new(request.quiet);
    let made = throng_experiments::make(
        &jobs,
        threads,
        &Samples { folder: &folder },
        || interrupt.asked(),
        |progress| meter.runs(kept, progress),
    );
    meter.clear();
    samples.extend(made?);
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
    if !request.quiet {
        let mut text = sweep_text(&sweep, &about, output::takes_colour());
        let page = folder.join("report.html");
        text.push_str(&format!("\n  command  {}\n", about.command));
        text.push_str(&format!("  files    {}\n", visible_path(&folder)));
        text.push_str(&format!("  page     {}\n", visible_path(&page)));
        output::print(&text)?;
    }
    let verdicts = sweep.thresholds.iter();
    output::unmet(
        request.quiet,
        verdicts.map(|one| (one.is_met(), one.rule.as_str(), one.says())),
    );
    Ok(match sweep.is_as_it_has_to_be() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// The flags of a sweep alone that ask for the same.
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
    if let Some(folder) = &arguments.out {
        // Without it the same command would not go on with this sweep.
        add("--out", &folder.to_string_lossy());
    }
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

/// The runs that are there, and those that are to be made.
fn find(folder: &Path, grid: &Grid, points: &[Scenario]) -> (Vec<Sample>, Vec<Job>) {
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
                }),
            }
        }
    }
    (samples, jobs)
}
