//! A load from its beginning to its end.
//!
//! *Preparation*: accounts, connections, KeyPackages, and rooms that exist before time zero, all by the protocol itself. *The measured
//! part*: everybody wants what the scenario says at the moment at which it says it, however long what they wanted before takes.
//! *The end*: who is offline comes back, so that all that was accepted can arrive.

use super::check::check;
use super::everybody::{Far, LOOK, Load, QUIET};
use super::outcome::{Outcome, Percentiles};
use super::plan::Plan;
use crate::error::LiveError;
use crate::serve::accepted::AcceptedEvent;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;
use throng_stack::Input;
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent};
use throng_workloads::population::Population;
use throng_workloads::time::SimTime;

/// After the last wish all has to arrive by then.
const FINISH: Duration = Duration::from_secs(60);

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

impl Load {
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
