//! A load from its beginning to its end.
//!
//! *Preparation*: accounts, connections, KeyPackages, and rooms that exist before time zero, all by the protocol itself. *The measured
//! part*: everybody wants what the scenario says at the moment at which it says it, however long what they wanted before takes.
//! *The end*: who is offline comes back, so that all that was accepted can arrive.

use super::books::Books;
use super::everybody::{LOOK, Load, QUIET};
use super::journal::Happened;
use super::outcome::{OfShard, Outcome};
use super::plan::{Plan, Preparing};
use super::samples::Seen;
use super::view::{Order, RUNNING, View};
use crate::error::LiveError;
use crate::meeting::{Began, Meeting};
use crate::monotonic;
use std::thread;
use std::time::{Duration, Instant};
use throng_record::Generator;
use throng_record::shard::LoadId;
use throng_stack::{Input, OpenWish};
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent};
use throng_workloads::population::Population;
use throng_workloads::time::{SimSpan, SimTime};

/// However late wishes may be taken up, nobody waits longer for the last.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks whether they were.
const NAP: Duration = Duration::from_millis(1);

/// A load that has ended, but for the last that the providers have to say.
pub struct Loaded {
    books: Books,
    generator: Generator,
    partial: bool,
    ended_by: Option<String>,
    /// Why the shards could not go on together.
    parted: Option<String>,
    /// When all shards began and ended.
    began: [Option<Began>; 2],
    /// By what all shards know the load, where there are some.
    known: Option<LoadId>,
    /// Until when people wanted something.
    until: SimTime,
    /// When all that was wanted had its time, by the clock of the machine; later everybody leaves, and that is nobody's figure.
    end: u64,
    open: Vec<(ClientId, OpenWish)>,
}

/// Runs a load. `say` is shown how far it is, and says how to go on.
///
/// # Errors
/// [`LiveError`] where preparation fails, or what a provider wrote cannot be read.
pub fn run(plan: Plan, say: &mut dyn FnMut(&View<'_>) -> Order) -> Result<Loaded, LiveError> {
    let population = Population::draw(&plan.scenario, &plan.scenario.streams());
    let mut load = Load::new(plan, &population)?;
    let loaded = load.run(&population, say);
    if let Err(error) = &loaded {
        load.leave(false, Some(&error.in_short()));
    }
    loaded
}

/// Prepares a load, stores that, and ends: of providers that somebody else has started, which do not stand still while it goes on. Whether
/// it came to that.
///
/// # Errors
/// [`LiveError`] where preparation fails, or cannot be stored.
pub fn store(plan: Plan, say: &mut dyn FnMut(&View<'_>) -> Order) -> Result<bool, LiveError> {
    let population = Population::draw(&plan.scenario, &plan.scenario.streams());
    let mut load = Load::new(plan, &population)?;
    let stored = match std::mem::take(&mut load.preparing) {
        Preparing::Stored(storing) => {
            load.prepare(&population, say)? && load.store(&population, storing, say)?
        }
        Preparing::Made | Preparing::Loaded(_) => false,
    };
    load.close()?;
    Ok(stored)
}

impl Loaded {
    /// What it came to, when the providers have written down all that they have to say, and with what was seen of servers; `gone` are the
    /// places of those that have not, in the scenario's order.
    ///
    /// # Errors
    /// [`LiveError::Read`] where that cannot be read.
    pub fn outcome(mut self, gone: &[usize], servers: &Seen) -> Result<Outcome, LiveError> {
        self.books.finish(self.end, gone)?;
        let partial = self.partial || !gone.is_empty();
        let (shared, findings) = (self.books.shared(), self.books.findings());
        let (mut record, ledger) = self.books.record(self.until, partial, &self.open);
        if let Some(real) = &mut record.real {
            real.servers = servers.samples(&shared.clock, self.end);
            real.findings = findings;
        }
        Ok(Outcome {
            record,
            generator: self.generator,
            ended_by: self.ended_by,
            parted: self.parted,
            shard: self.known.zip(ledger).map(|(load, ledger)| OfShard {
                load,
                ledger,
                began: self.began,
            }),
        })
    }
}

impl Load {
    /// Runs it from its preparation to its end.
    fn run(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<Loaded, LiveError> {
        let streams = self.scenario.streams();
        let mut workload = Workload::open(&self.scenario, population, &streams)?;
        let (prepared, preparation) = self.prepared(population, say)?;
        let mut go_on = prepared && self.begin(say);
        if let Some(why) = self.parted() {
            return Err(LiveError::Parted { why });
        }
        // Also where it was told to stop before.
        self.shared.clock.start();
        if go_on {
            go_on = self.dispatch(&mut workload, say)?;
        }
        let in_time = self.taken_in_time();
        self.shared.clock.end();
        if go_on {
            go_on = self.let_arrive(say) && self.end_together(say);
        }
        let ended_by = self.keeper_so_far().ends;
        self.leave(go_on, ended_by.as_deref());
        let mut generator = self.generator(Some(in_time));
        generator.preparation = Some(preparation);
        let until = self.pace().ends(self.scenario.duration);
        let books = self.close()?;
        let end = monotonic::now();
        let mut open = Vec::new();
        for cell in self.cells.all() {
            let wishes = cell.open_wishes().into_iter();
            open.extend(wishes.map(|wish| (cell.client(), wish)));
        }
        if go_on {
            for cell in self.cells.all() {
                cell.want(Action::Offline);
            }
            self.settle(QUIET * 3, "disconnecting", &mut |_| Order::GoOn);
        }
        Ok(Loaded {
            books,
            generator,
            partial: !go_on,
            ended_by,
            parted: self.parted().filter(|_| !go_on),
            began: self.began(),
            known: self.meeting.as_ref().map(Meeting::load),
            until,
            end,
            open,
        })
    }

    /// All that has to be there before anything is measured, wherever it comes from: whether to go on, and how long it took.
    fn prepared(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<(bool, throng_record::Preparation), LiveError> {
        let begun = Instant::now();
        let preparing = std::mem::take(&mut self.preparing);
        let loaded = matches!(preparing, Preparing::Loaded(_));
        let go_on = match &preparing {
            Preparing::Loaded(preparation) => self.take_up(population, preparation, say)?,
            Preparing::Made | Preparing::Stored(_) => self.prepare(population, say)?,
        };
        let took = begun.elapsed();
        let preparation = throng_record::Preparation {
            took: SimSpan::from_nanos(took.as_nanos() as u64),
            loaded,
        };
        let go_on = match preparing {
            Preparing::Stored(storing) if go_on => {
                self.store(population, storing, say)? && self.connect(population, say)?
            }
            _ => go_on,
        };
        Ok((go_on, preparation))
    }

    /// Has everybody want what they want when they want it. Whether it went on to the end.
    fn dispatch(
        &mut self,
        workload: &mut Workload,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        while let Some(mut intent) = workload.next() {
            let due = |load: &Self| load.pace().due(intent.at);
            let end = |load: &Self| load.pace().ends(load.scenario.duration);
            if due(self) > end(self) {
                // The stages are over before it comes to that.
                break;
            }
            let own = self.is_own(&intent, workload);
            if !own && !self.removes(&intent) {
                continue;
            }
            if !self.wait_until(&due, say) {
                return Ok(false);
            }
            intent.at = due(self);
            if !own {
                self.remove_lost(&intent, workload);
                continue;
            }
            let name = intent.action.name();
            self.shared.tally.due(intent.at);
            self.shared.journal.enter(Happened::Wish(name));
            self.wish(intent, workload)?;
        }
        let end = |load: &Self| load.pace().ends(load.scenario.duration);
        Ok(self.wait_until(&end, say))
    }

    /// Waits until a time that moves where somebody changes the pace.
    fn wait_until(
        &self,
        at: &dyn Fn(&Self) -> SimTime,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> bool {
        loop {
            if !self.ask(RUNNING, say) {
                return false;
            }
            let left = self.shared.clock.until(at(self));
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(LOOK));
        }
    }

    /// How many wishes were taken up; what was due just now may be taken up as late as any.
    fn taken_in_time(&self) -> u64 {
        let until = Instant::now() + Duration::from_nanos(self.most_late.as_nanos()).min(PATIENCE);
        loop {
            let seen = self.shared.tally.seen();
            let (taken, all) = (seen.taken, seen.taken + seen.vanished >= seen.intended);
            drop(seen);
            if all || Instant::now() >= until {
                return taken;
            }
            thread::sleep(NAP);
        }
    }

    /// Wishes come no more. When all has come to those who are there, who is not comes back, so that all that was accepted can arrive.
    /// That is not measured: they say at once what they wanted to say all the while. Whether it went on to the end.
    fn let_arrive(&self, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        if !(self.settle(self.patience(), "waiting for the last", say) && self.all_quiet(say)) {
            return false;
        }
        self.shared.journal.enter(Happened::Over);
        for cell in self.cells.all() {
            if !cell.online() {
                cell.want(Action::Online);
            }
        }
        self.settle(self.patience(), "waiting for those who were away", say)
    }

    fn wish(&mut self, mut intent: Intent, workload: &Workload) -> Result<(), LiveError> {
        if let Action::Create { room } = intent.action
            && self.others.rooms.contains_key(&room)
        {
            // It is there already.
            intent.action = Action::JoinExternal { room };
        }
        match &intent.action {
            Action::NewClient { user, .. } => {
                let party = self.clients.device(intent.actor, *user);
                let cell = self.add(intent.actor, *user, party.map_err(LiveError::Stack)?)?;
                cell.want(Action::Online);
            }
            Action::Lost { .. } => {
                self.shared.journal.enter(Happened::Lost(intent.actor));
                self.remove_lost(&intent, workload);
            }
            Action::DeleteAccount { others } => {
                self.shared.journal.enter(Happened::Lost(intent.actor));
                for other in others {
                    self.shared.journal.enter(Happened::Lost(*other));
                    if let Some(cell) = self.cells.get(*other) {
                        for intent in Intent::gone_with_account(intent.at, *other) {
                            cell.post(Input::Intent(Box::new(intent)));
                        }
                    }
                }
            }
            _ => {}
        }
        match self.cells.get(intent.actor) {
            Some(cell) => cell.wish(intent),
            None => self.shared.tally.vanished(),
        }
        Ok(())
    }

    /// A device is lost, and others are to remove it: those that are driven here.
    fn remove_lost(&self, intent: &Intent, workload: &Workload) {
        let Action::Lost { removers } = &intent.action else {
            return;
        };
        let Some(user) = workload.client(intent.actor).map(|client| client.user) else {
            return;
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
}
