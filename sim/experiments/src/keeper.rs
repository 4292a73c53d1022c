//! A run to be made, and whoever keeps what it comes to.

use crate::one::{Made, RunError};
use std::process::{Command, ExitStatus};
use throng_workloads::scenario::Scenario;

/// A run to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// The number of its point.
    pub point: usize,
    /// Which repetition.
    pub run: u32,
    /// What is run.
    pub scenario: Scenario,
}

/// Whoever keeps what runs come to, and knows the process that makes one.
pub trait Keeper: Sync {
    /// What is kept of a run.
    type Kept: Send;
    /// Why a run was not made, or could not be kept.
    type Error: From<RunError> + Send;

    /// Keeps a run that was made in this process.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn keep(&self, job: &Job, made: &Made) -> Result<Self::Kept, Self::Error>;

    /// What the process that made a run kept of it.
    fn kept(&self, job: &Job) -> Option<Self::Kept>;

    /// The process that makes a run: of the scenario on its standard input, by [`run`](crate::run), saying [`Far::line`](crate::Far::line)s
    /// on its standard output.
    ///
    /// # Errors
    /// Where there is none.
    fn process(&self, job: &Job) -> std::io::Result<Command>;

    /// Whether such a process ended because it was asked to.
    fn is_interrupted(&self, ended: ExitStatus) -> bool;
}
