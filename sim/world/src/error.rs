//! Why a run could not start or go on.

use throng_kernel::error::KernelError;
use throng_stack::StackError;
use throng_workloads::time::SimTime;

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// An invariant broke: this is a fault of the simulation, never of the scenario.
    #[error("invariant broken at {time}: {name}: {detail}; replay with: {replay}")]
    Invariant {
        /// Which.
        name: &'static str,
        /// When, in virtual time.
        time: SimTime,
        /// Whom it concerns, and what was found.
        detail: String,
        /// The command that replays the run.
        replay: String,
    },
    /// The kernel refused.
    #[error("the kernel cannot go on")]
    Kernel(#[from] KernelError),
    /// The protocol refused something that has to be.
    #[error("the protocol cannot be set up")]
    Stack(#[source] StackError),
    /// A connection names a link that the scenario does not have.
    #[error("connection `{0}` has no link in [network.client]")]
    NoLink(String),
    /// The directory does not know a user.
    #[error("user {0} is not in the directory")]
    UnknownUser(u32),
    /// Members of a room are at a provider that there is not.
    #[error("provider {0} is not in the scenario")]
    NoProvider(u16),
    /// The scenario's cost profile does not exist.
    #[error("cost profile `{0}` is not in [cost]")]
    NoProfile(String),
    /// The scenario's protocol does not exist.
    #[error(transparent)]
    NoStack(#[from] throng_stacks::NoStack),
    /// The scenario's cost profile is of other units than the protocol counts.
    #[error("cost profile `{profile}`: {wrong}")]
    Costs {
        /// Which profile.
        profile: String,
        /// What is wrong with it.
        wrong: String,
    },
    /// The passive clients of a room cannot be kept together.
    #[error("the passive clients of a room cannot be kept together")]
    Audience(#[from] throng_audience::AudienceError),
    /// The thread of a measured run could not be started.
    #[error("cannot start a thread to measure on")]
    Thread(#[from] rayon::ThreadPoolBuildError),
    /// The trace could not be read.
    #[error("the workload cannot be read")]
    Workload(#[from] throng_workloads::error::ScenarioError),
}
