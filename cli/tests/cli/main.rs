//! The command as people and scripts meet it: what it prints, writes and returns.
//!
//! - `runs`: `throng run` to its end.
//! - `mistakes`: bad usage, bad scenarios, folders that cannot be written.
//! - `calibrations`: `throng calibrate`, and scenarios that use what it wrote.
//! - `capacities`: `throng capacity`.
//! - `sizes`: `throng size`.
//! - `library`: `throng scenarios` and `throng completions`.
//! - `live`: `throng load` and `throng serve`; `federations`: `throng load --as`; `bare`: beside
//!   somebody who has nothing of ours.
//! - `twelve`: `throng load federation`, twelve providers of which one is away for a while.
//! - `preparation`: what `throng load` prepares, stored and taken up again.
//! - `shards`: several `throng load` that share one, and `throng merge`.
//! - `storing`: what providers keep, in files and in a database, and what becomes of it when they are killed; `database`: a
//!   PostgreSQL server for that.
//! - `apart`: `throng twin`. It takes longest, waiting, and is named so that it begins first.
//! - `browser`: pages in a real browser.
//! - `vectors`: `throng verify --vectors`.
//! - `comparisons`: `throng compare`, baselines and thresholds.
//! - `sweeps`: `throng sweep`; `spread`: in shards; `slurm`: in an array of a Slurm of the test's own.
//! - `pages`: `throng report`.
//! - `exports`: `throng export` and `throng man`.
//! - `import`: `throng import`, and what it wrote, run.
//! - `prometheus`: what `promtool` says of an export.
//! - `endings`: interrupts and closed pipes.
//! - `forecasts`: what is said of a run beforehand.
//! - `hostile`: text that would act on a terminal.

mod apart;
mod bare;
mod browser;
mod calibrations;
mod capacities;
mod comparisons;
mod database;
mod endings;
mod exports;
mod federations;
mod forecasts;
mod hostile;
mod import;
mod library;
mod live;
mod mistakes;
mod pages;
mod preparation;
mod prometheus;
mod runs;
mod shards;
mod sizes;
mod slurm;
mod spread;
mod storing;
mod sweeps;
mod twelve;
mod vectors;

use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;

/// A scenario over real connections in which much happens in a few seconds.
const BUSY: [&str; 13] = [
    "small",
    "--set",
    "duration=5s",
    "--set",
    "rooms.created=0s",
    "--set",
    "rooms.grow_interval=100ms",
    "--set",
    "messages.rate=3600/h",
    "--set",
    "churn.updates=600/h",
    "--set",
    "churn.joins=600/h",
];

/// A scenario of every kind of wish that takes a fraction of a second.
const SHORT: [&str; 4] = ["run", "small", "--set", "duration=20s"];

/// The command in an empty folder, which lives as long as the second value.
fn throng() -> (Command, TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    (throng_in(home.path()), home)
}

/// The command in a folder.
fn throng_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    command.current_dir(folder);
    command
}

/// What a finished command printed on standard output.
fn stdout(command: &mut Command) -> String {
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

/// What a failed command printed on standard error; checks the exit code and that nothing else was printed.
fn stderr(command: &mut Command, code: i32) -> String {
    let assert = command.assert().code(code);
    let output = assert.get_output();
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    String::from_utf8(output.stderr.clone()).expect("text")
}
