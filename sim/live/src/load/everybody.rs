//! Everybody and everything of a load.

use super::cell::{Cell, Cells, Shared};
use super::clock::Clock;
use super::device::Device;
use super::journal::{Happened, Journal};
use super::plan::{Plan, Target};
use super::tally::Tally;
use super::wakes;
use crate::error::LiveError;
use crate::http::Endpoint;
use crate::tls::{Resumption, client_config};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use throng_stack::{Party, Web};
use throng_stacks::live::LiveClients;
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

/// Where nothing is under way or wished, nothing has to happen for so long before that is the end of it.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// Where wishes are left, nothing happens for so long before nobody waits for them: longer than anybody is patient.
const STUCK: Duration = Duration::from_secs(6);

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

/// Everybody and everything of a load.
pub(super) struct Load {
    pub(super) scenario: Scenario,
    pub(super) clients: LiveClients,
    pub(super) web: Arc<dyn Web>,
    /// By provider, in the scenario's order.
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) homes: Vec<u16>,
    pub(super) cells: Cells,
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Runtime,
    pub(super) doors: Arc<Semaphore>,
    pub(super) most_late: SimSpan,
}

impl Load {
    pub(super) fn new(plan: Plan, population: &Population) -> Result<Self, LiveError> {
        let Plan {
            scenario,
            targets,
            trust,
            most_late,
        } = plan;
        let config = client_config(None, &trust, Resumption::default())?;
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
                journal: Journal::default(),
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

    pub(super) fn add(
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
        self.shared.journal.enter(Happened::Began(client, user));
        let (device, commands) = async_mpsc::unbounded_channel();
        let cell = Arc::new(Cell::new(client, party, device, Arc::clone(&self.shared)));
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

    /// Waits until nothing is under way any more and nobody wishes anything, or nothing happens. False where it was told not to go on.
    pub(super) fn settle(
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
            let wished = || {
                self.cells
                    .all()
                    .iter()
                    .any(|cell| !cell.open_wishes().is_empty())
            };
            if still >= STUCK || still >= QUIET && !wished() {
                break;
            }
        }
        true
    }

    pub(super) fn far(&self, doing: &'static str, wishes: u64) -> Far {
        Far {
            doing,
            now: self.shared.clock.now(),
            until: SimTime::ZERO + self.scenario.duration,
            wishes,
        }
    }
}
