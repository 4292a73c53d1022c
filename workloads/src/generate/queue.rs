//! What comes next: a queue of tasks in the order of time, and the clocks that refill it.

use super::offices::Office;
use crate::dist::{Dist, unit};
use crate::intent::{ClientId, RoomId, UserId};
use crate::scenario::Rate;
use crate::stream::{Stream, StreamOwner, Streams};
use crate::time::{SimSpan, SimTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that falls due.
#[derive(Debug)]
pub(super) enum Task {
    /// A room is created.
    Start(RoomId),
    /// The next participant of a grown room is added: number `next` of its initial ones.
    Grow {
        room: RoomId,
        next: usize,
        times: Box<Stream>,
    },
    /// A client goes offline or comes back.
    Presence(ClientId, Box<Stream>),
    /// A user has a new device.
    NewClient(UserId, Box<Clock>),
    /// A device is lost.
    Lose(ClientId, Box<Clock>),
    /// A user has the account deleted.
    Delete(UserId, Box<Clock>),
    /// A device loses its group state.
    Resync(ClientId, Box<Clock>),
    /// Somebody joins.
    Join(RoomId, Box<Clock>),
    /// Somebody leaves.
    Leave(RoomId, Box<Clock>),
    /// Somebody is removed.
    Remove(RoomId, Box<Clock>),
    /// A room's creator does something to another.
    Administer(RoomId, Office, Box<Clock>),
    /// A room's creator looks somebody up.
    LookUp(RoomId, Box<Clock>),
    /// A client refreshes its leaf.
    Update(Box<UpdateClock>),
    /// The next change of a room's mix: how many are done.
    Mix {
        room: RoomId,
        done: u64,
        who: Box<Stream>,
    },
    /// A mass event falls due.
    Mass(usize),
    /// One user does their part in a mass event.
    MassOne {
        event: usize,
        room: RoomId,
        user: UserId,
    },
    /// A user speaks.
    Speak(UserId, Box<Clock>),
}

impl Task {
    /// Which of those at the same instant comes first. Whoever exists comes before what is done to them;
    /// messages change nothing, so they come last.
    const fn class(&self) -> u8 {
        match self {
            Self::Start(_) => 0,
            Self::Grow { .. } => 1,
            Self::Presence(..) => 2,
            Self::NewClient(..) => 3,
            Self::Lose(..) => 4,
            Self::Resync(..) => 5,
            Self::Join(..) => 6,
            Self::Leave(..) => 7,
            Self::Remove(..) => 8,
            Self::Update(_) => 9,
            Self::Mass(_) => 10,
            Self::MassOne { .. } => 11,
            Self::Speak(..) => 12,
            Self::Mix { .. } => 13,
            Self::LookUp(..) => 14,
            Self::Administer(..) => 15,
            Self::Delete(..) => 16,
        }
    }
}

const CLASSES: usize = 17;

/// Tasks in the order of time, then of class, then of being pushed within their class: what one kind of
/// task does cannot change the order among the others.
#[derive(Debug)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    pushed: [u64; CLASSES],
    end: SimTime,
}

#[derive(Debug)]
struct Entry {
    key: (SimTime, u8, u64),
    task: Task,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Queue {
    /// A queue that takes nothing from `end` on.
    pub(super) fn new(end: SimTime) -> Self {
        Self {
            heap: BinaryHeap::new(),
            pushed: [0; CLASSES],
            end,
        }
    }

    /// From when on nothing is taken.
    pub(super) const fn end(&self) -> SimTime {
        self.end
    }

    pub(super) fn push(&mut self, at: SimTime, task: Task) {
        if at >= self.end {
            return;
        }
        let class = task.class();
        let number = &mut self.pushed[usize::from(class)];
        *number += 1;
        self.heap.push(Reverse(Entry {
            key: (at, class, *number),
            task,
        }));
    }

    pub(super) fn pop(&mut self) -> Option<(SimTime, Task)> {
        self.heap
            .pop()
            .map(|Reverse(entry)| (entry.key.0, entry.task))
    }
}

/// The random streams of one process: when it happens, and to whom. They are apart, so that choosing among
/// more or fewer people does not move the times.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) times: Stream,
    pub(super) who: Stream,
}

impl Clock {
    /// The clock of a process whose stream of times is `streams.stream(owner, purpose)`, be it drawn from
    /// already.
    pub(super) fn new(
        streams: &Streams,
        owner: StreamOwner,
        purpose: &str,
        times: Stream,
    ) -> Box<Self> {
        let who = streams.named(owner, format_args!("{purpose}: who"));
        Box::new(Self { times, who })
    }
}

/// The process of one leaf's refreshes.
#[derive(Debug)]
pub(super) struct UpdateClock {
    pub(super) client: ClientId,
    pub(super) room: RoomId,
    /// The slot that its user had on joining: when they have another, this process is over.
    pub(super) slot: u32,
    pub(super) times: Stream,
    /// When the last refresh was wished.
    pub(super) last: Option<SimTime>,
}

/// The time to the next event of a process, sped up `speed` times; `None` for never.
pub(super) fn interval(rate: &Rate, speed: f64, times: &mut Stream) -> Option<SimSpan> {
    let seconds = match rate {
        Rate::Poisson(rate) if *rate > 0.0 => Dist::Exponential { mean: 1.0 / rate }.sample(times),
        Rate::Poisson(_) => return None,
        Rate::Intervals(dist) => dist.sample(times),
    };
    Some(span(seconds / speed))
}

/// The time to a process's first event. Renewal processes begin somewhere within an interval: if all
/// began with a whole one, everybody's first wishes would coincide.
pub(super) fn first_interval(rate: &Rate, speed: f64, times: &mut Stream) -> Option<SimSpan> {
    match rate {
        Rate::Poisson(_) => interval(rate, speed, times),
        Rate::Intervals(dist) => Some(span(residual(dist, times) / speed)),
    }
}

/// What is left of an interval that began before time zero. Exact for exponential and constant ones;
/// otherwise the part of a draw, which neglects that long intervals are met more often.
pub(super) fn residual(dist: &Dist, times: &mut Stream) -> f64 {
    match dist {
        Dist::Exponential { .. } => dist.sample(times),
        _ => dist.sample(times) * unit(times),
    }
}

/// Seconds as a span that moves time on.
pub(super) fn span(seconds: f64) -> SimSpan {
    SimSpan::from_secs_f64(seconds).max(SimSpan::from_nanos(1))
}
