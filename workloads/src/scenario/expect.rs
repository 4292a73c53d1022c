//! What a scenario will come to, estimated from its rates and distributions before anything is drawn or run.
//!
//! A room is a fluid here: so many users, who come and go at the rates that the scenario has, in steps of virtual time. What a hub accepts
//! goes to every client of its room, so deliveries grow with the square of a room that people join one by one. Rooms whose size is a
//! distribution are looked at in strata of it. What is left out: wishes that fail or are given up, commits that cover what was
//! proposed by chance or refresh a leaf for the tree's sake, clients who never come back to what waits for them.

mod kinds;

use super::content::{Content, Receipts};
use super::model::{
    Admission, CommitPolicy, Committer, JoinBy, MassAction, MassEvent, Passive, Rate, Scenario,
    Start,
};
use crate::dist::Dist;
use crate::time::{SimSpan, SimTime};
use kinds::{Kind, kinds, mean, strata};
use std::ops::Range;

/// Steps of virtual time.
const STEPS: u32 = 128;

/// What a scenario is expected to come to.
///
/// ```
/// use throng_workloads::builtin;
/// use throng_workloads::scenario::Expected;
/// let overrides = ["rooms.start=grown", "rooms.grow_interval=1s", "rooms.size=100", "rooms.count=1"];
/// let overrides = overrides.map(str::to_owned);
/// let scenario = builtin::find("creator-adds-all")?.scenario(&overrides)?;
/// let expected = Expected::of(&scenario);
/// // Each of 99 who are added one by one goes to all who are there already; then all refresh their leaves.
/// assert!((14_000.0..16_000.0).contains(&expected.deliveries()));
/// # Ok::<(), throng_workloads::error::ScenarioError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// What people want, all together.
    pub wishes: f64,
    /// Users in rooms, all rooms together, each when it is fullest.
    pub memberships: f64,
    /// Clients at the end.
    pub clients: f64,
    /// The part of deliveries that go to clients who do nothing but receive, and are counted in one loop.
    pub counted: f64,
    /// By cause.
    causes: [Effect; Cause::ALL.len()],
}

/// Why something is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody joins, one after another.
    Joins,
    /// Leaves, removals, refreshes of leaves, devices that come and go.
    Changes,
    /// Somebody writes, or says that it was read or that more will come.
    Messages,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Joins, Self::Changes, Self::Messages];
}

/// What a cause comes to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effect {
    /// How many commits, proposals or messages.
    pub events: f64,
    /// How often one of them is delivered to a client.
    pub deliveries: f64,
}

impl Expected {
    /// Of a scenario whose people are generated; of one that replays a trace, nothing.
    pub fn of(scenario: &Scenario) -> Self {
        let mut expected = Self {
            wishes: 0.0,
            memberships: 0.0,
            clients: f64::from(scenario.users.count) * clients_of_a_user(scenario),
            counted: 0.0,
            causes: Default::default(),
        };
        if scenario.trace.is_some() {
            return expected;
        }
        expected.add_people(scenario);
        let users = f64::from(scenario.users.count);
        let kinds = kinds(scenario);
        // The rooms that a member has besides, by Poisson.
        let memberships: f64 = kinds.iter().map(Kind::memberships).sum();
        let all = f64::from(scenario.rooms.count.max(1));
        let rooms_besides = memberships / users * (all - 1.0) / all;
        let means = Means::new(scenario);
        for kind in &kinds {
            let share = kind.share_of_talk(&kinds, users);
            for size in &kind.sizes {
                let mut room = Room::new(scenario, &means, *size, (share, kind.churn));
                room.run(&mut expected, kind.rooms / kind.sizes.len() as f64);
            }
        }
        if counts_passive(scenario) {
            let at_rest = -expected.wishes / users - rooms_besides;
            expected.counted = libm::exp(at_rest);
        }
        expected
    }

    /// How often something is delivered to a client, whatever the cause.
    pub fn deliveries(&self) -> f64 {
        self.causes.iter().map(|effect| effect.deliveries).sum()
    }

    /// What a cause comes to.
    pub fn of_cause(&self, cause: Cause) -> Effect {
        self.causes[cause as usize]
    }

    /// The cause of most deliveries.
    pub fn main_cause(&self) -> Cause {
        let deliveries = |cause: &Cause| self.of_cause(*cause).deliveries;
        let most = |one: Cause, other: Cause| match deliveries(&other) > deliveries(&one) {
            true => other,
            false => one,
        };
        Cause::ALL.into_iter().fold(Cause::Joins, most)
    }

    fn count(&mut self, cause: Cause, events: f64, deliveries: f64) {
        let effect = &mut self.causes[cause as usize];
        effect.events += events;
        effect.deliveries += deliveries;
    }

    /// What people do wherever they are: go offline and come back, get and lose devices.
    fn add_people(&mut self, scenario: &Scenario) {
        let duration = scenario.duration.as_secs_f64();
        let churn = &scenario.churn;
        if let Some(online) = &scenario.users.online {
            let period =
                mean_within(online, duration) + mean_within(&scenario.users.offline, duration);
            self.wishes += self.clients * 2.0 * duration / period;
        }
        let new =
            f64::from(scenario.users.count) * per_second(&churn.new_clients, duration) * duration;
        let lost = self.clients * per_second(&churn.lost_clients, duration) * duration;
        let users = f64::from(scenario.users.count);
        // Nobody's account goes twice.
        let deleted = users * (per_second(&churn.deletions, duration) * duration).min(1.0);
        let rooms = match churn.look_up_rooms.len() {
            0 => f64::from(scenario.rooms.count),
            some => some as f64,
        };
        let look_ups = rooms * per_second(&churn.look_ups, duration) * duration;
        self.wishes += new + lost + deleted + look_ups;
        self.clients += new;
    }
}

/// Whether deliveries to clients who only receive are counted in one loop, as far as the scenario alone says. Everything that is wished is
/// then generated before the run begins, and kept.
pub(crate) fn counts_passive(scenario: &Scenario) -> bool {
    let leaves = !scenario.churn.leaves.is_never();
    let for_others = match scenario.policy.commit {
        CommitPolicy::AtOnce => leaves,
        CommitPolicy::Propose => true,
    };
    scenario.users.passive == Passive::Counted
        && !scenario.messages.content.is_answered()
        && scenario.rooms.start.is_before_zero()
        && scenario.users.online.is_none()
        && (scenario.policy.committer.leaves_to_admin() || !for_others)
        && scenario.policy.admission == Admission::Everybody
        && scenario.policy.refresh <= 0.0
}

/// What is asked of distributions again and again.
struct Means {
    /// How often in a second: what happens in a room, to each of its users or clients.
    joins: f64,
    leaves: f64,
    /// Kicked and banned users among them.
    removals: f64,
    /// Changes of roles that nobody goes by.
    role_changes: f64,
    updates: f64,
    new_clients: f64,
    lost_clients: f64,
    deletions: f64,
    resyncs: f64,
    messages: f64,
    /// How many clients a user has.
    clients: f64,
    /// How long it takes, in seconds.
    created: f64,
    grow_interval: f64,
    commit_delay: f64,
    receipt_delay: f64,
    /// How long each of those waits, or would, who act in each of the events.
    waits: Vec<Vec<f64>>,
}

impl Means {
    fn new(scenario: &Scenario) -> Self {
        let duration = scenario.duration.as_secs_f64();
        let often = |rate: &Rate| per_second(rate, duration);
        let long = |dist: &Dist| mean_within(dist, duration);
        let churn = &scenario.churn;
        Self {
            joins: often(&churn.joins),
            leaves: often(&churn.leaves),
            removals: often(&churn.removals)
                + often(&churn.administration.kicks)
                + often(&churn.administration.bans),
            role_changes: often(&churn.administration.unbans)
                + often(&churn.administration.role_changes),
            updates: often(&churn.updates),
            new_clients: often(&churn.new_clients),
            lost_clients: often(&churn.lost_clients),
            deletions: often(&churn.deletions),
            resyncs: often(&churn.resyncs),
            messages: often(&scenario.messages.rate),
            clients: clients_of_a_user(scenario),
            created: long(&scenario.rooms.created),
            grow_interval: long(&scenario.rooms.grow_interval),
            commit_delay: long(&scenario.policy.commit_delay),
            receipt_delay: match &scenario.messages.content {
                Content::Structured(how) => long(&how.receipt_delay),
                Content::Opaque => 0.0,
            },
            waits: churn
                .events
                .iter()
                .map(|event| strata(&event.spread))
                .collect(),
        }
    }
}

/// One room of many alike, in a step of virtual time.
struct Room<'s> {
    scenario: &'s Scenario,
    means: &'s Means,
    duration: f64,
    /// Since when it exists, in seconds.
    created: f64,
    /// How many users it begins with, and how many it has now.
    initial: f64,
    users: f64,
    /// Clients of a user.
    clients: f64,
    /// The part of what a member writes that goes into this room.
    share: f64,
    /// How often those in it change, against what the scenario says of all rooms.
    churn: f64,
}

/// What a step of a room comes to.
#[derive(Default)]
struct Step {
    wishes: f64,
    causes: [Effect; Cause::ALL.len()],
}

impl<'s> Room<'s> {
    fn new(
        scenario: &'s Scenario,
        means: &'s Means,
        size: f64,
        (share, churn): (f64, f64),
    ) -> Self {
        let before_zero = scenario.rooms.start.is_before_zero();
        Self {
            scenario,
            means,
            duration: scenario.duration.as_secs_f64(),
            created: match before_zero {
                true => 0.0,
                false => means.created,
            },
            initial: size,
            users: match scenario.rooms.start {
                Start::Grown => 1.0,
                Start::AtOnce | Start::Warm | Start::Bare => size,
            },
            clients: means.clients,
            share,
            churn,
        }
    }

    /// From its creation to the end of the run; `rooms` are alike.
    fn run(&mut self, expected: &mut Expected, rooms: f64) {
        let mut add = |step: Step| {
            expected.wishes += rooms * step.wishes;
            for (cause, effect) in Cause::ALL.into_iter().zip(step.causes) {
                expected.count(cause, rooms * effect.events, rooms * effect.deliveries);
            }
        };
        let length = (self.duration - self.created).max(0.0) / f64::from(STEPS);
        let mut most = self.users;
        if length > 0.0 {
            add(self.start());
            for number in 0..STEPS {
                let from = self.created + f64::from(number) * length;
                add(self.step(from, length));
                most = most.max(self.users);
            }
        }
        expected.memberships += rooms * most;
    }

    /// Users whom a member adds, or who add themselves.
    fn join(&mut self, step: &mut Step, wanted: f64) {
        let most = f64::from(self.scenario.users.count);
        let joining = wanted.clamp(0.0, (most - self.users).max(0.0));
        // An external commit brings one client, an Add all of a user's.
        let commits = match self.scenario.churn.join_by {
            JoinBy::Add => 1.0,
            JoinBy::External => self.clients,
        };
        self.change(
            step,
            Cause::Joins,
            joining * commits,
            self.users + joining / 2.0,
        );
        self.users += joining;
    }

    /// Users who go, by leaving or by being removed; one stays.
    fn go(&mut self, step: &mut Step, wanted: f64, within: f64, leave: bool) {
        let going = wanted.clamp(0.0, (self.users - 1.0).max(0.0));
        let inside = self.users - going / 2.0;
        match leave {
            // Nobody can commit that they leave: it is proposed, and somebody covers it.
            true => {
                self.propose(step, Cause::Changes, going, inside, going / within);
                step.wishes += going;
            }
            false => self.change_within(step, Cause::Changes, going, inside, within),
        }
        self.users -= going;
    }

    fn change(&self, step: &mut Step, cause: Cause, changes: f64, users: f64) {
        self.change_within(step, cause, changes, users, f64::INFINITY);
    }

    /// Changes within so many seconds, in a room of so many users, that are committed at once or proposed.
    fn change_within(&self, step: &mut Step, cause: Cause, changes: f64, users: f64, within: f64) {
        step.wishes += changes;
        match self.scenario.policy.commit {
            CommitPolicy::AtOnce => self.deliver(step, cause, changes, users * self.clients),
            CommitPolicy::Propose => self.propose(step, cause, changes, users, changes / within),
        }
    }

    /// Proposals at a rate, and the commits that cover them, several at a time where they come fast.
    fn propose(&self, step: &mut Step, cause: Cause, proposals: f64, users: f64, rate: f64) {
        // Of several who may commit the first does.
        let delay = match self.scenario.policy.committer {
            Committer::Anyone => self.means.commit_delay / (users * self.clients).max(1.0),
            Committer::Admin
            | Committer::AdminCovers
            | Committer::LowestLeaf
            | Committer::MostActive
            | Committer::Rendezvous => self.means.commit_delay,
        };
        let policy = &self.scenario.policy;
        let gathered = f64::from(policy.commit_batch - 1) / rate.max(f64::MIN_POSITIVE);
        let delay = delay + gathered.min(policy.commit_batch_wait.as_secs_f64());
        let together = (1.0 + rate * delay).min(proposals.max(1.0));
        let events = proposals + proposals / together;
        self.deliver(step, cause, events, users * self.clients);
    }

    fn deliver(&self, step: &mut Step, cause: Cause, events: f64, clients: f64) {
        let effect = &mut step.causes[cause as usize];
        effect.events += events;
        effect.deliveries += events * clients;
    }

    /// Messages within so many seconds, and what is said of them.
    fn say(&self, step: &mut Step, messages: f64, within: f64) {
        step.wishes += messages;
        let others = (self.users * self.clients - 1.0).max(0.0);
        self.deliver(step, Cause::Messages, messages, others);
        if let Content::Structured(how) = &self.scenario.messages.content {
            let notices = if how.typing { messages } else { 0.0 };
            self.deliver(step, Cause::Messages, notices, others);
            if how.receipts != Receipts::None {
                // Each of the others reports what came from its first message on, and then waits for the next.
                let together = 1.0 + messages / within * self.means.receipt_delay;
                self.deliver(step, Cause::Messages, messages / together * others, others);
            }
        }
    }

    /// How it begins.
    fn start(&mut self) -> Step {
        let mut step = Step::default();
        if !self.scenario.rooms.start.is_before_zero() {
            // It is created; the creator's other devices join by themselves.
            let devices = self.clients - 1.0;
            step.wishes += 1.0;
            self.change(&mut step, Cause::Joins, devices, self.users);
            if self.scenario.rooms.start == Start::AtOnce {
                step.wishes += 1.0;
                self.deliver(&mut step, Cause::Joins, 1.0, 1.0);
            }
        }
        step
    }

    fn step(&mut self, from: f64, length: f64) -> Step {
        let mut step = Step::default();
        let means = self.means;
        if self.scenario.rooms.start == Start::Grown {
            let interval = means.grow_interval;
            let grown = (self.initial - 1.0).min((from + length - self.created) / interval);
            let before = (self.initial - 1.0).min((from - self.created) / interval);
            self.join(
                &mut step,
                if from > self.created {
                    grown - before
                } else {
                    grown
                },
            );
        }
        let churning = self.churn * length;
        self.join(&mut step, means.joins * churning);
        self.go(&mut step, means.leaves * churning, length, true);
        self.go(&mut step, means.removals * churning, length, false);
        // Whoever has an account deleted is removed from each room.
        let deleted = self.users * means.deletions * length;
        self.go(&mut step, deleted, length, false);
        let changed = means.role_changes * churning;
        self.change_within(&mut step, Cause::Changes, changed, self.users, length);
        // Devices of all members; losses and resyncs are committed in each room.
        let of_a_client = means.updates * self.churn + means.lost_clients + means.resyncs;
        let of_a_user = self.clients * of_a_client + means.new_clients;
        let changes = self.users * of_a_user * length;
        self.change_within(&mut step, Cause::Changes, changes, self.users, length);
        self.clients +=
            means.new_clients * length - self.clients * (means.lost_clients * length).min(1.0);
        let middle = SimTime::ZERO + SimSpan::from_secs_f64(from + length / 2.0);
        let active = self.scenario.messages.activity(middle);
        let messages = self.users * self.share * means.messages * active * length;
        self.say(&mut step, messages, length);
        self.mix(&mut step, length);
        for (event, waits) in self.scenario.churn.events.iter().zip(&means.waits) {
            self.event(&mut step, event, waits, from..from + length);
        }
        step
    }

    fn mix(&mut self, step: &mut Step, length: f64) {
        let before_zero = self.scenario.rooms.start.is_before_zero();
        let Some(mix) = self.scenario.churn.mix.as_ref().filter(|_| before_zero) else {
            return;
        };
        let all = (mix.per_member * self.initial + mix.per_room) * length / self.duration;
        self.join(step, all * mix.add);
        self.go(step, all * mix.remove, length, false);
        self.change_within(step, Cause::Changes, all * mix.update, self.users, length);
        self.say(step, all * mix.message, length);
    }

    /// What many do at one moment, where that falls into this step.
    fn event(&mut self, step: &mut Step, event: &MassEvent, waits: &[f64], when: Range<f64>) {
        let length = when.end - when.start;
        let at = event.at.as_secs_f64();
        let here = waits.iter().filter(|wait| when.contains(&(at + **wait)));
        let rooms = match event.rooms.len() {
            0 => 1.0,
            rooms => rooms as f64 / f64::from(self.scenario.rooms.count.max(1)),
        };
        let part = event.share * rooms * here.count() as f64 / waits.len() as f64;
        if part == 0.0 {
            return;
        }
        // Those concerned are counted at its beginning; who has gone since is no longer here.
        let before = waits.iter().filter(|wait| at + **wait < when.start).count() as f64;
        let left = 1.0 - event.share * rooms * before / waits.len() as f64;
        let inside = self.users / left.max(f64::EPSILON);
        match event.action {
            MassAction::Join => {
                let outside = f64::from(self.scenario.users.count) - self.users;
                self.join(step, part * outside / left.max(f64::EPSILON));
            }
            MassAction::Leave => self.go(step, part * inside, length, true),
            MassAction::Remove => self.go(step, part * inside, length, false),
            MassAction::RemoveEverySecond => {
                // Half of those who were here at its beginning.
                self.go(step, part * self.users / (1.0 + left), length, false);
            }
            MassAction::Update => {
                let changes = part * self.users * self.clients;
                self.change_within(step, Cause::Changes, changes, self.users, length);
            }
            MassAction::Message => self.say(step, part * self.users, length),
        }
    }
}

fn clients_of_a_user(scenario: &Scenario) -> f64 {
    let clients = strata(&scenario.users.clients);
    let clients: Vec<f64> = clients
        .into_iter()
        .map(|clients| clients.round().clamp(1.0, 1_000.0))
        .collect();
    mean(&clients)
}

/// The mean of a span of time, of which nobody sees more than `most`: some distributions have none otherwise.
fn mean_within(dist: &Dist, most: f64) -> f64 {
    let seen: Vec<f64> = strata(dist)
        .into_iter()
        .map(|value| value.min(most))
        .collect();
    mean(&seen)
}

/// How often something happens in a second.
fn per_second(rate: &Rate, duration: f64) -> f64 {
    match rate {
        Rate::Poisson(rate) => *rate,
        Rate::Intervals(dist) => {
            let mean = match dist.mean() {
                mean if mean < duration => mean,
                _ => mean_within(dist, duration),
            };
            1.0 / mean.max(1e-9)
        }
    }
}

/// How many messages all users together are expected to want in a second, online or not, at the times of day that a run has.
pub fn messages_a_second(scenario: &Scenario) -> f64 {
    /// How often the time of day is looked at.
    const LOOKS: u32 = 24;
    let messages = &scenario.messages;
    let duration = scenario.duration.as_secs_f64();
    let step = duration / f64::from(LOOKS);
    let times = (0..LOOKS).map(|look| SimSpan::from_secs_f64(f64::from(look) * step));
    let activity: f64 = times
        .map(|time| messages.activity(SimTime::ZERO + time))
        .sum();
    let each = per_second(&messages.rate, duration) * activity / f64::from(LOOKS);
    each * f64::from(scenario.users.count)
}
