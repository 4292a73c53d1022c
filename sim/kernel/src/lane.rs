//! Entities that are run together, their pending events, and how they are run over one window in which none of them
//! can hear of another.

use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::entity::{Class, Context, Emitted, Entity, EntityId, Sent, Violation};
use super::error::KernelError;
use super::lookahead::Lookahead;
use super::queue::EventQueue;
use super::rung::Entry;
use super::tie::Tie;
use super::time::{SimSpan, SimTime};

/// Shares of a window's work per thread. More than one, because entities differ in what they have to
/// do, and a thread that is done early can take another share.
const SHARES_PER_THREAD: usize = 8;

/// Where an entity is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) class: Class,
    pub(super) lane: u16,
    pub(super) index: u32,
}

/// What every message is held to.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) lookahead: Lookahead,
    /// How long messages between regions take at least, where entities are divided into regions.
    pub(super) apart: Option<SimSpan>,
    /// By [`EntityId`].
    pub(super) places: Vec<Place>,
    /// Fewer entities than this run on the calling thread.
    pub(super) parallel_from: usize,
}

impl Rules {
    pub(super) fn place(&self, id: EntityId) -> Option<Place> {
        self.places.get(id.index()).copied()
    }

    /// Where a message sent `now` by `from`, of this class and lane, goes, if it keeps the promises that make windows independent.
    pub(super) fn check<Ev>(
        &self,
        (from, class, lane): (EntityId, Class, u16),
        now: SimTime,
        sent: &Sent<Ev>,
    ) -> Result<Place, KernelError> {
        let (to, at) = (sent.to, sent.at);
        let Some(place) = self.place(to) else {
            return Err(KernelError::UnknownEntity { from, to });
        };
        if to == from {
            return Ok(place);
        }
        let needed = match (class, place.class) {
            (Class::Edge, Class::Edge) => return Err(KernelError::EdgeToEdge { from, to, now }),
            (Class::Core, Class::Core) => self.lookahead.core,
            _ => self.lookahead.edge,
        };
        let needed = match self.apart {
            Some(apart) if place.lane != lane => needed.max(apart),
            _ => needed,
        };
        if at < now + needed {
            return Err(KernelError::LookaheadViolated {
                from,
                to,
                now,
                at,
                needed,
            });
        }
        Ok(place)
    }
}

/// An entity and its own counter of events made.
pub(super) struct Slot<E> {
    pub(super) entity: E,
    pub(super) id: EntityId,
    pub(super) class: Class,
    pub(super) sequence: u64,
}

/// A pending event: for whom, and where in the table its payload is. Small, because the queue and
/// the sort below move it about.
#[derive(Debug, Clone, Copy)]
struct Job {
    index: u32,
    payload: u32,
}

/// The payloads of pending events; a freed place is the next to be used again.
#[derive(Debug)]
struct Payloads<Ev> {
    places: Vec<Option<Ev>>,
    free: Vec<u32>,
}

impl<Ev> Payloads<Ev> {
    fn put(&mut self, event: Ev) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(event);
                place
            }
            None => {
                self.places.push(Some(event));
                (self.places.len() - 1) as u32
            }
        }
    }

    fn take(&mut self, place: u32) -> Option<Ev> {
        self.free.push(place);
        self.places[place as usize].take()
    }
}

/// An event that falls due in the window.
#[derive(Debug)]
struct Arrival<Ev> {
    time: SimTime,
    tie: Tie,
    index: u32,
    event: Ev,
}

/// One share of a window's work, with buffers that outlive the window.
pub(super) struct Worker<E: Entity> {
    /// By entity, time and tie, the first last.
    inbox: Vec<Arrival<E::Event>>,
    pub(super) ctx: Context<E::Event, E::Output>,
    handled: u64,
    violation: Option<Violation>,
}

impl<E: Entity> Worker<E> {
    pub(super) fn new() -> Self {
        Self {
            inbox: Vec::new(),
            ctx: Context::new(),
            handled: 0,
            violation: None,
        }
    }

    /// Has each entity handle its events before `end`; `slots` begins with entity number `first` of
    /// the class.
    fn run(&mut self, slots: &mut [Slot<E>], first: usize, lane: u16, end: SimTime, rules: &Rules) {
        self.ctx.end = end;
        while let Some(next) = self.inbox.last() {
            let index = next.index;
            let slot = &mut slots[index as usize - first];
            if let Err(violation) = self.run_entity(slot, index, lane, rules) {
                // The others go on: one of them may have broken a promise earlier, and it is the
                // earliest that is reported.
                self.violation = Violation::first(self.violation.take(), Some(violation));
                self.ctx.local.clear();
                while self.inbox.pop_if(|left| left.index == index).is_some() {}
            }
        }
    }

    /// Has one entity handle what is in the inbox for it, and what it schedules in the window.
    fn run_entity(
        &mut self,
        slot: &mut Slot<E>,
        index: u32,
        lane: u16,
        rules: &Rules,
    ) -> Result<(), Violation> {
        let ctx = &mut self.ctx;
        ctx.me = slot.id;
        ctx.sequence = slot.sequence;
        while let Some((now, event)) = next_event(&mut self.inbox, &mut ctx.local, index) {
            ctx.now = now;
            let already = ctx.sent.len();
            slot.entity.handle(now, event, ctx);
            self.handled += 1;
            let wrong = ctx.wrong.take().or_else(|| {
                let mut sent = ctx.sent[already..].iter();
                let from = (slot.id, slot.class, lane);
                sent.find_map(|sent| rules.check(from, now, sent).err())
            });
            if let Some(error) = wrong {
                let (at, by) = (now, slot.id);
                return Err(Violation { at, by, error });
            }
        }
        slot.sequence = ctx.sequence;
        Ok(())
    }
}

/// Takes the first event of entity number `index`, of those that arrived and those it scheduled.
fn next_event<Ev>(
    inbox: &mut Vec<Arrival<Ev>>,
    local: &mut BinaryHeap<Entry<Ev>>,
    index: u32,
) -> Option<(SimTime, Ev)> {
    let arrived = inbox.last().filter(|next| next.index == index);
    let local_first = match (arrived, local.peek()) {
        (Some(arrived), Some(local)) => (local.time, local.tie) < (arrived.time, arrived.tie),
        (arrived, _) => arrived.is_none(),
    };
    if local_first {
        local.pop().map(|entry| (entry.time, entry.item))
    } else {
        inbox.pop().map(|arrival| (arrival.time, arrival.event))
    }
}

/// A worker and the entities that it has to itself.
struct Share<'a, E: Entity> {
    worker: Worker<E>,
    slots: &'a mut [Slot<E>],
    first: usize,
}

/// What came of a lane's window.
pub(super) struct Harvest<E: Entity> {
    /// Messages to other lanes.
    pub(super) foreign: Vec<Sent<E::Event>>,
    pub(super) emitted: Vec<Emitted<E::Output>>,
    pub(super) handled: u64,
    pub(super) violation: Option<Violation>,
}

impl<E: Entity> Harvest<E> {
    pub(super) fn new() -> Self {
        Self {
            foreign: Vec::new(),
            emitted: Vec::new(),
            handled: 0,
            violation: None,
        }
    }
}

/// The entities of one class, or of one region, and their pending events.
pub(super) struct Lane<E: Entity> {
    number: u16,
    pub(super) slots: Vec<Slot<E>>,
    /// How many there are to be.
    expected: usize,
    queue: EventQueue<Job>,
    payloads: Payloads<E::Event>,
    due: Vec<(SimTime, Tie, Job)>,
    pub(super) spare: Vec<Worker<E>>,
    pub(super) harvest: Harvest<E>,
}

impl<E: Entity> Lane<E> {
    pub(super) fn new(number: u16) -> Self {
        Self {
            number,
            slots: Vec::new(),
            expected: 0,
            queue: EventQueue::new(),
            payloads: Payloads {
                places: Vec::new(),
                free: Vec::new(),
            },
            due: Vec::new(),
            spare: Vec::new(),
            harvest: Harvest::new(),
        }
    }

    pub(super) fn expect(&mut self, entities: usize) {
        let there = self.slots.len();
        self.expected = self.expected.max(there) + entities;
        self.slots.reserve_exact(self.expected - there);
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }

    pub(super) fn add(&mut self, id: EntityId, class: Class, entity: E) -> Place {
        let index = self.slots.len() as u32;
        self.slots.push(Slot {
            entity,
            id,
            class,
            sequence: 0,
        });
        Place {
            class,
            lane: self.number,
            index,
        }
    }

    pub(super) fn entity(&self, index: u32) -> Option<&E> {
        self.slots.get(index as usize).map(|slot| &slot.entity)
    }

    pub(super) fn entity_mut(&mut self, index: u32) -> Option<&mut E> {
        self.slots
            .get_mut(index as usize)
            .map(|slot| &mut slot.entity)
    }

    pub(super) fn pending(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn next_time(&mut self) -> Option<SimTime> {
        self.queue.peek_time()
    }

    pub(super) fn push(&mut self, at: SimTime, tie: Tie, index: u32, event: E::Event) {
        let payload = self.payloads.put(event);
        self.queue.push(at, tie, Job { index, payload });
    }

    /// Takes the first event, if it is before `end`, and for which entity it is.
    pub(super) fn pop_before(&mut self, end: SimTime) -> Option<(SimTime, u32, E::Event)> {
        let (now, _, Job { index, payload }) = self.queue.pop_before(end)?;
        Some((now, index, self.payloads.take(payload)?))
    }

    /// Takes the events before `end` off the queue, for [`run_due`](Self::run_due); returns how many
    /// entities have any.
    pub(super) fn collect_due(&mut self, end: SimTime) -> usize {
        debug_assert!(self.due.is_empty());
        self.queue.pop_until(end, &mut self.due);
        self.due
            .sort_unstable_by_key(|&(time, tie, job)| (job.index, time, tie));
        self.due
            .chunk_by(|left, right| left.2.index == right.2.index)
            .count()
    }

    /// Runs the window that ends at `end`: the events that were collected, and those that they lead
    /// to within it.
    pub(super) fn run_due(&mut self, entities: usize, end: SimTime, rules: &Rules) {
        if entities < rules.parallel_from.max(2) || rayon::current_num_threads() == 1 {
            let mut worker = self.worker(0, self.due.len());
            worker.run(&mut self.slots, 0, self.number, end, rules);
            self.reap(worker, rules);
        } else {
            for worker in self.run_shares(entities, end, rules) {
                self.reap(worker, rules);
            }
        }
        self.due.clear();
    }

    /// Runs the window in inner windows, each as long as messages within the class take at least.
    pub(super) fn run_inner(&mut self, length: SimSpan, end: SimTime, rules: &Rules) {
        while let Some(start) = self.next_time().filter(|&start| start < end) {
            let inner_end = end.min(start + length);
            let entities = self.collect_due(inner_end);
            self.run_due(entities, inner_end, rules);
            if self.harvest.violation.is_some() {
                return;
            }
        }
    }

    /// Divides what is due into shares of whole entities, and runs them in parallel.
    fn run_shares(&mut self, entities: usize, end: SimTime, rules: &Rules) -> Vec<Worker<E>> {
        let wanted = entities.min(rayon::current_num_threads() * SHARES_PER_THREAD);
        let mut bounds = Vec::with_capacity(wanted + 1);
        let mut from = 0;
        while from < self.due.len() {
            let last = (from + self.due.len().div_ceil(wanted)).min(self.due.len()) - 1;
            let index = self.due[last].2.index;
            let more = self.due[last..].partition_point(|&(_, _, job)| job.index <= index);
            bounds.push((from, last + more));
            from = last + more;
        }
        let workers: Vec<_> = bounds
            .iter()
            .map(|&(from, to)| self.worker(from, to))
            .collect();

        let mut shares = Vec::with_capacity(workers.len());
        let (mut rest, mut offset) = (&mut self.slots[..], 0);
        for (worker, &(from, to)) in workers.into_iter().zip(&bounds) {
            let first = self.due[from].2.index as usize;
            let after = self.due[to - 1].2.index as usize + 1;
            let (slots, tail) =
                std::mem::take(&mut rest)[first - offset..].split_at_mut(after - first);
            (rest, offset) = (tail, after);
            shares.push(Share {
                worker,
                slots,
                first,
            });
        }
        let lane = self.number;
        shares
            .into_par_iter()
            .with_max_len(1)
            .map(|mut share| {
                let Share { slots, first, .. } = share;
                share.worker.run(slots, first, lane, end, rules);
                share.worker
            })
            .collect()
    }

    /// A worker for the events due from number `from` to before `to`.
    fn worker(&mut self, from: usize, to: usize) -> Worker<E> {
        let mut worker = self.spare.pop().unwrap_or_else(Worker::new);
        for &(time, tie, Job { index, payload }) in self.due[from..to].iter().rev() {
            let event = self.payloads.take(payload);
            worker.inbox.extend(event.map(|event| Arrival {
                time,
                tie,
                index,
                event,
            }));
        }
        worker
    }

    /// Takes in what the worker's entities did. Workers come in the order of their entities, but
    /// nothing hangs on it: messages carry their ties, and outputs are sorted.
    fn reap(&mut self, mut worker: Worker<E>, rules: &Rules) {
        let ctx = &mut worker.ctx;
        self.harvest.handled += std::mem::take(&mut worker.handled);
        self.harvest.emitted.append(&mut ctx.emitted);
        if worker.violation.is_some() {
            let first = Violation::first(self.harvest.violation.take(), worker.violation.take());
            self.harvest.violation = first;
            ctx.sent.clear();
        }
        for sent in ctx.sent.drain(..) {
            match rules.place(sent.to) {
                Some(place) if place.lane == self.number => {
                    self.push(sent.at, sent.tie, place.index, sent.event);
                }
                _ => self.harvest.foreign.push(sent),
            }
        }
        self.spare.push(worker);
    }
}
