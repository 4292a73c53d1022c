//! One run of many, in this process.

use crate::progress::{Far, PAUSE};
use std::io;
use std::time::{Duration, Instant};
use thiserror::Error;
use throng_record::Record;
use throng_workloads::scenario::Scenario;
use throng_world::{SimError, World};

/// Why a run was not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimError),
    /// There is no thread for it.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// There is no process for it.
    #[error("cannot begin a process for a run")]
    Process(#[source] io::Error),
    /// Its process ended, and left nothing.
    #[error("run {run} of the point number {point} was not made: {ended}")]
    Ended {
        /// The number of its point.
        point: usize,
        /// Which repetition.
        run: u32,
        /// How the process ended.
        ended: String,
    },
}

/// A run that is made.
#[derive(Debug)]
pub struct Made {
    /// All that was recorded.
    pub record: Record,
    /// How long it took.
    pub wall: Duration,
}

/// Makes a run in a pool of one thread, so that it waits for no other; nothing where it was stopped. `see` hears how far it is.
///
/// # Errors
/// Where the simulation fails, or has no thread.
///
/// ```
/// use throng_workloads::builtin;
///
/// let short = ["duration=2s".to_owned(), "engine=model".to_owned()];
/// let scenario = builtin::find("small").and_then(|small| small.scenario(&short)).expect("built in");
/// let made = throng_experiments::run(&scenario, || false, |_| ())?.expect("nobody stopped it");
/// assert!(made.record.events > 0 && !made.record.partial);
/// # Ok::<(), throng_experiments::RunError>(())
/// ```
pub fn run(
    scenario: &Scenario,
    stopped: impl Fn() -> bool + Sync,
    see: impl Fn(Far) + Sync,
) -> Result<Option<Made>, RunError> {
    run_on(scenario, None, stopped, see)
}

/// As [`run`], where all parties, clients too, share so many cores of one machine if a number is given, as where all of them are run for real there.
///
/// # Errors
/// As [`run`].
#[expect(
    clippy::disallowed_methods,
    reason = "this is how long a run takes; what it computes knows nothing of it"
)]
pub fn run_on(
    scenario: &Scenario,
    cores: Option<usize>,
    stopped: impl Fn() -> bool + Sync,
    see: impl Fn(Far) + Sync,
) -> Result<Option<Made>, RunError> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    alone.install(|| {
        let begun = Instant::now();
        let mut world = match cores {
            Some(cores) => World::on_one_machine(scenario, cores)?,
            None => World::new(scenario)?,
        };
        let mut seen = begun;
        loop {
            if stopped() {
                return Ok(None);
            }
            if !world.step()? {
                break;
            }
            if seen.elapsed() >= PAUSE {
                seen = Instant::now();
                see(Far::of(&world.progress()));
            }
        }
        let record = world.finish(false)?;
        Ok(Some(Made {
            record,
            wall: begun.elapsed(),
        }))
    })
}
