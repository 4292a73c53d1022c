//! A load from its beginning to its end.
//!
//! *Preparation*: accounts, connections, KeyPackages, and rooms that exist before time zero, all by the protocol itself. *The measured
//! part*: everybody wants what the scenario says at the moment at which it says it, however long what they wanted before takes.
//! *The end*: who is offline comes back, so that all that was accepted can arrive.

use super::cell::{Cell, Cells, Shared};
use super::check::check;
use super::clock::Clock;
use super::device::Device;
use super::outcome::{Outcome, Percentiles};
use super::tally::Tally;
use super::wakes;
use crate::error::LiveError;
use crate::http::Endpoint;
use crate::serve::accepted::AcceptedEvent;
use crate::tls::{Trust, client_config};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use throng_stack::{Input, Party, Web};
use throng_stacks::live::LiveClients;
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::{EngineKind, Scenario};
use throng_workloads::time::{SimSpan, SimTime};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc as async_mpsc};

/// How long answers are waited for where the scenario says for ever: over real connections something can be lost.
const REQUEST_TIMEOUT: SimSpan = SimSpan::from_secs(2);

/// More connections take more open files, at both ends, than a process may have as a rule.
const MOST_CLIENTS: usize = 8_000;

/// So many clients connect at a time.
const DOORS: usize = 64;

/// Between two looks at the clock, or at what is left to do.
const LOOK: Duration = Duration::from_millis(50);

/// Where nothing is under way or wished, nothing has to happen for so long before that is the end of it.
const QUIET: Duration = Duration::from_secs(1);

/// Where wishes are left, nothing happens for so long before nobody waits for them: longer than anybody is patient.
const STUCK: Duration = Duration::from_secs(6);

/// Preparation has ended by then, and as much longer as a client needs for each.
const PREPARE: Duration = Duration::from_secs(60);
const PREPARE_EACH: Duration = Duration::from_millis(100);

/// After the last wish all has to arrive by then.
const FINISH: Duration = Duration::from_secs(60);

/// A provider to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its domain.
    pub domain: String,
    /// Where it is.
    pub address: SocketAddr,
}

/// What is to be done.
#[derive(Debug)]
pub struct Plan {
    /// The scenario, as [`Plan::in_real_time`] has it.
    pub scenario: Scenario,
    /// Its providers, in its order.
    pub targets: Vec<Target>,
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// How late the generator may take up wishes, but one of a hundred: beyond that it was the limit, and what was measured is about
    /// it.
    pub most_late: SimSpan,
}

impl Plan {
    /// A scenario as it is run in real time: requests are repeated.
    ///
    /// # Errors
    /// [`LiveError::Scenario`] where it cannot be run so.
    pub fn in_real_time(mut scenario: Scenario) -> Result<Scenario, LiveError> {
        let refused = |key, why: String| Err(LiveError::Scenario { key, why });
        if scenario.engine == EngineKind::Model {
            let why = "a model has nothing that could be sent; expected `openmls`";
            return refused("engine", why.to_owned());
        }
        let clients = Population::draw(&scenario, &scenario.streams())
            .clients
            .len();
        if clients > MOST_CLIENTS {
            return refused(
                "users.count",
                format!(
                    "{clients} clients, and each has a connection of its own; expected at most {MOST_CLIENTS} clients \
                     in real time"
                ),
            );
        }
        let timeout = &mut scenario.policy.request_timeout;
        timeout.get_or_insert(REQUEST_TIMEOUT);
        Ok(scenario)
    }
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// What is being done.
    pub doing: &'static str,
    /// How long wishes have come for.
    pub now: SimTime,
    /// How long they will.
    pub until: SimTime,
    /// Wishes so far.
    pub wishes: u64,
}

/// A load that has ended, but for what the providers have to say.
pub struct Loaded {
    load: Load,
    wishes: BTreeMap<&'static str, u64>,
    seconds: f64,
    partial: bool,
    open_wishes: usize,
}

/// Runs a load. `say` is told how far it is, and returns whether to go on.
///
/// # Errors
/// [`LiveError`] where preparation fails.
pub fn run(plan: Plan, say: &mut dyn FnMut(Far) -> bool) -> Result<Loaded, LiveError> {
    let streams = plan.scenario.streams();
    let population = Population::draw(&plan.scenario, &streams);
    let mut workload = Workload::open(&plan.scenario, &population, &streams)?;
    let mut load = Load::new(plan, &population)?;
    let mut go_on = load.prepare(&population, say)?;
    load.shared.tally.measure();
    load.shared.clock.start();
    let mut wishes = BTreeMap::new();
    if go_on {
        go_on = load.dispatch(&mut workload, &mut wishes, say)?;
    }
    let seconds = load.shared.clock.now().as_secs_f64();
    // Wishes come no more. Who is not there comes back.
    for cell in load.cells.all() {
        if !cell.online() {
            cell.want(Action::Online);
        }
    }
    load.settle(FINISH, "waiting for the last", &mut |far| {
        say(far);
        true
    });
    let open_wishes = load.cells.all().iter().map(|cell| cell.open_wishes()).sum();
    for cell in load.cells.all() {
        cell.want(Action::Offline);
    }
    load.settle(QUIET * 3, "disconnecting", &mut |_| true);
    Ok(Loaded {
        load,
        wishes,
        seconds,
        partial: !go_on,
        open_wishes,
    })
}

impl Loaded {
    /// What it came to, with what the providers accepted.
    pub fn outcome(self, accepted: &[AcceptedEvent]) -> Outcome {
        let Load {
            shared,
            scenario,
            web,
            cells,
            most_late,
            ..
        } = self.load;
        let seen = shared.tally.seen();
        let found = check(accepted, &seen, &*web);
        // Which message an event is: its sender and its request say so.
        let mut sent = BTreeMap::new();
        let mut subjects: BTreeMap<String, u64> = BTreeMap::new();
        for one in accepted {
            *subjects.entry(one.subject.clone()).or_default() += 1;
            let message = seen.messages.get(&(ClientId(one.sender), one.request));
            if let (Some(room), Some(message)) = (web.room_named(&one.room), message) {
                sent.insert((room, one.event), *message);
            }
        }
        let read = || {
            let read = seen.read.iter();
            read.filter_map(|(room, event, at)| Some((sent.get(&(*room, *event))?, *at)))
        };
        let lateness = Percentiles::of(seen.lateness.iter().copied());
        Outcome {
            kept_up: lateness.p99_ms <= most_late.as_millis_f64(),
            scenario: scenario.name,
            seed: scenario.seed,
            providers: scenario.providers.len(),
            clients: cells.all().len(),
            rooms: scenario.rooms.count as usize,
            seconds: self.seconds,
            partial: self.partial,
            wishes: self.wishes,
            accepted: subjects,
            delivered: found.delivered,
            violations: found.violations,
            message: Percentiles::of(read().map(|(sent, at)| at.since(sent.wanted))),
            message_raw: Percentiles::of(read().map(|(sent, at)| at.since(sent.first))),
            join: Percentiles::of(seen.joins.iter().copied()),
            lateness,
            repeated: seen.repeated,
            open_wishes: self.open_wishes,
            errors: seen.errors.clone(),
            unreadable: seen.unreadable.clone(),
        }
    }
}

/// Everybody and everything of a load.
struct Load {
    scenario: Scenario,
    clients: LiveClients,
    web: Arc<dyn Web>,
    /// By provider, in the scenario's order.
    endpoints: Vec<Arc<Endpoint>>,
    homes: Vec<u16>,
    cells: Cells,
    shared: Arc<Shared>,
    runtime: Runtime,
    doors: Arc<Semaphore>,
    most_late: SimSpan,
}

impl Load {
    fn new(plan: Plan, population: &Population) -> Result<Self, LiveError> {
        let Plan {
            scenario,
            targets,
            trust,
            most_late,
        } = plan;
        let config = client_config(None, &trust)?;
        let endpoint = |target: Target| {
            Arc::new(Endpoint {
                domain: target.domain,
                address: target.address,
                config: Arc::clone(&config),
            })
        };
        let clients = LiveClients::new(&scenario, population, &scenario.streams());
        let (wakes, woken) = mpsc::channel();
        let cells = Cells::default();
        let waking = cells.clone();
        thread::Builder::new()
            .name("timers".to_owned())
            .spawn(move || wakes::run(&woken, &waking))
            .map_err(LiveError::Threads)?;
        Ok(Self {
            web: clients.web(),
            clients,
            endpoints: targets.into_iter().map(endpoint).collect(),
            homes: population
                .users
                .iter()
                .map(|user| user.provider.0)
                .collect(),
            cells,
            shared: Arc::new(Shared {
                clock: Clock::default(),
                tally: Tally::new(),
                wakes,
                under_way: AtomicUsize::new(0),
            }),
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("http")
                .enable_all()
                .build()
                .map_err(LiveError::Threads)?,
            doors: Arc::new(Semaphore::new(DOORS)),
            most_late,
            scenario,
        })
    }

    // ---- preparation ----

    /// Everybody who is there at time zero, connected and with KeyPackages, and the rooms that are. Whether to go on.
    fn prepare(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(Far) -> bool,
    ) -> Result<bool, LiveError> {
        let all: Vec<(ClientId, UserId)> = population
            .clients
            .iter()
            .enumerate()
            .map(|(index, client)| (ClientId(index as u32), client.user))
            .collect();
        let make = |(client, user): &(ClientId, UserId)| self.clients.device(*client, *user);
        let parties: Result<Vec<_>, _> = all.par_iter().map(make).collect();
        let parties = parties.map_err(LiveError::Stack)?;
        for ((client, user), party) in all.iter().zip(parties) {
            let cell = self.add(*client, *user, party)?;
            cell.want(Action::Online);
            cell.want(Action::NewClient {
                user: *user,
                rooms: Vec::new(),
            });
        }
        let limit = PREPARE + PREPARE_EACH * all.len() as u32;
        if !self.settle(limit, "preparing", say) {
            return Ok(false);
        }
        let ready = self.shared.tally.caught_up();
        if ready < all.len() as u64 {
            let errors = self.shared.tally.seen().errors.keys().next().cloned();
            return Err(LiveError::Preparation {
                seconds: limit.as_secs(),
                left: format!(
                    "{} of {} clients are connected; {}",
                    ready,
                    all.len(),
                    errors.unwrap_or_default()
                ),
            });
        }
        for (index, room) in population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                self.open_room(population, RoomId(index as u32), &room.initial);
            }
        }
        let go_on = self.settle(limit, "preparing", say);
        for (cell, client) in self.cells.all().iter().zip(population.clients.iter()) {
            if !client.online {
                cell.want(Action::Offline);
            }
        }
        Ok(self.settle(limit, "preparing", say) && go_on)
    }

    /// A room that is there at time zero: the first creates it, adds the others, and comes in with all devices.
    fn open_room(&self, population: &Population, room: RoomId, members: &[UserId]) {
        let Some((creator, others)) = members.split_first() else {
            return;
        };
        let mut devices = population
            .users
            .get(creator.0 as usize)
            .into_iter()
            .flat_map(|user| user.clients())
            .filter_map(|client| self.cells.get(client));
        if let Some(first) = devices.next() {
            first.want(Action::Create { room });
            if !others.is_empty() {
                let users = others.to_vec();
                first.want(Action::Add { room, users });
            }
        }
        for other in devices {
            other.want(Action::JoinExternal { room });
        }
    }

    fn add(
        &self,
        client: ClientId,
        user: UserId,
        party: Box<dyn Party>,
    ) -> Result<Arc<Cell>, LiveError> {
        let home = self.homes.get(user.0 as usize).copied();
        let endpoint = home.and_then(|home| self.endpoints.get(usize::from(home)));
        let (Some(home), Some(endpoint)) = (home, endpoint) else {
            return Err(LiveError::Scenario {
                key: "providers",
                why: "a user of a provider that is no target".to_owned(),
            });
        };
        self.shared.tally.seen().users.insert(client, user);
        let (device, commands) = async_mpsc::unbounded_channel();
        let cell = Arc::new(Cell::new(client, party, device, Arc::clone(&self.shared)));
        let connection = Device {
            client,
            user,
            home: throng_workloads::intent::ProviderId(home),
            endpoint: Arc::clone(endpoint),
            web: Arc::clone(&self.web),
            cell: Arc::downgrade(&cell),
            shared: Arc::clone(&self.shared),
            doors: Arc::clone(&self.doors),
            failures: AtomicU32::new(0),
        };
        self.runtime.spawn(connection.run(commands));
        self.cells.add(Arc::clone(&cell));
        Ok(cell)
    }

    /// Waits until nothing is under way any more and nobody wishes anything, or nothing happens. False where it was told not to go on.
    fn settle(
        &self,
        limit: Duration,
        doing: &'static str,
        say: &mut dyn FnMut(Far) -> bool,
    ) -> bool {
        let until = Instant::now() + limit;
        let mut still_since = Instant::now();
        while Instant::now() < until {
            thread::sleep(LOOK);
            if !say(self.far(doing, 0)) {
                return false;
            }
            if self.shared.under_way.load(Ordering::SeqCst) > 0 {
                still_since = Instant::now();
                continue;
            }
            let still = still_since
                .elapsed()
                .min(self.shared.tally.last().elapsed());
            let wished = || self.cells.all().iter().any(|cell| cell.open_wishes() > 0);
            if still >= STUCK || still >= QUIET && !wished() {
                break;
            }
        }
        true
    }

    fn far(&self, doing: &'static str, wishes: u64) -> Far {
        Far {
            doing,
            now: self.shared.clock.now(),
            until: SimTime::ZERO + self.scenario.duration,
            wishes,
        }
    }

    // ---- the measured part ----

    /// Has everybody want what they want when they want it. Whether it went on to the end.
    fn dispatch(
        &mut self,
        workload: &mut Workload,
        wishes: &mut BTreeMap<&'static str, u64>,
        say: &mut dyn FnMut(Far) -> bool,
    ) -> Result<bool, LiveError> {
        let mut count = 0;
        while let Some(intent) = workload.next() {
            if !self.wait_until(intent.at, count, say) {
                return Ok(false);
            }
            *wishes.entry(intent.action.name()).or_default() += 1;
            count += 1;
            self.wish(intent, workload)?;
        }
        let end = SimTime::ZERO + self.scenario.duration;
        Ok(self.wait_until(end, count, say))
    }

    fn wait_until(&self, at: SimTime, wishes: u64, say: &mut dyn FnMut(Far) -> bool) -> bool {
        loop {
            if !say(self.far("running", wishes)) {
                return false;
            }
            let left = self.shared.clock.until(at);
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(LOOK));
        }
    }

    fn wish(&mut self, intent: Intent, workload: &Workload) -> Result<(), LiveError> {
        match &intent.action {
            Action::NewClient { user, .. } => {
                let party = self.clients.device(intent.actor, *user);
                let cell = self.add(intent.actor, *user, party.map_err(LiveError::Stack)?)?;
                cell.want(Action::Online);
            }
            Action::Lost { removers } => {
                self.shared.tally.seen().lost.insert(intent.actor);
                let Some(user) = workload.client(intent.actor).map(|client| client.user) else {
                    return Ok(());
                };
                for (room, remover) in removers {
                    if let Some(cell) = self.cells.get(*remover) {
                        cell.post(Input::RemoveLost {
                            room: *room,
                            user,
                            client: intent.actor,
                        });
                    }
                }
            }
            _ => {}
        }
        if let Some(cell) = self.cells.get(intent.actor) {
            cell.post(Input::Intent(Box::new(intent)));
        }
        Ok(())
    }
}
