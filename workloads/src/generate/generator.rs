//! The generators, merged: tasks fall due one by one and turn into intents.

use super::kinds::Kinds;
use super::offices::Standings;
use super::people::People;
use super::queue::{Clock, Queue, Task, UpdateClock, first_interval, residual, span};
use crate::intent::{Action, ClientId, Intent, RoomId, UserId};
use crate::population::{Population, Room};
use crate::scenario::{Churn, Rate, Scenario};
use crate::stream::{StreamOwner, Streams};
use crate::time::{SimSpan, SimTime};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// Everything that generates intents: the books ([`People`]), the tasks that fall due ([`Queue`]) and what
/// has been wished but not handed out yet.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) scenario: Scenario,
    pub(super) streams: Streams,
    pub(super) people: People,
    pub(super) queue: Queue,
    pub(super) rooms: Arc<Vec<Room>>,
    /// The users of each provider.
    pub(super) homes: Vec<Range<u32>>,
    /// The largest value of the diurnal curve.
    pub(super) peak: f64,
    /// Those who look others up, ascending: they stay online.
    lookers: Vec<UserId>,
    /// Who was given another standing, by room.
    pub(super) standings: BTreeMap<RoomId, Standings>,
    /// How rooms differ.
    pub(super) kinds: Kinds,
    /// Whose accounts are deleted.
    pub(super) deleted: BTreeSet<UserId>,
    wished: VecDeque<Intent>,
}

impl Generator {
    pub(super) fn new(scenario: &Scenario, population: &Population, streams: &Streams) -> Self {
        let peak = scenario
            .messages
            .diurnal
            .iter()
            .copied()
            .fold(0.0, f64::max);
        let mut generator = Self {
            scenario: scenario.clone(),
            streams: *streams,
            people: People::new(population),
            queue: Queue::new(SimTime::ZERO + scenario.duration),
            rooms: Arc::clone(&population.rooms),
            homes: homes(population, scenario.providers.len()),
            peak: if peak > 0.0 { peak } else { 1.0 },
            lookers: lookers(scenario, &population.rooms),
            standings: BTreeMap::new(),
            kinds: Kinds::of(&scenario.rooms),
            deleted: BTreeSet::new(),
            wished: VecDeque::new(),
        };
        generator.schedule_rooms();
        generator.schedule_people();
        for (i, event) in scenario.churn.events.iter().enumerate() {
            let at = SimTime::ZERO + event.at;
            generator.queue.push(at, Task::Mass(i));
        }
        generator
    }

    pub(super) fn next(&mut self) -> Option<Intent> {
        loop {
            if let Some(intent) = self.wished.pop_front() {
                return Some(intent);
            }
            let (now, task) = self.queue.pop()?;
            self.run(now, task);
        }
    }

    fn run(&mut self, now: SimTime, task: Task) {
        match task {
            Task::Start(room) => self.start(now, room),
            Task::Grow { room, next, times } => self.grow(now, room, next, times),
            Task::Presence(client, times) => self.presence(now, client, times),
            Task::NewClient(user, clock) => self.new_client(now, user, clock),
            Task::Lose(client, clock) => self.lose(now, client, clock),
            Task::Delete(user, clock) => self.delete_account(now, user, clock),
            Task::Resync(client, clock) => self.resync(now, client, clock),
            Task::Join(room, clock) => self.join_one(now, room, clock),
            Task::Leave(room, clock) => self.leave_one(now, room, clock),
            Task::Remove(room, clock) => self.remove_one(now, room, clock),
            Task::Administer(room, office, clock) => self.administer(now, room, office, clock),
            Task::LookUp(room, clock) => self.look_up(now, room, clock),
            Task::Update(clock) => self.update(now, clock),
            Task::Mix { room, done, who } => self.mix(now, room, done, who),
            Task::Mass(event) => self.mass(now, event),
            Task::MassOne { event, room, user } => self.mass_one(now, event, room, user),
            Task::Speak(user, clock) => self.speak(now, user, clock),
        }
    }

    pub(super) fn wish(&mut self, at: SimTime, actor: ClientId, action: Action) {
        self.wished.push_back(Intent { at, actor, action });
    }

    fn schedule_rooms(&mut self) {
        let rooms = Arc::clone(&self.rooms);
        for (i, described) in rooms.iter().enumerate() {
            let room = RoomId(i as u32);
            if described.start.is_before_zero() {
                self.enter_all(SimTime::ZERO, room, &described.initial);
                self.start_room_clocks(SimTime::ZERO, room);
                self.start_mix(room);
            } else {
                let owner = StreamOwner::Room(i as u64);
                let mut stream = self.streams.stream(owner, "created");
                let created = self.scenario.rooms.created.sample(&mut stream);
                let at = SimTime::ZERO + SimSpan::from_secs_f64(created);
                self.queue.push(at, Task::Start(room));
            }
        }
    }

    fn schedule_people(&mut self) {
        for user in (0..self.people.count()).map(UserId) {
            let owner = StreamOwner::User(user.0.into());
            let churn = &self.scenario.churn;
            if let Some((at, clock)) = self.first(owner, "new clients", &churn.new_clients) {
                self.queue.push(at, Task::NewClient(user, clock));
            }
            if let Some((at, clock)) = self.first(owner, "deletions", &churn.deletions) {
                self.queue.push(at, Task::Delete(user, clock));
            }
            self.schedule_speaker(user);
        }
        for client in (0..self.people.client_count()).map(ClientId) {
            self.start_client_clocks(SimTime::ZERO, client);
        }
    }

    /// The clock of a process that starts at time zero, and when it first strikes.
    pub(super) fn first(
        &self,
        owner: StreamOwner,
        purpose: &str,
        rate: &Rate,
    ) -> Option<(SimTime, Box<Clock>)> {
        self.first_of(owner, purpose, rate, 1.0)
    }

    /// That of a process by which those in a room change.
    pub(super) fn first_in(
        &self,
        room: RoomId,
        purpose: &str,
        rate: &Rate,
    ) -> Option<(SimTime, Box<Clock>)> {
        let owner = StreamOwner::Room(room.0.into());
        self.first_of(owner, purpose, rate, self.kinds.churn(room))
    }

    /// The same, where everything is sped up `speed` times.
    fn first_of(
        &self,
        owner: StreamOwner,
        purpose: &str,
        rate: &Rate,
        speed: f64,
    ) -> Option<(SimTime, Box<Clock>)> {
        if rate.is_never() || speed <= 0.0 {
            return None;
        }
        let mut times = self.streams.stream(owner, purpose);
        let wait = first_interval(rate, speed, &mut times)?;
        let at = SimTime::ZERO + wait;
        // Most clocks of a large population strike after the end, if at all: no need to make them.
        (at < self.queue.end()).then(|| (at, Clock::new(&self.streams, owner, purpose, times)))
    }

    /// Starts what happens to a client all along: presence, loss, resync.
    pub(super) fn start_client_clocks(&mut self, now: SimTime, client: ClientId) {
        let owner = StreamOwner::Client(client.0.into());
        let shifted = |at: SimTime| now + at.since(SimTime::ZERO);
        let churn = &self.scenario.churn;
        if let Some((at, clock)) = self.first(owner, "lost", &churn.lost_clients) {
            self.queue.push(shifted(at), Task::Lose(client, clock));
        }
        if let Some((at, clock)) = self.first(owner, "resync", &churn.resyncs) {
            self.queue.push(shifted(at), Task::Resync(client, clock));
        }
        let users = &self.scenario.users;
        if let Some(online) = &users.online {
            let mut times = self.streams.stream(owner, "presence");
            let period = match self.people.offline_since(client) {
                None => online,
                Some(_) => &users.offline,
            };
            let wait = match self.stays_online(client) {
                true => SimSpan::ZERO,
                false => span(residual(period, &mut times)),
            };
            self.queue
                .push(now + wait, Task::Presence(client, Box::new(times)));
        }
    }

    /// Whether it does not go offline.
    pub(super) fn stays_online(&self, client: ClientId) -> bool {
        let user = self.people.user_of(client);
        self.lookers.binary_search(&user).is_ok()
    }

    /// Starts joins, leaves and removals of a room that exists from now on.
    pub(super) fn start_room_clocks(&mut self, now: SimTime, room: RoomId) {
        let owner = StreamOwner::Room(room.0.into());
        let shifted = |at: SimTime| now + at.since(SimTime::ZERO);
        let churn = &self.scenario.churn;
        if let Some((at, clock)) = self.first_in(room, "joins", &churn.joins) {
            self.queue.push(shifted(at), Task::Join(room, clock));
        }
        if let Some((at, clock)) = self.first_in(room, "leaves", &churn.leaves) {
            self.queue.push(shifted(at), Task::Leave(room, clock));
        }
        if let Some((at, clock)) = self.first_in(room, "removals", &churn.removals) {
            self.queue.push(shifted(at), Task::Remove(room, clock));
        }
        self.start_administering(now, room);
        let churn = &self.scenario.churn;
        if !looks_up_in(churn, room) {
            return;
        }
        if let Some((at, clock)) = self.first(owner, "look-ups", &churn.look_ups) {
            self.queue.push(shifted(at), Task::LookUp(room, clock));
        }
    }

    pub(super) fn start_update_clock(
        &mut self,
        now: SimTime,
        client: ClientId,
        room: RoomId,
        slot: u32,
    ) {
        let rate = &self.scenario.churn.updates;
        let speed = self.kinds.churn(room);
        if rate.is_never() || speed <= 0.0 {
            return;
        }
        // A second stay in the room is another process.
        let purpose = format_args!("updates in {} since {}", room.0, now.as_nanos());
        let owner = StreamOwner::Client(client.0.into());
        let mut times = self.streams.named(owner, purpose);
        let wait = first_interval(rate, speed, &mut times);
        if let Some(wait) = wait.filter(|wait| now + *wait < self.queue.end()) {
            let clock = UpdateClock {
                client,
                room,
                slot,
                times,
                last: None,
            };
            self.queue.push(now + wait, Task::Update(Box::new(clock)));
        }
    }

    /// Lets a user into a room with all their clients.
    pub(super) fn enter(&mut self, now: SimTime, room: RoomId, user: UserId) {
        if !self.people.enter(room, user) {
            return;
        }
        let Some(slot) = self.people.inside(room).slot(user) else {
            return;
        };
        for number in 0..self.people.clients_of(user).len() {
            let client = self.people.clients_of(user)[number];
            self.start_update_clock(now, client, room, slot);
        }
    }

    pub(super) fn enter_all(&mut self, now: SimTime, room: RoomId, users: &[UserId]) {
        self.people.reserve(room, users.len());
        for user in users {
            self.enter(now, room, *user);
        }
    }
}

/// Whether somebody looks others up in this room.
fn looks_up_in(churn: &Churn, room: RoomId) -> bool {
    let never = churn.look_ups.is_never();
    !never && (churn.look_up_rooms.is_empty() || churn.look_up_rooms.contains(&room.0))
}

/// Those who look others up.
fn lookers(scenario: &Scenario, rooms: &[Room]) -> Vec<UserId> {
    let rooms = (0..).map(RoomId).zip(rooms);
    let concerned = rooms.filter(|(room, _)| looks_up_in(&scenario.churn, *room));
    let creators = concerned.map(|(_, described)| described.creator);
    let creators: std::collections::BTreeSet<UserId> = creators.collect();
    creators.into_iter().collect()
}

/// The users of each provider, who are one range each.
fn homes(population: &Population, providers: usize) -> Vec<Range<u32>> {
    let users = &population.users;
    (0..providers)
        .map(|provider| {
            let start = users.partition_point(|u| usize::from(u.provider.0) < provider);
            let end = users.partition_point(|u| usize::from(u.provider.0) <= provider);
            start as u32..end as u32
        })
        .collect()
}
