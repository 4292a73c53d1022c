//! A run, window by window.

use super::access::Accesses;
use super::backlog::{Backlog, Broken};
use super::breaks::Breaks;
use super::build::{self, Builder, Start, Wrap};
use super::error::SimError;
use super::node::{Event, Node};
use super::passive::{self, Acting};
use super::people::People;
use super::scribe::{Books, Entry, Scribe, Written};
use crate::stacks::{self, MakeStack};
use std::sync::{Arc, Mutex};
use throng_cost::Units;
use throng_kernel::entity::{Class, EntityId};
use throng_kernel::host::Host;
use throng_kernel::windows::{Step, Windows};
use throng_record::data::Record;
use throng_record::handled::Happening;
use throng_record::histogram::histogram;
use throng_record::invariants::Violation;
use throng_stack::{Input, OpenWish, Peer, Stored};
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent};
use throng_workloads::population::Population;
use throng_workloads::scenario::{CostSource, EngineKind, Scenario};
use throng_workloads::time::{SimSpan, SimTime};

/// How long after the last intent a run may still be busy before it is called finished.
const GRACE: SimSpan = SimSpan::from_secs(86_400);

/// So much is run in one step at most, where windows are cheap.
const EVENTS_IN_A_STEP: u64 = 1 << 11;
const LONGEST_STEP: SimSpan = SimSpan::from_secs(1);

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
    builder: Builder,
    windows: Windows<Node>,
    scribe: Scribe,
    /// Whether the record has to know where windows end: who only receives is worked out by them.
    windowed: bool,
    workload: Workload,
    /// Connections that are to break.
    breaks: Breaks,
    /// The next intent, taken from the workload but not yet due.
    next: Option<Intent>,
    until: SimTime,
    /// Whether whoever is offline at the end is to come back, and has not yet been told.
    all_return: bool,
    replay: String,
    /// The one thread of a measured run: what its stopwatch times must not wait for another's work, nor do it.
    alone: Option<Arc<rayon::ThreadPool>>,
    /// Whether windows are cheap, so that a step has some of them.
    cheap: bool,
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
        } = build::build(scenario, &people, streams, stack, wrap)?;
        let places = builder.places.clone();
        let backlog = Backlog::new(crowds);
        let next = workload.next();
        Ok(Self {
            builder,
            windows,
            scribe: Scribe::new(recorder, backlog, places, alone.is_none()),
            windowed: !people.acting.everybody(),
            workload,
            breaks: Breaks::of(scenario),
            next,
            until: SimTime::ZERO + scenario.duration,
            all_return: false,
            replay: format!(
                "throng run {} --seed {} --set run={}",
                scenario.name, scenario.seed, scenario.run
            ),
            alone,
            cheap: scenario.engine == EngineKind::Model && people.acting.everybody(),
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

    /// Have all parties, clients too, share so many cores of one machine, beside those that each has. Windows then run on one thread,
    /// as all depend on each other; within a window, which is as long as the shortest way, parties take cores one party after another.
    pub fn share_cores(&mut self, cores: usize) {
        let host = Arc::new(Mutex::new(Host::new(cores)));
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            if let Some(node) = self.windows.entity_mut(entity) {
                node.set_host(Arc::clone(&host));
            }
        }
        self.windows.set_parallel_from(usize::MAX);
        self.windows.set_longest(self.builder.edge_floor());
        self.builder.host = Some(host);
    }

    /// Keep in the record what is sent length by length, and CPU times by what they are for.
    pub fn keep_structure(&mut self) {
        // Nothing can be broken before anything has happened.
        if let Ok(books) = self.scribe.books(SimTime::ZERO) {
            books.recorder.keep_structure();
        }
    }

    /// Keep in the record what each provider has to do second by second.
    pub fn keep_loads(&mut self) {
        if let Ok(books) = self.scribe.books(SimTime::ZERO) {
            books.recorder.keep_loads();
        }
    }

    /// Run a window of virtual time, or some where each is little. False: nothing is left to happen. What is wrong with what happened may
    /// be found some windows later.
    pub fn step(&mut self) -> Result<bool, SimError> {
        let alone = self.alone.clone();
        on(&alone, || {
            let (now, events) = (self.windows.now(), self.windows.events_handled());
            loop {
                let ran = self.step_window()?;
                let now_at = self.windows.now();
                let turned = match ran {
                    true => self.scribe.turn(now_at),
                    false => self.scribe.books(now_at).map(drop),
                };
                turned.map_err(|broken| self.broken(broken))?;
                let done = self.windows.events_handled() - events;
                let over = done >= EVENTS_IN_A_STEP || now_at.since(now) >= LONGEST_STEP;
                if !ran || over || !self.cheap {
                    return Ok(ran);
                }
            }
        })
    }

    /// Run one window; `see` is handed all that happened in it, in order.
    pub(crate) fn step_seen(
        &mut self,
        see: &mut (impl FnMut(SimTime, Peer, Happening) + Send),
    ) -> Result<bool, SimError> {
        let alone = self.alone.clone();
        on(&alone, || {
            let ran = self.step_window()?;
            let (scribe, places) = (&mut self.scribe, &self.builder.places);
            let mut each = |entry| {
                if let Entry::Happening(at, entity, happening) = entry {
                    see(at, places.peer(entity), happening);
                }
            };
            let turned = scribe.turn_seen(self.windows.now(), &mut each);
            turned.map_err(|broken| self.broken(broken))?;
            Ok(ran)
        })
    }

    fn step_window(&mut self) -> Result<bool, SimError> {
        self.inject()?;
        let until = self.sample()?.min(self.until + GRACE);
        let (tape, mut play) = self.scribe.beside();
        let mut put = |now, entity, happening| tape.happened(now, entity, happening);
        let step = self.windows.step_beside(until, &mut put, &mut play);
        drop(play);
        let step = match step {
            Ok(step) => step,
            Err(error) => {
                // What was wrong before that goes first.
                self.books(|_| ())?;
                return Err(error.into());
            }
        };
        if self.windowed {
            self.scribe.tape().put(Entry::Over);
        }
        if step == Step::Idle && self.next.is_none() && std::mem::take(&mut self.all_return) {
            self.bring_back()?;
            return Ok(true);
        }
        Ok(step != Step::Idle)
    }

    /// When the sample at hand ends, so that the next window ends there; put down what is stored then, once that is now.
    fn sample(&mut self) -> Result<SimTime, SimError> {
        let Some((start, _)) = self.windows.next_window() else {
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
            let stored = self.stored();
            self.scribe.tape().put(Entry::Stored(stored));
        }
        while due <= start {
            due += sample;
        }
        Ok(due)
    }

    /// Do something with the books, in which all is that has happened.
    fn books<T>(&mut self, act: impl FnOnce(&mut Books) -> T) -> Result<T, SimError> {
        let done = self.scribe.books(self.windows.now()).map(act);
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
            Peer::Client(client) => self.workload.client(client).map(|known| known.user),
            Peer::Provider(_) => None,
        };
        self.builder.stack.name(peer, user)
    }

    /// The units in which work is counted.
    pub(crate) fn units(&self) -> Units {
        self.builder.stack.vocabulary().units
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        Progress {
            now: self.windows.now(),
            until: self.until,
            events: self.windows.events_handled(),
            deliveries: self.scribe.written().deliveries,
            p99: self.scribe.written().p99,
        }
    }

    /// The record. `partial`: the run was stopped before its end.
    pub fn finish(mut self, partial: bool) -> Result<Record, SimError> {
        let end = self.windows.now();
        self.finish_backlog()?;
        // Where the run was cut off, by the user or by its grace, things are still on their way.
        let partial = partial || self.windows.pending() > 0;
        let checked = self.books(|books| {
            books.recorder.check_balance()?;
            match partial {
                true => Ok(()),
                false => books.recorder.check_end(),
            }
        })?;
        checked.map_err(|violation| self.violated(end, violation))?;
        let stored = self.stored();
        let mut open: Vec<(ClientId, OpenWish)> = Vec::new();
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            if let (Peer::Client(client), Some(node)) = (
                self.builder.places.peer(entity),
                self.windows.entity(entity),
            ) {
                let wishes = node.party().open_wishes().into_iter();
                open.extend(wishes.map(|wish| (client, wish)));
            }
        }
        let events = self.windows.events_handled();
        self.books(|_| ())?;
        let Self {
            scribe, windows, ..
        } = self;
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

    fn stored(&self) -> Vec<Stored> {
        (0..self.builder.places.providers)
            .filter_map(|index| self.windows.entity(EntityId::from_index(index)))
            .map(Node::stored)
            .collect()
    }

    // ---- intents ----

    /// Inject what is wanted before the end of the next window.
    fn inject(&mut self) -> Result<(), SimError> {
        loop {
            let wish = self.next.as_ref().map(|intent| intent.at);
            let breaks = self.breaks.next();
            // Who breaks off at the moment of a wish does so first.
            let first = breaks.filter(|at| wish.is_none_or(|wish| *at <= wish));
            let Some(at) = first.or(wish) else {
                return Ok(());
            };
            let window = self.windows.next_window();
            if window.is_some_and(|(_, end)| at >= end) {
                return Ok(());
            }
            if first.is_some() {
                self.reconnect()?;
            } else if let Some(intent) = self.next.take() {
                self.wish(intent)?;
                self.next = self.workload.next();
            }
        }
    }

    /// A provider goes, or is back: all its clients hear of it.
    fn reconnect(&mut self) -> Result<(), SimError> {
        let Some(moment) = self.breaks.take() else {
            return Ok(());
        };
        if self.builder.pushes() && !moment.is_end() {
            let provider = self.builder.places.entity(Peer::Provider(moment.provider));
            let event = Event::Input(Input::Reconnect);
            self.windows.inject(moment.at, provider, event)?;
        }
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            let Peer::Client(client) = self.builder.places.peer(entity) else {
                continue;
            };
            let known = self.workload.client(client);
            let home = known.map(|known| self.builder.home(known.user));
            if home.transpose()? == Some(moment.provider) {
                let at = self.breaks.heard(&moment, client, &self.builder.streams);
                let event = Event::Input(Input::Reconnect);
                self.windows.inject(at, entity, event)?;
            }
        }
        Ok(())
    }

    /// Everybody comes back, and latencies do not count any more; whoever is online takes no notice.
    fn bring_back(&mut self) -> Result<(), SimError> {
        self.finish_backlog()?;
        self.books(|books| books.recorder.end_measuring())?;
        let at = self.until.max(self.windows.now());
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            if let Peer::Client(actor) = self.builder.places.peer(entity) {
                let intent = Intent {
                    at,
                    actor,
                    action: Action::Online,
                };
                let input = Input::Intent(Box::new(intent));
                self.windows.inject(at, entity, Event::Input(input))?;
            }
        }
        Ok(())
    }

    fn wish(&mut self, intent: Intent) -> Result<(), SimError> {
        let tape = self.scribe.tape();
        tape.put_ahead(intent.at, Entry::Intent(intent.action.name()));
        match &intent.action {
            Action::NewClient { user, .. } => self.new_client(&intent, *user)?,
            Action::Lost { removers } => {
                tape.put_ahead(intent.at, Entry::Lost(intent.at, intent.actor));
                let Some(user) = self.workload.client(intent.actor).map(|client| client.user)
                else {
                    return Ok(());
                };
                for (room, remover) in removers {
                    let input = Input::RemoveLost {
                        room: *room,
                        user,
                        client: intent.actor,
                    };
                    self.windows.inject(
                        intent.at,
                        self.builder.places.entity(Peer::Client(*remover)),
                        Event::Input(input),
                    )?;
                }
            }
            Action::DeleteAccount { others } => {
                for lost in std::iter::once(&intent.actor).chain(others) {
                    tape.put_ahead(intent.at, Entry::Lost(intent.at, *lost));
                }
                for other in others {
                    self.goes_with_account(intent.at, *other)?;
                }
            }
            _ => {}
        }
        let actor = self.builder.places.entity(Peer::Client(intent.actor));
        self.windows.inject(
            intent.at,
            actor,
            Event::Input(Input::Intent(Box::new(intent))),
        )?;
        Ok(())
    }

    /// A device goes without a word, and for good.
    fn goes_with_account(&mut self, at: SimTime, actor: ClientId) -> Result<(), SimError> {
        let entity = self.builder.places.entity(Peer::Client(actor));
        for intent in Intent::gone_with_account(at, actor) {
            let input = Input::Intent(Box::new(intent));
            self.windows.inject(at, entity, Event::Input(input))?;
        }
        Ok(())
    }

    fn new_client(
        &mut self,
        intent: &Intent,
        user: throng_workloads::intent::UserId,
    ) -> Result<(), SimError> {
        let client = intent.actor;
        let connection = self
            .workload
            .client(client)
            .map_or(0, |client| client.connection.into());
        let node = self.builder.new_client(client, user, connection)?;
        let home = self.builder.home(user)?;
        let region = self.builder.region(home);
        self.windows.add_entity_in(region, Class::Edge, node)?;
        let made = Entry::Client(intent.at, client, user);
        self.scribe.tape().put_ahead(intent.at, made);
        let link = self.builder.downlink(home, client, connection)?;
        let entity = self.builder.places.entity(Peer::Provider(home));
        if let Some(provider) = self.windows.entity_mut(entity) {
            provider.connect(Peer::Client(client), link);
            if self.builder.wakes(connection) {
                provider.add_wakeable(client);
            }
        }
        let account = Input::OpenAccount { client, user };
        self.windows
            .inject(intent.at, entity, Event::Input(account))?;
        Ok(())
    }
}

/// Do something on the one thread of a measured run, or in any other run here.
fn on<T: Send>(alone: &Option<Arc<rayon::ThreadPool>>, task: impl FnOnce() -> T + Send) -> T {
    match alone {
        None => rayon::scope(|_| task()),
        Some(alone) => alone.install(task),
    }
}
