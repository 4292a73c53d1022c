//! A load from its beginning to its end.
//!
//! *Preparation*: accounts, connections, KeyPackages, and rooms that exist before time zero, all by the protocol itself. *The measured
//! part*: everybody wants what the scenario says at the moment at which it says it, however long what they wanted before takes.
//! *The end*: who is offline comes back, so that all that was accepted can arrive.

use super::everybody::{Far, LOOK, Load, QUIET};
use super::feed::{Known, feed};
use super::journal::Happened;
use super::outcome::{Generator, Outcome, spread};
use super::plan::Plan;
use super::samples::Seen;
use crate::error::LiveError;
use crate::monotonic;
use crate::serve::facts::Lines;
use std::thread;
use std::time::Duration;
use throng_record::histogram::histogram;
use throng_record::recorder::{self as record, Recorder};
use throng_stack::{Input, OpenWish};
use throng_stacks::live;
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent};
use throng_workloads::population::Population;
use throng_workloads::time::{SimSpan, SimTime};

/// After the last wish all has to arrive by then.
const FINISH: Duration = Duration::from_secs(60);

/// A load that has ended, but for what the providers have to say.
pub struct Loaded {
    load: Load,
    population: Population,
    partial: bool,
    /// When all that was wanted had its time, by the clock of the machine; later everybody leaves, and that is nobody's figure.
    end: u64,
    open: Vec<(ClientId, OpenWish)>,
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
    load.shared.clock.start();
    if go_on {
        go_on = load.dispatch(&mut workload, say)?;
    }
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
    let end = monotonic::now();
    let mut open = Vec::new();
    for cell in load.cells.all() {
        let wishes = cell.open_wishes().into_iter();
        open.extend(wishes.map(|wish| (cell.client(), wish)));
    }
    for cell in load.cells.all() {
        cell.want(Action::Offline);
    }
    load.settle(QUIET * 3, "disconnecting", &mut |_| true);
    Ok(Loaded {
        load,
        population,
        partial: !go_on,
        end,
        open,
    })
}

impl Loaded {
    /// What it came to, with what the providers wrote down, in the scenario's order, and what was seen of servers.
    ///
    /// # Errors
    /// [`LiveError::Read`] where that cannot be read.
    pub fn outcome(self, logs: Vec<Lines>, servers: &Seen) -> Result<Outcome, LiveError> {
        let Load {
            shared,
            scenario,
            web,
            homes,
            most_late,
            structure,
            ..
        } = self.load;
        let seen = shared.tally.seen();
        let plan = record::Plan::of(&scenario, &self.population, live::vocabulary());
        let mut recorder = Recorder::new(plan);
        if structure {
            recorder.keep_structure();
        }
        let known = Known {
            clock: &shared.clock,
            web: &*web,
            users: &seen.users,
            homes: &homes,
        };
        let journal = shared.journal.take();
        let (stored, inputs) = feed(&mut recorder, &known, journal, logs, self.end)?;
        recorder.end_real(self.partial);
        let mut record = recorder.finish(self.partial, inputs, &stored, &self.open, histogram());
        if let Some(real) = &mut record.real {
            real.servers = servers.samples(&shared.clock, self.end);
        }
        let lateness = spread(&seen.lateness);
        let p99 = SimSpan::from_micros(lateness.value_at_quantile(0.99));
        Ok(Outcome {
            record,
            generator: Generator {
                kept_up: p99 <= most_late,
                lateness,
                repeated: seen.repeated,
                errors: seen.errors.clone(),
            },
        })
    }
}

impl Load {
    /// Has everybody want what they want when they want it. Whether it went on to the end.
    fn dispatch(
        &mut self,
        workload: &mut Workload,
        say: &mut dyn FnMut(Far) -> bool,
    ) -> Result<bool, LiveError> {
        let mut count = 0;
        while let Some(intent) = workload.next() {
            if !self.wait_until(intent.at, count, say) {
                return Ok(false);
            }
            self.shared
                .journal
                .enter(Happened::Wish(intent.action.name()));
            count += 1;
            self.wish(intent, workload)?;
        }
        let end = SimTime::ZERO + self.scenario.duration;
        Ok(self.wait_until(end, count, say))
    }

    fn wait_until(&self, at: SimTime, wishes: u64, say: &mut dyn FnMut(Far) -> bool) -> bool {
        loop {
            if !say(self.far(Far::RUNNING, wishes)) {
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
                self.shared.journal.enter(Happened::Lost(intent.actor));
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
            cell.wish(intent);
        }
        Ok(())
    }
}
