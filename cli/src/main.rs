//! The `throng` command: arguments, progress and exit codes around the simulation and its reports.
//!
//! - [`arguments`]: what can be typed. Start here.
//! - [`request`]: arguments resolved: which scenario, which folder, which command repeats the run.
//! - [`contradictions`]: flags that say two things of one key.
//! - [`run`]: `throng run`.
//! - [`mod@sweep`]: `throng sweep`.
//! - [`mod@capacity`]: `throng capacity`.
//! - [`compare`]: `throng compare`; [`baselines`]: what `--save-baseline` keeps.
//! - [`report`]: `throng report`; [`export`]: `throng export`; [`named`]: what people call a run by.
//! - [`mod@import`]: `throng import`.
//! - [`flags`]: `throng completions` and `throng man`.
//! - [`scenarios`]: `throng scenarios`; [`verify`]: `throng verify`.
//! - [`calibrate`]: `throng calibrate`; [`today`]: the date that it writes down.
//! - [`forecast`]: a word beforehand where a run has very much to do.
//! - [`serve`]: `throng serve`, and [`log`]: what it says of what goes on; [`load`]: `throng load`, [`abort`]: what ends it early, [`keys`]: what is
//!   typed meanwhile, [`shards`]: a load that several processes share; [`merge`]: `throng merge`; [`twin`]: `throng twin`.
//! - [`mod@size`]: `throng size`.
//! - [`exit`]: what exit codes mean; [`failure`]: which mistake has which.
//! - [`progress`], [`interrupt`], [`output`], [`memory`]: the terminal and the process around it.
#![forbid(unsafe_code)]

mod abort;
mod arguments;
mod baselines;
mod calibrate;
mod capacity;
mod compare;
mod contradictions;
mod exit;
mod export;
mod failure;
mod federation;
mod flags;
mod forecast;
mod import;
mod interrupt;
mod keys;
mod load;
mod log;
mod machine;
mod memory;
mod merge;
mod named;
mod output;
mod preparation;
mod progress;
mod report;
mod request;
mod run;
mod scenarios;
mod serve;
mod shards;
mod size;
mod sweep;
mod today;
mod twin;
mod verify;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use failure::Failure;
use std::process::ExitCode;

/// Runs take a fifth less time with it than with the system's (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| failure::misused(error).exit());
    let outcome = match arguments.command {
        Command::Run(wanted) => run::run(&wanted),
        Command::Verify(wanted) => verify::verify(&wanted),
        Command::Scenarios { action } => scenarios::scenarios(action.unwrap_or_default()),
        Command::Calibrate(wanted) => calibrate::calibrate(&wanted),
        Command::Sweep(wanted) => sweep::sweep(&wanted),
        Command::Capacity(wanted) => capacity::capacity(&wanted),
        Command::SweepRun(wanted) => sweep::samples::run_of_sweep(&wanted),
        Command::Compare(wanted) => compare::compare(&wanted),
        Command::Measures => measures(),
        Command::Report(wanted) => report::report(&wanted),
        Command::Export(wanted) => export::export(&wanted),
        Command::Import(wanted) => import::import(&wanted),
        Command::Serve(wanted) => serve::serve(&wanted),
        Command::Load(wanted) => load::load(&wanted),
        Command::Merge(wanted) => merge::merge(&wanted),
        Command::Twin(wanted) => twin::twin(&wanted),
        Command::Size(wanted) => size::size(&wanted),
        Command::Completions { shell } => flags::completions(shell),
        Command::Man { out } => flags::manual(out.as_deref()),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}

fn measures() -> Result<Exit, Failure> {
    output::print(&throng_reports::measures_text())?;
    Ok(Exit::Done)
}
