//! What can go wrong in the kernel: always the fault of what it was given to run.

use super::id::EntityId;
use super::time::{SimSpan, SimTime};

/// Why a simulation could not be set up or go on.
///
/// Within a run these are broken promises of an entity. The kernel reports them rather than deliver an
/// event out of order, because from then on two numbers of threads could give two results.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// Windows would have no length, and virtual time would stand still.
    #[error("the {which} lookahead is zero, so no two entities can run in parallel")]
    ZeroLookahead {
        /// `edge` or `core`.
        which: &'static str,
    },
    /// Entities are numbered with 24 bits.
    #[error("more than {} entities", EntityId::MAX_COUNT)]
    TooManyEntities,
    /// Nobody has this id.
    #[error("{from} sent to {to}, which does not exist")]
    UnknownEntity {
        /// The sender.
        from: EntityId,
        /// The id without an entity.
        to: EntityId,
    },
    /// Edge entities have no link to each other.
    #[error("{from} sent to {to} at {now}, and edge entities never send to each other")]
    EdgeToEdge {
        /// The sender.
        from: EntityId,
        /// The receiver.
        to: EntityId,
        /// When it sent.
        now: SimTime,
    },
    /// A message arrives sooner than the lookahead says any can.
    #[error(
        "{from} sent to {to} at {now} to arrive at {at}, sooner than the lookahead of {needed}"
    )]
    LookaheadViolated {
        /// The sender.
        from: EntityId,
        /// The receiver.
        to: EntityId,
        /// When it sent.
        now: SimTime,
        /// When it should arrive.
        at: SimTime,
        /// How long such a message takes at least.
        needed: SimSpan,
    },
    /// An entity wants to act before now.
    #[error("{entity} scheduled an event for {at}, which is past at {now}")]
    ScheduledInPast {
        /// The entity.
        entity: EntityId,
        /// Its time.
        now: SimTime,
        /// The time that it asked for.
        at: SimTime,
    },
    /// An external event came after its window had been run.
    #[error("an event for {to} at {at} came too late, the simulation is at {now}")]
    InjectedInPast {
        /// The receiver.
        to: EntityId,
        /// When it should have happened.
        at: SimTime,
        /// The end of the last window.
        now: SimTime,
    },
}
