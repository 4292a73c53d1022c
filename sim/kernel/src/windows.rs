//! Conservative parallel execution: entities run side by side for as long as none can hear of another.
//!
//! # The windows
//!
//! A message takes time. If every message between two classes of entities takes at least the
//! *lookahead*, then what happens in a window of that length cannot reach across within it, and the two
//! sides can run in parallel (Chandy and Misra 1979; the synchronous form is Lubachevsky 1989's bounded
//! lag). There are two classes, because links differ:
//!
//! - **edge** entities (clients) never send to each other, and what they exchange with the core takes
//!   at least [`Lookahead::edge`];
//! - **core** entities (providers) send to each other, which takes at least [`Lookahead::core`], much
//!   less or much more than that.
//!
//! One *outer* window is as long as the edge lookahead, from the next event on. In it all edge entities
//! are independent of each other and of the core. The core runs beside them in *inner* windows as long as
//! the core lookahead, in each of which core entities are independent of each other. A client's
//! own timers need no lookahead: it works through them inside the window.
//!
//! # Regions
//!
//! Where an event is little work, a window of some milliseconds holds too few of them to be worth a second
//! thread. Entities can then be divided into *regions* instead ([`Windows::in_regions`]): those who are close to each
//! other, so that messages from one region to another take long. In a region all happens one event after the other,
//! whoever may hear of whom, and regions run side by side for as long as such messages take.
//!
//! # Why threads make no difference
//!
//! An entity sees its events by (time, [`Tie`]), and ties come from the sender's own counter. Outputs
//! are handed over by (time, entity, order of emission). Neither knows of threads, of
//! how entities were shared out among them, or of where windows began and ended: the result is that of
//! a single loop that handles one event at a time.
//!
//! Work goes to the rayon pool in which [`Windows::step`] is called (`pool.install(|| …)`), or the
//! global one. Windows in which few entities have anything to do run on the calling thread.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rayon::prelude::*;

use super::entity::{Class, Emitted, Entity, EntityId, Violation};
use super::error::KernelError;
use super::lane::{Lane, Rules};
pub use super::lookahead::Lookahead;
use super::tie::Tie;
use super::time::{SimSpan, SimTime};

/// Windows with fewer active entities than this are run on one thread, unless
/// [`Windows::set_parallel_from`] says otherwise: waking a thread costs more than some hundred cheap
/// events.
const PARALLEL_FROM: usize = 256;
/// So many outputs are worth sorting in parallel.
const PARALLEL_SORT_FROM: usize = 1 << 14;
/// Regions are run on one thread where fewer events are to be expected.
const PARALLEL_EVENTS_FROM: u64 = 32;
/// Windows of regions have at most so many events, unless even short ones have more: all outputs of a window wait for its end.
const EVENTS_AT_MOST: u64 = 1 << 10;
/// No window of regions is longer: whoever looks between windows wants to see the run go on.
const LONGEST: SimSpan = SimSpan::from_millis(100);
/// No window of regions is made shorter than this because of how many events it had.
const SHORTEST: SimSpan = SimSpan::from_micros(100);

/// What [`Windows::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It ran one window.
    Ran {
        /// The time of the window's first event.
        start: SimTime,
        /// Where it ended: all events before are done.
        end: SimTime,
        /// How many events were handled in it.
        events: u64,
    },
    /// It did nothing: no event is pending before the time given.
    Idle,
}

/// A simulation: entities, their pending events, and the time up to which they have run.
///
/// ```
/// use throng_kernel::entity::{Class, Context, Entity, EntityId};
/// use throng_kernel::time::{SimSpan, SimTime};
/// use throng_kernel::windows::{Lookahead, Windows};
///
/// /// Returns every ball after 10 ms, until it has been hit as often as it says.
/// struct Player(EntityId);
///
/// impl Entity for Player {
///     type Event = u32;
///     type Output = u32;
///     fn handle(&mut self, now: SimTime, hits: u32, ctx: &mut Context<u32, u32>) {
///         ctx.emit(hits);
///         if hits > 0 {
///             ctx.send(self.0, now + SimSpan::from_millis(10), hits - 1);
///         }
///     }
/// }
///
/// let (client, provider) = (EntityId::from_index(0), EntityId::from_index(1));
/// let flight = SimSpan::from_millis(10);
/// let mut windows = Windows::new(Lookahead { edge: flight, core: flight })?;
/// windows.add_entity(Class::Edge, Player(provider))?;
/// windows.add_entity(Class::Core, Player(client))?;
/// windows.inject(SimTime::ZERO, client, 2)?;
/// let mut seen = Vec::new();
/// windows.run(SimTime::MAX, &mut |at, who, hits| seen.push((at.as_millis(), who, hits)))?;
/// assert_eq!(seen, [(0, client, 2), (10, provider, 1), (20, client, 0)]);
/// # Ok::<(), throng_kernel::error::KernelError>(())
/// ```
pub struct Windows<E: Entity> {
    /// Those of the edge and of the core, or one for each region.
    lanes: Vec<Lane<E>>,
    rules: Rules,
    now: SimTime,
    /// How long the next window of regions is, and how many events the last one had.
    length: SimSpan,
    last: u64,
    injected: u64,
    handled: u64,
    /// How many entities there are to be.
    expected: usize,
    /// Outputs of the window at hand.
    emitted: Vec<Emitted<E::Output>>,
    failed: Option<KernelError>,
}

/// The lanes of entities that are divided by class.
const EDGE: u16 = 0;
const CORE: u16 = 1;

impl<E: Entity> Windows<E> {
    /// A simulation without entities, at the start of time, whose entities are divided by class.
    ///
    /// # Errors
    /// [`KernelError::ZeroLookahead`] where a lookahead is zero.
    pub fn new(lookahead: Lookahead) -> Result<Self, KernelError> {
        Self::with_lanes(2, lookahead, None)
    }

    /// One whose entities are divided into so many regions (at least one), between which messages take at least `apart`, and no less
    /// than the lookahead of their classes.
    ///
    /// # Errors
    /// [`KernelError::ZeroLookahead`] where a lookahead, or `apart`, is zero.
    pub fn in_regions(
        regions: u16,
        apart: SimSpan,
        lookahead: Lookahead,
    ) -> Result<Self, KernelError> {
        Self::with_lanes(regions.max(1), lookahead, Some(apart))
    }

    fn with_lanes(
        lanes: u16,
        lookahead: Lookahead,
        apart: Option<SimSpan>,
    ) -> Result<Self, KernelError> {
        let named = [("edge", lookahead.edge), ("core", lookahead.core)];
        let between = apart.map(|apart| ("regions'", apart));
        for (which, span) in named.into_iter().chain(between) {
            if span == SimSpan::ZERO {
                return Err(KernelError::ZeroLookahead { which });
            }
        }
        Ok(Self {
            lanes: (0..lanes).map(Lane::new).collect(),
            rules: Rules {
                lookahead,
                apart,
                places: Vec::new(),
                parallel_from: PARALLEL_FROM,
            },
            length: apart.map_or(lookahead.edge, |apart| apart.min(LONGEST)),
            last: 0,
            now: SimTime::ZERO,
            injected: 0,
            handled: 0,
            expected: 0,
            emitted: Vec::new(),
            failed: None,
        })
    }

    /// Windows in which fewer entities have events run on the calling thread. Lower it where an event
    /// is much work (real cryptography), raise it where it is little. No result depends on it. Of regions only
    /// `usize::MAX` means anything: they are run on one thread then, one after the other.
    pub fn set_parallel_from(&mut self, entities: usize) {
        self.rules.parallel_from = entities;
    }

    /// Adds an entity, before the run or between two windows; to the first region, where there are any. Ids count up from
    /// zero over all.
    ///
    /// # Errors
    /// [`KernelError::TooManyEntities`] past [`EntityId::MAX_COUNT`].
    pub fn add_entity(&mut self, class: Class, entity: E) -> Result<EntityId, KernelError> {
        self.add_entity_in(0, class, entity)
    }

    /// The same, in a region: the last, where there are not so many. Where there are no regions it makes no difference which.
    ///
    /// # Errors
    /// As [`add_entity`](Self::add_entity).
    pub fn add_entity_in(
        &mut self,
        region: u16,
        class: Class,
        entity: E,
    ) -> Result<EntityId, KernelError> {
        if self.rules.places.len() >= EntityId::MAX_COUNT {
            return Err(KernelError::TooManyEntities);
        }
        let id = EntityId::from_index(self.rules.places.len() as u32);
        let place = self.lane(region, class).add(id, class, entity);
        self.rules.places.push(place);
        Ok(id)
    }

    /// So many more entities of a class will be added to a region: a table that grows by itself is up to twice as large.
    pub fn expect(&mut self, region: u16, class: Class, entities: usize) {
        let there = self.rules.places.len();
        self.expected = self.expected.max(there) + entities;
        self.rules.places.reserve_exact(self.expected - there);
        self.lane(region, class).expect(entities);
    }

    /// Adds an event from outside. Of several at one instant for one entity, the first injected is the
    /// first handled, after all that entities sent.
    ///
    /// A workload can be generated as the run goes: before each step, inject what happens before the
    /// end of [`next_window`](Self::next_window). An injected event may bring that end forward, never
    /// back.
    ///
    /// # Errors
    /// [`KernelError::InjectedInPast`] before [`now`](Self::now), [`KernelError::UnknownEntity`] where
    /// there is no such entity. The simulation is left as it was.
    pub fn inject(
        &mut self,
        at: SimTime,
        to: EntityId,
        event: E::Event,
    ) -> Result<(), KernelError> {
        if at < self.now {
            return Err(KernelError::InjectedInPast {
                to,
                at,
                now: self.now,
            });
        }
        let from = EntityId::EXTERNAL;
        let Some(place) = self.rules.place(to) else {
            return Err(KernelError::UnknownEntity { from, to });
        };
        let tie = Tie::new(from.source(), self.injected);
        self.injected += 1;
        self.lanes[usize::from(place.lane)].push(at, tie, place.index, event);
        Ok(())
    }

    /// Runs exactly one window (of classes, an outer one), cut off at `until`, and hands its outputs to `sink` by (time,
    /// entity, order of emission). Outputs of later windows are later, so over a run `sink` sees them
    /// all in that order, wherever windows begin and end.
    ///
    /// # Errors
    /// The first promise that an entity broke in the window, by time and entity. None of the window's
    /// outputs are handed over, and the simulation cannot go on: every later step returns the same
    /// error.
    pub fn step(
        &mut self,
        until: SimTime,
        sink: &mut impl FnMut(SimTime, EntityId, E::Output),
    ) -> Result<Step, KernelError> {
        self.step_beside(until, sink, &mut || false)
    }

    /// The same; where several regions run side by side (which depends on how much the window before had) and a thread waits for the
    /// others to end, it calls `meanwhile` again and again, until it has no need to wait any more or hears that there is nothing left to do.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn step_beside(
        &mut self,
        until: SimTime,
        sink: &mut impl FnMut(SimTime, EntityId, E::Output),
        meanwhile: &mut (impl FnMut() -> bool + Send),
    ) -> Result<Step, KernelError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let Some((start, end)) = self.next_window().filter(|&(start, _)| start < until) else {
            return Ok(Step::Idle);
        };
        let end = end.min(until);
        match self.rules.apart {
            None => self.run_classes(end),
            Some(_) => self.run_regions(end, meanwhile),
        }
        let found = self.lanes.iter_mut();
        let violation = found
            .map(|lane| lane.harvest.violation.take())
            .fold(None, Violation::first);
        if let Some(violation) = violation {
            self.failed = Some(violation.error.clone());
            return Err(violation.error);
        }
        self.exchange();
        self.hand_over(sink);
        let lanes = self.lanes.iter_mut();
        let events = lanes
            .map(|lane| std::mem::take(&mut lane.harvest.handled))
            .sum();
        self.handled += events;
        self.now = end;
        self.fit(events);
        Ok(Step::Ran { start, end, events })
    }

    /// Steps until no event is pending before `until`; returns how many were handled.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run(
        &mut self,
        until: SimTime,
        sink: &mut impl FnMut(SimTime, EntityId, E::Output),
    ) -> Result<u64, KernelError> {
        let before = self.handled;
        while self.step(until, sink)? != Step::Idle {}
        Ok(self.handled - before)
    }

    /// From when to when the next [`step`](Self::step) would run if nothing cut it off; none where
    /// nothing is pending.
    pub fn next_window(&mut self) -> Option<(SimTime, SimTime)> {
        let lanes = self.lanes.iter_mut();
        let start = lanes.filter_map(Lane::next_time).min()?;
        Some((start, start + self.length))
    }

    /// Has the next window of regions be fit for as many events as the last had in its time.
    fn fit(&mut self, events: u64) {
        self.last = events;
        let Some(apart) = self.rules.apart else {
            return;
        };
        let longest = apart.min(LONGEST);
        if events > EVENTS_AT_MOST {
            let half = SimSpan::from_nanos(self.length.as_nanos() / 2);
            self.length = half.max(SHORTEST).min(longest);
        } else if events < EVENTS_AT_MOST / 4 {
            self.length = (self.length * 2).min(longest);
        }
    }

    /// How many regions there are; none where entities are divided by class.
    pub fn regions(&self) -> usize {
        self.rules.apart.map_or(0, |_| self.lanes.len())
    }

    /// The end of the last window: all events before are done.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are pending.
    pub fn pending(&self) -> usize {
        self.lanes.iter().map(Lane::pending).sum()
    }

    /// How many events have been handled.
    pub const fn events_handled(&self) -> u64 {
        self.handled
    }

    /// How many entities there are.
    pub fn entities(&self) -> usize {
        self.rules.places.len()
    }

    /// The entity, as the last window left it.
    pub fn entity(&self, id: EntityId) -> Option<&E> {
        let place = self.rules.place(id)?;
        self.lanes[usize::from(place.lane)].entity(place.index)
    }

    /// The entity, to change it between windows.
    pub fn entity_mut(&mut self, id: EntityId) -> Option<&mut E> {
        let place = self.rules.place(id)?;
        self.lanes[usize::from(place.lane)].entity_mut(place.index)
    }

    fn lane(&mut self, region: u16, class: Class) -> &mut Lane<E> {
        let lane = match (self.rules.apart, class) {
            (Some(_), _) => region.min(self.lanes.len() as u16 - 1),
            (None, Class::Edge) => EDGE,
            (None, Class::Core) => CORE,
        };
        &mut self.lanes[usize::from(lane)]
    }

    /// Runs both classes up to `end`, side by side where it is worth it.
    fn run_classes(&mut self, end: SimTime) {
        let rules = &self.rules;
        let [edge, core] = &mut self.lanes[..] else {
            return;
        };
        let active = edge.collect_due(end);
        let core_active = core.next_time().is_some_and(|start| start < end);
        let run_core = |core: &mut Lane<E>| core.run_inner(rules.lookahead.core, end, rules);
        match (active, core_active) {
            (0, _) => run_core(core),
            (_, false) => edge.run_due(active, end, rules),
            _ if active < rules.parallel_from => {
                edge.run_due(active, end, rules);
                run_core(core);
            }
            _ => {
                rayon::join(|| edge.run_due(active, end, rules), || run_core(core));
            }
        }
    }

    /// Runs all regions up to `end`, side by side where it is worth it.
    fn run_regions(&mut self, end: SimTime, meanwhile: &mut (impl FnMut() -> bool + Send)) {
        let rules = &self.rules;
        let beside = self.last >= PARALLEL_EVENTS_FROM
            && rules.parallel_from < usize::MAX
            && rayon::current_num_threads() > 1;
        if !beside {
            let lanes = self.lanes.iter_mut();
            return lanes.for_each(|lane| lane.run_in_order(end, rules));
        }
        let [to_begin, to_end] = [(); 2].map(|()| AtomicUsize::new(self.lanes.len()));
        let waits = || to_begin.load(Relaxed) == 0 && to_end.load(Relaxed) > 0;
        let meanwhile = Mutex::new(meanwhile);
        let lanes = self.lanes.par_iter_mut().with_max_len(1);
        lanes.for_each(|lane| {
            to_begin.fetch_sub(1, Relaxed);
            lane.run_in_order(end, rules);
            to_end.fetch_sub(1, Relaxed);
            if let Ok(mut meanwhile) = meanwhile.try_lock() {
                while waits() && meanwhile() {}
            }
        });
    }

    /// Delivers what lanes sent to each other.
    fn exchange(&mut self) {
        for from in 0..self.lanes.len() {
            let mut foreign = std::mem::take(&mut self.lanes[from].harvest.foreign);
            for sent in foreign.drain(..) {
                if let Some(place) = self.rules.place(sent.to) {
                    let to = &mut self.lanes[usize::from(place.lane)];
                    to.push(sent.at, sent.tie, place.index, sent.event);
                }
            }
            self.lanes[from].harvest.foreign = foreign;
        }
    }

    /// Merges the outputs of all lanes into their fixed order.
    fn hand_over(&mut self, sink: &mut impl FnMut(SimTime, EntityId, E::Output)) {
        for lane in &mut self.lanes {
            self.emitted.append(&mut lane.harvest.emitted);
        }
        // Stable, so that an entity's outputs of one instant stay in the order of emission.
        let order = |emitted: &Emitted<E::Output>| (emitted.at, emitted.by);
        if self.emitted.len() < PARALLEL_SORT_FROM {
            self.emitted.sort_by_key(order);
        } else {
            self.emitted.par_sort_by_key(order);
        }
        for emitted in self.emitted.drain(..) {
            sink(emitted.at, emitted.by, emitted.output);
        }
    }
}

impl<E: Entity> fmt::Debug for Windows<E> {
    /// How far it is; not the entities, which may be a million.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows")
            .field("lookahead", &self.rules.lookahead)
            .field("entities", &self.entities())
            .field("now", &self.now)
            .field("pending", &self.pending())
            .field("events_handled", &self.handled)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
