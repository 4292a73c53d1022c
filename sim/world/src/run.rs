//! A run, window by window.

use super::access::Accesses;
use super::backlog::{Backlog, Broken, may_wait};
use super::breaks::Breaks;
use super::build::{self, Start, Wrap};
use super::course::{self, Course};
use super::error::SimError;
use super::passive::{self, Acting};
use super::people::People;
use super::scribe::{Books, Scribe, Written};
use super::tape::{Entry, Tape};
use crate::stacks::{self, MakeStack};
use std::sync::Arc;
use throng_cost::Units;
use throng_kernel::entity::EntityId;
use throng_record::data::Record;
use throng_record::handled::Happening;
use throng_record::histogram::histogram;
use throng_record::invariants::Violation;
use throng_stack::{OpenWish, Peer};
use throng_workloads::generate::Workload;
use throng_workloads::intent::ClientId;
use throng_workloads::population::Population;
use throng_workloads::scenario::{CostSource, EngineKind, Scenario};
use throng_workloads::time::{SimSpan, SimTime};

/// So many events are run in one step, where they are cheap and there are several threads.
const EVENTS_BESIDE: u64 = 1 << 11;
/// So many, where the record is written on the spot: few enough that what they came to is still in the nearest caches.
const EVENTS_ON_THE_SPOT: u64 = 1 << 7;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Virtual time.
    pub now: SimTime,
    /// When the last intents are.
    pub until: SimTime,
    /// Events handled.
    pub events: u64,
    /// How often something that a hub accepted has come to a client.
    pub deliveries: u64,
    /// The 99th percentile so far, and of what: of `messages`, from sent to decrypted by each; of `commits`, from wanted to
    /// accepted, where there is no message yet; `None` where there is neither.
    pub p99: Option<(&'static str, SimSpan)>,
}

impl Progress {
    /// The part of the run that is done, from 0 to 1. What is delivered after the last intent counts as done.
    pub fn share(&self) -> f64 {
        let until = self.until.as_secs_f64();
        match until > 0.0 {
            true => (self.now.as_secs_f64() / until).min(1.0),
            false => 1.0,
        }
    }
}

/// A run under way.
///
/// ```
/// use throng_world::World;
/// use throng_workloads::builtin;
///
/// let overrides = ["duration=10s".to_owned()];
/// let scenario = builtin::find("small").and_then(|s| s.scenario(&overrides)).expect("built in");
/// let mut world = World::new(&scenario)?;
/// while world.step()? {}
/// let record = world.finish(false)?;
/// assert_eq!(record.fingerprint.len(), 32);
/// # Ok::<(), throng_world::SimError>(())
/// ```
pub struct World {
    course: Course,
    scribe: Scribe,
    /// Whether whoever is offline at the end is to come back, and has not yet been told.
    all_return: bool,
    replay: String,
    /// The one thread of a measured run: what its stopwatch times must not wait for another's work, nor do it.
    alone: Option<Arc<rayon::ThreadPool>>,
    /// Whether cryptography is real, so that each window is much work.
    real: bool,
}

impl World {
    /// A world over the stack that the scenario names, at the start of its run.
    pub fn new(scenario: &Scenario) -> Result<Self, SimError> {
        Self::with(scenario, &stacks::of_scenario, &|_, party| party)
    }

    /// The same over another stack, and with something put around each party that exists at the start.
    pub fn with(
        scenario: &Scenario,
        stack: MakeStack<'_>,
        wrap: Wrap<'_>,
    ) -> Result<Self, SimError> {
        Self::built(scenario, None, stack, wrap)
    }

    /// A world in which all parties, clients too, share so many cores of one machine, beside those that each has. They take them as things
    /// happen, one after the other, on one thread, as what each does depends on all others.
    pub fn on_one_machine(scenario: &Scenario, cores: usize) -> Result<Self, SimError> {
        Self::built(scenario, Some(cores), &stacks::of_scenario, &|_, party| {
            party
        })
    }

    fn built(
        scenario: &Scenario,
        cores: Option<usize>,
        stack: MakeStack<'_>,
        wrap: Wrap<'_>,
    ) -> Result<Self, SimError> {
        let alone = match scenario.cost.source {
            CostSource::Profile => None,
            CostSource::Measured => {
                let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
                Some(Arc::new(one))
            }
        };
        let streams = scenario.streams();
        let population = Population::draw(scenario, &streams);
        let mut workload = Workload::open(scenario, &population, &streams)?;
        let mut acting = Acting::all();
        if passive::possible(scenario) {
            workload = workload.gathered();
            acting = Acting::find(scenario, &population, workload.ahead().unwrap_or_default());
        }
        let stack = stack(scenario, &population, &streams)?;
        let people = People { population, acting };
        let Start {
            builder,
            windows,
            recorder,
            crowds,
        } = build::build(scenario, &people, (streams, cores), stack, wrap)?;
        let places = builder.places.clone();
        let backlog = Backlog::new(crowds);
        let next = workload.next();
        Ok(Self {
            course: Course {
                builder,
                windows,
                tape: Tape::default(),
                workload,
                breaks: Breaks::of(scenario),
                next,
                until: SimTime::ZERO + scenario.duration,
            },
            scribe: Scribe::new(recorder, backlog, places),
            all_return: false,
            replay: format!(
                "throng run {} --seed {} --set run={}",
                scenario.name, scenario.seed, scenario.run
            ),
            alone,
            real: scenario.engine == EngineKind::OpenMls,
        })
    }

    /// The command that an error names for replaying the run.
    pub fn set_replay(&mut self, command: impl Into<String>) {
        self.replay = command.into();
    }

    /// Have everybody who is offline come back when people act no more and nothing is under way, as at the end of a real run, so
    /// that all that was accepted arrives. From then on latencies do not count.
    pub fn all_return(&mut self) {
        self.all_return = true;
    }

    /// Keep in the record what is sent length by length, and CPU times by what they are for.
    pub fn keep_structure(&mut self) {
        self.scribe.recorder().keep_structure();
    }

    /// Keep in the record what each provider has to do second by second.
    pub fn keep_loads(&mut self) {
        self.scribe.recorder().keep_loads();
    }

    /// Run a window of virtual time, or some where each is little. False: nothing is left to happen. What is wrong with what happened may
    /// be found some windows later.
    pub fn step(&mut self) -> Result<bool, SimError> {
        let side_by_side = self.course.windows.regions() > 1;
        let alone = self.alone.clone();
        on(&alone, side_by_side, || {
            if side_by_side && rayon::current_num_threads() > 1 {
                return self.run_regions();
            }
            let due = self.begin()?;
            let (course, scribe) = (&mut self.course, &mut self.scribe);
            let (beside, mut nothing) = (may_wait(), || false);
            let events = match (self.real, beside) {
                (true, _) => 1,
                (false, false) => EVENTS_ON_THE_SPOT,
                (false, true) => EVENTS_BESIDE,
            };
            let ran = match beside && scribe.is_worth_a_thread() {
                true => std::thread::scope(|threads| {
                    threads.spawn(|| scribe.play());
                    course.run(due, events, &mut nothing)
                }),
                false => course.run(due, events, &mut nothing),
            };
            self.ended(ran, !beside)
        })
    }

    /// Run some windows of regions; who waits for another region plays what happened in the windows before, while that is still in a cache.
    fn run_regions(&mut self) -> Result<bool, SimError> {
        let (begun, events) = self.reached();
        loop {
            let due = self.begin()?;
            let (course, scribe) = (&mut self.course, &mut self.scribe);
            let ran = course.run(due, 1, &mut || scribe.play_one());
            let ran = self.ended(ran, false)?;
            let (now, handled) = self.reached();
            let over = handled - events >= EVENTS_BESIDE || now.since(begun) >= course::LONGEST;
            if !ran || over {
                return Ok(ran);
            }
        }
    }

    /// Run one window; `see` is handed all that happened in it, in order.
    pub(crate) fn step_seen(
        &mut self,
        see: &mut (impl FnMut(SimTime, Peer, Happening) + Send),
    ) -> Result<bool, SimError> {
        let alone = self.alone.clone();
        on(&alone, self.course.windows.regions() > 1, || {
            let due = self.begin()?;
            let ran = self.course.run(due, 1, &mut || false);
            let Course {
                tape,
                windows,
                builder,
                ..
            } = &mut self.course;
            self.scribe.take(tape, windows.now());
            self.scribe.play_seen(&mut |entry| {
                if let Entry::Happening(at, entity, happening) = entry {
                    see(at, builder.places.peer(entity), happening);
                }
            });
            self.ended(ran, true)
        })
    }

    /// Before a step: what is wanted at its beginning, and what is stored where a sample ends now; when the next one ends, before which the step
    /// has to.
    fn begin(&mut self) -> Result<SimTime, SimError> {
        self.course.inject()?;
        let Some((start, _)) = self.course.windows.next_window() else {
            return Ok(SimTime::MAX);
        };
        if start >= self.scribe.written().sample_due {
            // It may be behind.
            self.books(|_| ())?;
        }
        let Written {
            sample_due: mut due,
            sample,
            ..
        } = self.scribe.written();
        if start >= due {
            let stored = self.course.stored();
            self.course.tape.put(Entry::Stored(stored));
        }
        while due <= start {
            due += sample;
        }
        Ok(due)
    }

    /// After a step: what it came to, and whether anything is wrong with what was played; `all`: have all played.
    fn ended(&mut self, ran: Result<bool, SimError>, all: bool) -> Result<bool, SimError> {
        let Course { tape, windows, .. } = &mut self.course;
        self.scribe.take(tape, windows.now());
        // What was wrong before something else was goes first.
        if all || !matches!(ran, Ok(true)) {
            self.scribe.play();
        }
        let checked = self.scribe.check();
        checked.map_err(|broken| self.broken(broken))?;
        let ran = ran?;
        if !ran && self.course.next.is_none() && std::mem::take(&mut self.all_return) {
            // From now on latencies do not count any more.
            self.finish_backlog()?;
            self.books(|books| books.recorder.end_measuring())?;
            self.course.bring_back()?;
            return Ok(true);
        }
        Ok(ran)
    }

    /// Do something with the books, in which all is that has happened.
    fn books<T>(&mut self, act: impl FnOnce(&mut Books) -> T) -> Result<T, SimError> {
        let Course { tape, windows, .. } = &mut self.course;
        let done = self.scribe.books(tape, windows.now()).map(act);
        done.map_err(|broken| self.broken(broken))
    }

    /// Have all broadcasts worked out and written.
    fn finish_backlog(&mut self) -> Result<(), SimError> {
        let done = self.books(|books| books.backlog.finish(&mut books.recorder))?;
        done.map_err(|broken| self.broken(broken))
    }

    fn broken(&self, broken: Broken) -> SimError {
        match broken {
            Broken::Invariant((time, violation)) => self.violated(time, violation),
            Broken::Stack(error) => SimError::Stack(error.into()),
        }
    }

    /// What people call a client or provider of this world.
    pub(crate) fn name_of(&self, peer: Peer) -> String {
        let user = match peer {
            Peer::Client(client) => self.course.workload.client(client).map(|known| known.user),
            Peer::Provider(_) => None,
        };
        self.course.builder.stack.name(peer, user)
    }

    /// The units in which work is counted.
    pub(crate) fn units(&self) -> Units {
        self.course.builder.stack.vocabulary().units
    }

    /// The moment and the number of events that the run has come to.
    fn reached(&self) -> (SimTime, u64) {
        let windows = &self.course.windows;
        (windows.now(), windows.events_handled())
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        Progress {
            now: self.course.windows.now(),
            until: self.course.until,
            events: self.course.windows.events_handled(),
            deliveries: self.scribe.written().deliveries,
            p99: self.scribe.written().p99,
        }
    }

    /// The record. `partial`: the run was stopped before its end.
    pub fn finish(mut self, partial: bool) -> Result<Record, SimError> {
        let end = self.course.windows.now();
        self.finish_backlog()?;
        // Where the run was cut off, by the user or by its grace, things are still on their way.
        let partial = partial || self.course.windows.pending() > 0;
        let checked = self.books(|books| {
            books.recorder.check_balance()?;
            match partial {
                true => Ok(()),
                false => books.recorder.check_end(),
            }
        })?;
        checked.map_err(|violation| self.violated(end, violation))?;
        let Self { course, scribe, .. } = self;
        let (stored, windows) = (course.stored(), &course.windows);
        let mut open: Vec<(ClientId, OpenWish)> = Vec::new();
        for index in 0..windows.entities() {
            let entity = EntityId::from_index(index as u32);
            let peer = course.builder.places.peer(entity);
            if let (Peer::Client(client), Some(node)) = (peer, windows.entity(entity)) {
                let wishes = node.party().open_wishes().into_iter();
                open.extend(wishes.map(|wish| (client, wish)));
            }
        }
        let events = windows.events_handled();
        let books = scribe.close();
        let mut client_cpu = histogram();
        books.backlog.add_cpu_to(&mut client_cpu);
        let mut record = books
            .recorder
            .finish(partial, events, &stored, &open, client_cpu);
        for (index, row) in record.provider_work.iter_mut().enumerate() {
            let node = windows.entity(EntityId::from_index(index as u32));
            if let Some(node) = node {
                row.cpu = node.price().profile().parts(&record.units, &row.work);
                let accesses = node.accesses().map(Accesses::rows);
                if let Some(provider) = record.providers.get_mut(index) {
                    provider.accesses = accesses.unwrap_or_default();
                }
            }
        }
        Ok(record)
    }

    fn violated(&self, time: SimTime, violation: Violation) -> SimError {
        SimError::Invariant {
            name: violation.name,
            time,
            detail: violation.detail,
            replay: self.replay.clone(),
        }
    }
}

/// Do something on the one thread of a measured run; in any other in the pool of threads, where that has several and it is asked for, or else here.
fn on<T: Send>(
    alone: &Option<Arc<rayon::ThreadPool>>,
    pool: bool,
    task: impl FnOnce() -> T + Send,
) -> T {
    match alone {
        None if rayon::current_num_threads() == 1 || !pool => task(),
        None => rayon::scope(|_| task()),
        Some(alone) => alone.install(task),
    }
}
