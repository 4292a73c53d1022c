//! What a simulation consists of: entities, and the context in which they handle events.

use std::collections::BinaryHeap;

use super::error::KernelError;
pub use super::id::EntityId;
use super::rung::Entry;
use super::tie::Tie;
use super::time::SimTime;

/// On which side of the network an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// At the edge, as clients are: it exchanges messages with core entities only.
    Edge,
    /// In the core, as providers are: it exchanges messages with all.
    Core,
}

/// A state machine that lives in virtual time.
///
/// What it does must follow from its state and the event alone. It then makes no difference in which
/// order entities run within a window, or on which threads.
pub trait Entity: Send {
    /// What happens to it. One type for all entities of a simulation.
    type Event: Send;
    /// What it lets the observer know.
    type Output: Send;

    /// Handles one event. `now` never decreases from one call to the next.
    fn handle(
        &mut self,
        now: SimTime,
        event: Self::Event,
        ctx: &mut Context<Self::Event, Self::Output>,
    );
}

/// An event on its way from one entity to another, or to its own future.
#[derive(Debug)]
pub(super) struct Sent<Ev> {
    pub(super) at: SimTime,
    pub(super) tie: Tie,
    pub(super) to: EntityId,
    pub(super) event: Ev,
}

/// An output and whose it is.
#[derive(Debug)]
pub(super) struct Emitted<Out> {
    pub(super) at: SimTime,
    pub(super) by: EntityId,
    pub(super) output: Out,
}

/// A broken promise, and where in the order of the run it was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) at: SimTime,
    pub(super) by: EntityId,
    pub(super) error: KernelError,
}

impl Violation {
    /// The one of the two that came first, so that every number of threads reports the same.
    pub(super) fn first(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        left.into_iter()
            .chain(right)
            .min_by_key(|violation| (violation.at, violation.by))
    }
}

/// What an entity can do while it handles an event.
///
/// Nothing takes effect before the handler returns. A wrong request (see [`KernelError`]) is not
/// answered here: it ends the run with an error.
#[derive(Debug)]
pub struct Context<Ev, Out> {
    pub(super) now: SimTime,
    pub(super) me: EntityId,
    /// How many events this entity has made so far.
    pub(super) sequence: u64,
    /// The end of the window: what the entity schedules for itself before it is `local`.
    pub(super) end: SimTime,
    pub(super) local: BinaryHeap<Entry<Ev>>,
    pub(super) sent: Vec<Sent<Ev>>,
    pub(super) emitted: Vec<Emitted<Out>>,
    /// The first wrong request of the handler at work.
    pub(super) wrong: Option<KernelError>,
}

impl<Ev, Out> Context<Ev, Out> {
    pub(super) fn new() -> Self {
        Self {
            now: SimTime::ZERO,
            me: EntityId::EXTERNAL,
            sequence: 0,
            end: SimTime::ZERO,
            local: BinaryHeap::new(),
            sent: Vec::new(),
            emitted: Vec::new(),
            wrong: None,
        }
    }

    /// The time of the event being handled.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The entity that handles it.
    pub const fn me(&self) -> EntityId {
        self.me
    }

    /// Sends `event` to the entity `to`, where it arrives at `at`: not before now plus the lookahead
    /// between the two classes. To itself, the same as [`schedule`](Self::schedule).
    pub fn send(&mut self, to: EntityId, at: SimTime, event: Ev) {
        if to == self.me {
            return self.schedule(at, event);
        }
        let tie = self.next_tie();
        self.sent.push(Sent { at, tie, to, event });
    }

    /// Has this entity handle `event` at `at`: now or later. At the same instant it comes after what
    /// this entity scheduled before. (An entity that schedules itself for now without end stops time.)
    pub fn schedule(&mut self, at: SimTime, event: Ev) {
        if at < self.now {
            self.wrong.get_or_insert(KernelError::ScheduledInPast {
                entity: self.me,
                now: self.now,
                at,
            });
            return;
        }
        let tie = self.next_tie();
        if at < self.end {
            self.local.push(Entry {
                time: at,
                tie,
                item: event,
            });
        } else {
            let to = self.me;
            self.sent.push(Sent { at, tie, to, event });
        }
    }

    /// Hands `output` to the observer, as of now.
    pub fn emit(&mut self, output: Out) {
        self.emitted.push(Emitted {
            at: self.now,
            by: self.me,
            output,
        });
    }

    fn next_tie(&mut self) -> Tie {
        let tie = Tie::new(self.me.source(), self.sequence);
        self.sequence += 1;
        tie
    }
}
