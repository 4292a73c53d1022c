//! Everybody and everything of a load.

use super::books::{Books, Judged, Keeper, SoFar};
use super::cell::{Cell, Cells, Shared};
use super::clock::Clock;
use super::derive::Derived;
use super::device::Device;
use super::elsewhere::{Elsewhere, Lately};
use super::feed::Known;
use super::health::Health;
use super::journal::{Happened, Journal};
use super::others::Others;
use super::pace::Pace;
use super::plan::{Plan, Preparing, Target};
use super::reach;
use super::tally::Tally;
use super::view::{Figures, Order, View};
use super::wakes::Waking;
use crate::error::LiveError;
use crate::http::Endpoint;
use crate::meeting::Meeting;
use crate::tls::{Resumption, client_config};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use throng_record::Generator;
use throng_record::recorder::{self as record, Recorder};
use throng_stack::{Rest, Web};
use throng_stacks::live::{self, LiveClients};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::{SimSpan, SimTime};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc as async_mpsc};

/// So many clients connect at a time.
const DOORS: usize = 64;

/// Between two looks at the clock, or at what is left to do.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// Where nothing is under way, wished or awaited, nothing has to happen for so long before that is the end of it.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// The books are up to date where they know all that was so long ago.
const BEHIND: Duration = Duration::from_secs(1);

/// Where wishes are left that nothing happens to for so many times as long as an answer is waited for, nobody waits for them any more:
/// nothing in the protocol that is repeated at even intervals is as patient. What doubles its intervals is owed to somebody, and that
/// is awaited.
const STUCK: u32 = 5;

/// Everybody and everything of a load.
pub(super) struct Load {
    pub(super) scenario: Scenario,
    pub(super) clients: LiveClients,
    pub(super) web: Arc<dyn Web>,
    /// By provider, in the scenario's order.
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) homes: Vec<u16>,
    /// What others have already.
    pub(super) others: Others,
    pub(super) cells: Cells,
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Runtime,
    pub(super) doors: Arc<Semaphore>,
    pub(super) most_late: SimSpan,
    /// Until it is prepared.
    pub(super) preparing: Preparing,
    /// Where this is one of several shards.
    pub(super) meeting: Option<Meeting>,
    /// What its users sent of late, for the other shards.
    pub(super) lately: Lately,
    pace: Arc<Mutex<Pace>>,
    health: Arc<Health>,
    /// Until the books are closed.
    keeper: Option<Keeper>,
    _waking: Waking,
}

impl Load {
    /// All of it. Where it cannot be had, other shards hear why.
    pub(super) fn new(mut plan: Plan, population: &Population) -> Result<Self, LiveError> {
        let meeting = plan.meeting.take();
        match Self::alone(plan, population, meeting.is_some()) {
            Ok(load) => Ok(Self { meeting, ..load }),
            Err(error) => {
                if let Some(meeting) = meeting {
                    meeting.leave(Some(&error.in_short()));
                }
                Err(error)
            }
        }
    }

    /// The same of whoever meets nobody, or not yet.
    fn alone(plan: Plan, population: &Population, is_shard: bool) -> Result<Self, LiveError> {
        let config = client_config(None, &plan.trust, Resumption::default())?;
        let endpoint = |target: Target| {
            Arc::new(Endpoint {
                domain: target.domain,
                address: target.address,
                config: Arc::clone(&config),
            })
        };
        let (scenario, most_late) = (plan.scenario, plan.most_late);
        let (streams, rooms) = (scenario.streams(), plan.others.rooms.clone());
        let clients = match &plan.preparing {
            Preparing::Stored(_) => LiveClients::keeping(&scenario, population, &streams),
            Preparing::Made | Preparing::Loaded(_) if rooms.is_empty() => {
                LiveClients::new(&scenario, population, &streams)
            }
            Preparing::Made | Preparing::Loaded(_) => {
                LiveClients::in_rooms(&scenario, population, &streams, rooms)
            }
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(LiveError::Threads)?;
        let endpoints: Vec<_> = plan.targets.into_iter().map(endpoint).collect();
        let hubs = reach::hubs(&scenario, population, &plan.others, &endpoints, &runtime)?;
        let clients = clients.knowing(&scenario, hubs);
        let web = clients.web();
        let (wakes, woken) = mpsc::channel();
        let cells = Cells::default();
        let waking = Waking::start(wakes.clone(), woken, cells.clone())?;
        let shared = Arc::new(Shared {
            clock: Clock::default(),
            tally: Tally::new(),
            journal: Journal::default(),
            wakes,
            under_way: AtomicUsize::new(0),
            follow: plan.logs.is_empty().then(|| Arc::clone(&web)),
            ending: AtomicBool::new(false),
        });
        let pace = Pace::new(&scenario.load.stages, plan.speed);
        let homes = population.users.iter().map(|user| user.provider.0);
        let homes: Vec<u16> = homes.collect();
        let known = Known {
            web: Arc::clone(&web),
            users: BTreeMap::new(),
            homes: homes.clone(),
        };
        let recorded = recorded(&scenario, population, &pace);
        let elsewhere = is_shard.then(|| Elsewhere::new(recorded.warmup, recorded.interval));
        let lately = elsewhere
            .as_ref()
            .map_or_else(Lately::default, Elsewhere::lately);
        let mut recorder = Recorder::new(recorded);
        if plan.structure {
            recorder.keep_structure();
        }
        let (pace, health) = (
            Arc::new(Mutex::new(pace)),
            Arc::new(Health::watch(&shared, runtime.handle())?),
        );
        let judged = plan.judge.map(|judge| Judged {
            judge,
            health: Arc::clone(&health),
            pace: Arc::clone(&pace),
            most_late,
        });
        let derived = Derived::new(elsewhere, plan.others.unnumbered);
        let books = Books::new(recorder, Arc::clone(&shared), known, plan.logs, derived);
        let books = books.with_finders(plan.finders);
        Ok(Self {
            web,
            clients,
            endpoints,
            homes,
            others: plan.others,
            keeper: Some(Keeper::start(books, cells.clone(), judged)?),
            cells,
            shared,
            runtime,
            doors: Arc::new(Semaphore::new(DOORS)),
            most_late,
            preparing: plan.preparing,
            meeting: None,
            lately,
            pace,
            health,
            scenario,
            _waking: waking,
        })
    }

    pub(super) fn add(
        &self,
        client: ClientId,
        user: UserId,
        party: Box<dyn Rest>,
    ) -> Result<Arc<Cell>, LiveError> {
        self.add_known(client, user, party, None)
    }

    /// The same of one that has an account already, where that is so: its token.
    pub(super) fn add_known(
        &self,
        client: ClientId,
        user: UserId,
        party: Box<dyn Rest>,
        token: Option<String>,
    ) -> Result<Arc<Cell>, LiveError> {
        let home = self.homes.get(user.0 as usize).copied();
        let endpoint = home.and_then(|home| self.endpoints.get(usize::from(home)));
        let (Some(home), Some(endpoint)) = (home, endpoint) else {
            return Err(LiveError::Scenario {
                key: "providers",
                why: "a user of a provider that is no target".to_owned(),
            });
        };
        self.shared.journal.enter(Happened::Began(client, user));
        let (device, commands) = async_mpsc::unbounded_channel();
        let cell = Arc::new(Cell::new(client, party, device, Arc::clone(&self.shared)));
        if let Some(token) = token {
            cell.bring(token);
        }
        let connection = Device {
            client,
            user,
            home: ProviderId(home),
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

    /// Waits until nothing is under way any more, nobody wishes anything and nothing is awaited, or nothing happens. False where it was
    /// told not to go on.
    pub(super) fn settle(
        &self,
        limit: Duration,
        doing: &'static str,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> bool {
        self.shared.ending.store(true, Ordering::SeqCst);
        let go_on = self.settled(limit, doing, say);
        self.shared.ending.store(false, Ordering::SeqCst);
        go_on
    }

    fn settled(
        &self,
        limit: Duration,
        doing: &'static str,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> bool {
        let until = Instant::now() + limit;
        let mut still_since = Instant::now();
        while Instant::now() < until {
            thread::sleep(LOOK);
            if !self.ask(doing, say) {
                return false;
            }
            if self.shared.under_way.load(Ordering::SeqCst) > 0 {
                still_since = Instant::now();
                continue;
            }
            let still = still_since
                .elapsed()
                .min(self.shared.tally.last().elapsed());
            let awaited = self.awaits();
            let cells = self.cells.all();
            // Who is offline can wait for as long as that is so.
            let wishes = |cell: &Arc<Cell>| cell.online() && !cell.open_wishes().is_empty();
            let wished = || cells.iter().any(wishes);
            if !awaited && (still >= self.stuck() || still >= QUIET && !wished()) {
                break;
            }
        }
        true
    }

    /// How long after the last wish all has to have arrived by: as long as whoever repeats something at intervals that double waits at
    /// the longest after a minute's outage.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(60).max(self.repeats() * 80)
    }

    fn stuck(&self) -> Duration {
        self.repeats() * STUCK
    }

    fn repeats(&self) -> Duration {
        let timeout = self.scenario.policy.request_timeout;
        Duration::from_nanos(timeout.map_or(0, SimSpan::as_nanos)).max(QUIET)
    }

    /// Whether something that a hub accepted is still to come to somebody who is online, or that is not known yet.
    fn awaits(&self) -> bool {
        let so_far = self.keeper_so_far();
        so_far.awaited > 0 || so_far.behind >= BEHIND
    }

    /// Tells whoever looks on how far it is; whether to go on.
    pub(super) fn ask(&self, doing: &'static str, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        let figures = || self.figures();
        let view = View {
            doing,
            now: self.shared.clock.now(),
            until: self.pace().ends(self.scenario.duration),
            figures: &figures,
        };
        match say(&view) {
            Order::GoOn => self.keeper_so_far().ends.is_none() && self.parted().is_none(),
            Order::Faster(by) => {
                let now = self.shared.clock.now();
                self.pace().change(now, by);
                true
            }
            Order::Stop => false,
        }
    }

    fn figures(&self) -> Figures {
        let (now, so_far) = (self.shared.clock.now(), self.keeper_so_far());
        let generator = self.generator(None);
        let last = (now.as_nanos() / 1_000_000_000).checked_sub(1);
        let last = last.and_then(|last| generator.series.get(last as usize));
        let late = &generator.lateness;
        Figures {
            intended_rate: last.map_or(0, |last| last.intended),
            taken_rate: last.map_or(0, |last| last.taken),
            intended: generator.intended,
            message: so_far.message,
            accepted: so_far.accepted,
            errors: generator.errors.values().sum(),
            open: so_far.open,
            factor: self.pace().factor(now),
            late: (!late.is_empty()).then(|| SimSpan::from_micros(late.value_at_quantile(0.99))),
            limits: generator.limits,
        }
    }

    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the generator fared so far; `in_time` as [`Health::so_far`] has it.
    pub(super) fn generator(&self, in_time: Option<u64>) -> Generator {
        let seen = self.shared.tally.seen().clone();
        let pace = self.pace();
        self.health.so_far(&seen, &pace, in_time, self.most_late)
    }

    pub(super) fn keeper_so_far(&self) -> SoFar {
        self.keeper
            .as_ref()
            .map_or_else(SoFar::default, Keeper::so_far)
    }

    /// Closes the books: what comes after this is entered only when they are finished.
    pub(super) fn close(&mut self) -> Result<Books, LiveError> {
        self.keeper
            .take()
            .map_or(Err(LiveError::Fault), Keeper::stop)
    }
}

/// What the recorder is told: times are real ones.
fn recorded(scenario: &Scenario, population: &Population, pace: &Pace) -> record::Plan {
    let plan = record::Plan::of(scenario, population, live::vocabulary());
    let due = |at: SimTime| pace.due(at);
    let until = pace.ends(scenario.duration);
    record::Plan {
        warmup: due(plan.warmup),
        until,
        interval: record::Plan::interval(until.since(SimTime::ZERO)),
        marks: plan
            .marks
            .into_iter()
            .map(|mark| throng_record::EventMark {
                time: due(mark.time),
                ..mark
            })
            .collect(),
        ..plan
    }
}
