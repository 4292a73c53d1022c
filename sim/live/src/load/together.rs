//! A load as one of several shards: which wishes are its own, and up to where all shards go together.

use super::everybody::Load;
use super::journal::Happened;
use super::view::{Order, View};
use crate::error::LiveError;
use crate::meeting::{Began, Owed, Stage};
use crate::monotonic;
use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent, RoomId, UserId};
use throng_workloads::population::Population;

/// Between two looks whether all have come.
const LOOK: Duration = Duration::from_millis(10);

/// What is done while others are waited for.
const WAITING: &str = "waiting for the other shards";

impl Load {
    /// Whether a user's devices are driven here.
    pub(super) fn drives(&self, user: UserId) -> bool {
        self.is_served(user) && self.shares(user)
    }

    /// Whether a user's devices are driven at all: their provider serves them.
    pub(super) fn is_served(&self, user: UserId) -> bool {
        let home = self.homes.get(user.0 as usize);
        let home = home.and_then(|home| self.endpoints.get(usize::from(*home)));
        home.is_none_or(|home| !self.others.undriven.contains(&home.domain))
    }

    fn shares(&self, user: UserId) -> bool {
        let meeting = self.meeting.as_ref();
        meeting.is_none_or(|meeting| meeting.shard().drives(user))
    }

    /// Whether a wish is one of a device that is driven here. Those of nobody are the first shard's, so that they count once.
    pub(super) fn is_own(&self, intent: &Intent, workload: &Workload) -> bool {
        let user = match intent.action {
            Action::NewClient { user, .. } => Some(user),
            _ => workload.client(intent.actor).map(|client| client.user),
        };
        match user {
            Some(user) => self.drives(user),
            None => self.shares(UserId(0)),
        }
    }

    /// Whether a device that is driven here has something to do with the loss of another.
    pub(super) fn removes(&self, intent: &Intent) -> bool {
        let Action::Lost { removers } = &intent.action else {
            return false;
        };
        let mut removers = removers.iter();
        removers.any(|(_, remover)| self.cells.get(*remover).is_some())
    }

    /// Why the shards cannot go on together, where that is so.
    pub(super) fn parted(&self) -> Option<String> {
        self.meeting.as_ref()?.parted()
    }

    /// Waits until all shards have come up to a stage. Whether to go on.
    pub(super) fn meet(&self, stage: Stage, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        let Some(meeting) = &self.meeting else {
            return true;
        };
        meeting.ready(stage);
        while meeting.went(stage).is_none() {
            if !self.ask(WAITING, say) {
                return false;
            }
            thread::sleep(LOOK);
        }
        true
    }

    /// Waits until everybody who is driven here is a member where that is to be so before time zero: others add them. Whether to go on.
    pub(super) fn join_all(
        &self,
        population: &Population,
        limit: Duration,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        if self.meeting.is_none() {
            return Ok(true);
        }
        let due = self.members(population);
        let begun = Instant::now();
        loop {
            let seen = self.shared.tally.seen();
            let missing = due.difference(&seen.joined).count();
            let most = seen.errors.most().map(str::to_owned);
            drop(seen);
            if missing == 0 {
                return Ok(self.settle(limit, "preparing", say));
            }
            if !self.ask("preparing", say) {
                return Ok(false);
            }
            if begun.elapsed() >= limit {
                let why = most.unwrap_or_else(|| "nobody says why".to_owned());
                return Err(LiveError::Preparation {
                    seconds: begun.elapsed().as_secs(),
                    left: format!(
                        "{missing} of {} times somebody of this shard is no member who was to be added; {why}",
                        due.len()
                    ),
                });
            }
            thread::sleep(LOOK);
        }
    }

    pub(super) fn members(&self, population: &Population) -> BTreeSet<(RoomId, ClientId)> {
        let rooms = population
            .rooms
            .iter()
            .zip(0..)
            .filter(|(room, _)| room.start.is_before_zero());
        let members = rooms.flat_map(|(room, number)| {
            let users = room.initial.iter().filter(|user| self.drives(**user));
            let users = users.filter_map(|user| population.users.get(user.0 as usize));
            let clients = users.flat_map(|user| user.clients());
            clients.map(move |client| (RoomId(number), client))
        });
        members.collect()
    }

    /// Begins the measured part, with all others at one moment. Whether to go on.
    pub(super) fn begin(&self, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        let Some(meeting) = &self.meeting else {
            self.shared.clock.start();
            return true;
        };
        let go_on = self.meet(Stage::Members, say);
        let Some(began) = meeting.went(Stage::Members) else {
            self.shared.clock.start();
            return go_on;
        };
        self.shared.clock.start_at(began.moment);
        loop {
            let left = Duration::from_nanos(began.moment.saturating_sub(monotonic::now()));
            if left.is_zero() {
                return true;
            }
            if !self.ask(WAITING, say) {
                return false;
            }
            thread::sleep(left.min(LOOK));
        }
    }

    /// Waits until nothing that people wanted is under way in any shard, and all has come that went from one to another: what is lost on
    /// its way comes again, later than anybody here would wait who does not know of it, and counts as ever. Whether to go on.
    pub(super) fn all_quiet(&self, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        self.meeting.is_none() || self.hear_owed(Stage::Told, say) && self.meet(Stage::Quiet, say)
    }

    /// Waits until nothing is under way in any shard, so that nobody's clients leave while others still have something for them.
    /// Whether it went on to the end.
    pub(super) fn end_together(&self, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        // Whoever came back had something to say.
        self.meeting.is_none() || self.hear_owed(Stage::Arrived, say) && self.meet(Stage::Over, say)
    }

    /// Hears, when all have come up to a stage, what the users of other shards sent of late, and waits until that has come to those of
    /// this shard who are online. Whether to go on.
    fn hear_owed(&self, stage: Stage, say: &mut dyn FnMut(&View<'_>) -> Order) -> bool {
        let Some(meeting) = &self.meeting else {
            return true;
        };
        // Who was a member when something was sent is asked of two clocks: who may not have been one is not waited for.
        let apart = meeting.went(Stage::Members).map_or(0, |began| began.apart);
        // What was the last for one may have been for another's clients.
        let lately: Vec<Owed> = {
            let lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
            lately.iter().map(|owed| owed.earlier(apart)).collect()
        };
        meeting.owe(&lately);
        if !self.meet(stage, say) {
            return false;
        }
        let owed = meeting.owed().into_iter();
        let owed = owed.map(|owed| owed.earlier(apart)).collect();
        self.shared.journal.enter(Happened::Owed(owed));
        self.settle(self.patience(), "waiting for the last", say)
    }

    /// When all shards began, and when all were over.
    pub(super) fn began(&self) -> [Option<Began>; 2] {
        let meeting = self.meeting.as_ref();
        [Stage::Members, Stage::Over].map(|stage| meeting?.went(stage))
    }

    /// Says to the other shards that this one goes, and why, where that is too early.
    pub(super) fn leave(&self, ended: bool, why: Option<&str>) {
        if let Some(meeting) = &self.meeting {
            let why = why.unwrap_or("interrupted");
            meeting.leave((!ended).then_some(why));
        }
    }
}
