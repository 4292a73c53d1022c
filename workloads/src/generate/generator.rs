//! The generators, merged: tasks fall due one by one and turn into intents.

use super::people::People;
use super::queue::{Clock, Queue, Task, UpdateClock, first_interval, interval, residual, span};
use crate::dist::{Dist, below, unit};
use crate::intent::{Action, ClientId, Intent, RoomId, UserId};
use crate::population::{Population, Room, draw_connection};
use crate::scenario::{JoinBy, Rate, Scenario, Start};
use crate::stream::{Stream, StreamOwner, Streams};
use crate::time::SimTime;
use std::collections::VecDeque;
use std::ops::Range;

/// Everything that generates intents: the books ([`People`]), the tasks that fall due ([`Queue`]) and what
/// has been wished but not handed out yet.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) scenario: Scenario,
    pub(super) streams: Streams,
    pub(super) people: People,
    pub(super) queue: Queue,
    pub(super) rooms: Vec<Room>,
    /// The users of each provider.
    homes: Vec<Range<u32>>,
    /// The largest value of the diurnal curve.
    pub(super) peak: f64,
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
            rooms: population.rooms.clone(),
            homes: homes(population, scenario.providers.len()),
            peak: if peak > 0.0 { peak } else { 1.0 },
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
            Task::Resync(client, clock) => self.resync(now, client, clock),
            Task::Join(room, clock) => self.join_one(now, room, clock),
            Task::Leave(room, clock) => self.leave_one(now, room, clock),
            Task::Remove(room, clock) => self.remove_one(now, room, clock),
            Task::Update(clock) => self.update(now, clock),
            Task::Mass(event) => self.mass(now, event),
            Task::MassOne { event, room, user } => self.mass_one(now, event, room, user),
            Task::Speak(user, clock) => self.speak(now, user, clock),
        }
    }

    pub(super) fn wish(&mut self, at: SimTime, actor: ClientId, action: Action) {
        self.wished.push_back(Intent { at, actor, action });
    }

    fn schedule_rooms(&mut self) {
        for i in 0..self.rooms.len() {
            let room = RoomId(i as u32);
            if self.rooms[i].warm {
                self.enter_all(SimTime::ZERO, room, &self.rooms[i].initial.clone());
                self.start_room_clocks(SimTime::ZERO, room);
            } else {
                let owner = StreamOwner::Room(i as u64);
                let mut stream = self.streams.stream(owner, "created");
                let created = self.scenario.rooms.created.sample(&mut stream);
                let at = SimTime::ZERO + crate::time::SimSpan::from_secs_f64(created);
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
            self.schedule_speaker(user);
        }
        for client in (0..self.people.clients().len() as u32).map(ClientId) {
            self.start_client_clocks(SimTime::ZERO, client);
        }
    }

    /// The clock of a process that starts at time zero, and when it first strikes.
    fn first(
        &self,
        owner: StreamOwner,
        purpose: &str,
        rate: &Rate,
    ) -> Option<(SimTime, Box<Clock>)> {
        if matches!(rate, Rate::Poisson(rate) if *rate <= 0.0) {
            return None;
        }
        let mut clock = Clock::new(&self.streams, owner, purpose);
        let wait = first_interval(rate, 1.0, &mut clock.times)?;
        Some((SimTime::ZERO + wait, Box::new(clock)))
    }

    /// Starts what happens to a client all along: presence, loss, resync.
    fn start_client_clocks(&mut self, now: SimTime, client: ClientId) {
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
            let wait = span(residual(period, &mut times));
            self.queue
                .push(now + wait, Task::Presence(client, Box::new(times)));
        }
    }

    /// Starts joins, leaves and removals of a room that exists from now on.
    fn start_room_clocks(&mut self, now: SimTime, room: RoomId) {
        let owner = StreamOwner::Room(room.0.into());
        let shifted = |at: SimTime| now + at.since(SimTime::ZERO);
        let churn = &self.scenario.churn;
        if let Some((at, clock)) = self.first(owner, "joins", &churn.joins) {
            self.queue.push(shifted(at), Task::Join(room, clock));
        }
        if let Some((at, clock)) = self.first(owner, "leaves", &churn.leaves) {
            self.queue.push(shifted(at), Task::Leave(room, clock));
        }
        if let Some((at, clock)) = self.first(owner, "removals", &churn.removals) {
            self.queue.push(shifted(at), Task::Remove(room, clock));
        }
    }

    fn start_update_clock(&mut self, now: SimTime, client: ClientId, room: RoomId, slot: u32) {
        let rate = &self.scenario.churn.updates;
        if matches!(rate, Rate::Poisson(rate) if *rate <= 0.0) {
            return;
        }
        // A second stay in the room is another process.
        let purpose = format!("updates in {} since {}", room.0, now.as_nanos());
        let owner = StreamOwner::Client(client.0.into());
        let mut times = self.streams.stream(owner, &purpose);
        if let Some(wait) = first_interval(rate, 1.0, &mut times) {
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
    fn enter(&mut self, now: SimTime, room: RoomId, user: UserId) {
        if !self.people.enter(room, user) {
            return;
        }
        let Some(slot) = self.people.inside(room).slot(user) else {
            return;
        };
        for client in self.people.clients_of(user).to_vec() {
            self.start_update_clock(now, client, room, slot);
        }
    }

    fn enter_all(&mut self, now: SimTime, room: RoomId, users: &[UserId]) {
        for user in users {
            self.enter(now, room, *user);
        }
    }

    fn start(&mut self, now: SimTime, room: RoomId) {
        let Room {
            creator, initial, ..
        } = &self.rooms[room.0 as usize];
        let (creator, initial) = (*creator, initial.clone());
        // Somebody who lost all devices before creates no room.
        let Some(actor) = self.people.clients_of(creator).first().copied() else {
            return;
        };
        self.enter(now, room, creator);
        self.wish(now, actor, Action::Create { room });
        self.start_room_clocks(now, room);
        if self.scenario.rooms.start == Start::Grown {
            let owner = StreamOwner::Room(room.0.into());
            let times = Box::new(self.streams.stream(owner, "growth"));
            return self.grow_later(now, room, 1, times);
        }
        let mut users = initial;
        users.retain(|user| self.people.can_join(room, *user));
        if !users.is_empty() {
            self.enter_all(now, room, &users);
            self.wish(now, actor, Action::Add { room, users });
        }
    }

    fn grow_later(&mut self, now: SimTime, room: RoomId, next: usize, mut times: Box<Stream>) {
        if next < self.rooms[room.0 as usize].initial.len() {
            let wait = self.scenario.rooms.grow_interval.sample(&mut times);
            self.queue
                .push(now + span(wait), Task::Grow { room, next, times });
        }
    }

    fn grow(&mut self, now: SimTime, room: RoomId, next: usize, mut times: Box<Stream>) {
        let creator = self.rooms[room.0 as usize].creator;
        let user = self.rooms[room.0 as usize].initial[next];
        if self.people.can_join(room, user) {
            let actor = if self.people.inside(room).contains(creator) {
                self.people.clients_of(creator).first().copied()
            } else {
                // The creator has left meanwhile.
                self.people
                    .somebody(room, None, &mut times)
                    .and_then(|user| self.people.client_of(user, &mut times))
            };
            if let Some(actor) = actor {
                self.enter(now, room, user);
                self.wish(
                    now,
                    actor,
                    Action::Add {
                        room,
                        users: vec![user],
                    },
                );
            }
        }
        self.grow_later(now, room, next + 1, times);
    }

    fn presence(&mut self, now: SimTime, client: ClientId, mut times: Box<Stream>) {
        if self.people.is_lost(client) {
            return;
        }
        let users = &self.scenario.users;
        let Some(online) = &users.online else { return };
        let comes_back = self.people.offline_since(client).is_some();
        let period = if comes_back { online } else { &users.offline };
        let wait = span(period.sample(&mut times));
        let (since, action) = match comes_back {
            true => (None, Action::Online),
            false => (Some(now), Action::Offline),
        };
        self.people.set_offline_since(client, since);
        self.queue.push(now + wait, Task::Presence(client, times));
        self.wish(now, client, action);
    }

    fn new_client(&mut self, now: SimTime, user: UserId, mut clock: Box<Clock>) {
        let number = ClientId(self.people.clients().len() as u32);
        let connection = draw_connection(&self.scenario.users, number, &self.streams);
        let client = self.people.new_client(user, connection);
        let rooms = self.people.rooms_of(user).to_vec();
        for room in &rooms {
            if let Some(slot) = self.people.inside(*room).slot(user) {
                self.start_update_clock(now, client, *room, slot);
            }
        }
        self.wish(now, client, Action::NewClient { user, rooms });
        self.start_client_clocks(now, client);
        let rate = &self.scenario.churn.new_clients;
        if let Some(wait) = interval(rate, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::NewClient(user, clock));
        }
    }

    fn lose(&mut self, now: SimTime, client: ClientId, mut clock: Box<Clock>) {
        let user = self.people.user_of(client);
        let rooms = self.people.rooms_of(user).to_vec();
        let last = self.people.clients_of(user).len() == 1;
        if last
            && rooms
                .iter()
                .any(|room| self.people.inside(*room).len() == 1)
        {
            // Nobody would be left to remove it: it lives until its next turn.
            let rate = &self.scenario.churn.lost_clients;
            if let Some(wait) = interval(rate, 1.0, &mut clock.times) {
                self.queue.push(now + wait, Task::Lose(client, clock));
            }
            return;
        }
        self.people.lose(client);
        let mut removers = Vec::with_capacity(rooms.len());
        for room in rooms {
            let remover = match last {
                false => Some(user),
                true => self.people.somebody(room, Some(user), &mut clock.who),
            };
            let remover = remover.and_then(|user| self.people.client_of(user, &mut clock.who));
            removers.extend(remover.map(|remover| (room, remover)));
            if last {
                self.people.exit(room, user);
            }
        }
        self.wish(now, client, Action::Lost { removers });
    }

    fn resync(&mut self, now: SimTime, client: ClientId, mut clock: Box<Clock>) {
        if self.people.is_lost(client) {
            return;
        }
        let user = self.people.user_of(client);
        for room in self.people.rooms_of(user).to_vec() {
            self.wish(now, client, Action::Resync { room });
        }
        let rate = &self.scenario.churn.resyncs;
        if let Some(wait) = interval(rate, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::Resync(client, clock));
        }
    }

    fn join_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        if let Some(user) = self.joiner(room, &mut clock.who) {
            self.join(now, room, user, &mut clock.who);
        }
        if let Some(wait) = interval(&self.scenario.churn.joins, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::Join(room, clock));
        }
    }

    /// Somebody from outside; from the creator's provider with the probability `rooms.locality`, as the
    /// first participants were.
    fn joiner(&mut self, room: RoomId, who: &mut Stream) -> Option<UserId> {
        let creator = self.rooms[room.0 as usize].creator;
        let local = unit(who) < self.scenario.rooms.locality;
        let home = self
            .homes
            .iter()
            .find(|home| local && home.contains(&creator.0));
        let near = home.and_then(|home| {
            (0..16).find_map(|_| {
                let user = UserId(home.start + below(who, home.len() as u64) as u32);
                Some(user).filter(|user| self.people.can_join(room, *user))
            })
        });
        near.or_else(|| self.people.outsider(room, who))
    }

    /// Lets somebody from outside join as the scenario has it.
    pub(super) fn join(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        match self.scenario.churn.join_by {
            JoinBy::Add => {
                let member = self.people.somebody(room, None, who);
                let actor = member.and_then(|member| self.people.client_of(member, who));
                let Some(actor) = actor else { return };
                self.enter(now, room, user);
                self.wish(
                    now,
                    actor,
                    Action::Add {
                        room,
                        users: vec![user],
                    },
                );
            }
            JoinBy::External => {
                self.enter(now, room, user);
                for client in self.people.clients_of(user).to_vec() {
                    self.wish(now, client, Action::JoinExternal { room });
                }
            }
        }
    }

    fn leave_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        let inside = self.people.inside(room);
        if let Some(user) = inside.at(below(&mut clock.who, inside.len().into()) as u32) {
            self.leave(now, room, user, &mut clock.who);
        }
        if let Some(wait) = interval(&self.scenario.churn.leaves, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::Leave(room, clock));
        }
    }

    /// Lets a user leave, unless they are the last.
    pub(super) fn leave(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        if self.people.inside(room).len() < 2 {
            return;
        }
        if let Some(actor) = self.people.client_of(user, who) {
            self.people.exit(room, user);
            self.wish(now, actor, Action::Leave { room });
        }
    }

    fn remove_one(&mut self, now: SimTime, room: RoomId, mut clock: Box<Clock>) {
        if let Some(remover) = self.people.somebody(room, None, &mut clock.who) {
            let inside = self.people.inside(room);
            let drawn = inside.at(below(&mut clock.who, u64::from(inside.len()) - 1) as u32);
            // The last one stands in for the remover, who is not drawn.
            let user = if drawn == Some(remover) {
                inside.at(inside.len() - 1)
            } else {
                drawn
            };
            if let Some(user) = user {
                self.remove(now, room, remover, user, &mut clock.who);
            }
        }
        if let Some(wait) = interval(&self.scenario.churn.removals, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::Remove(room, clock));
        }
    }

    /// Lets `remover` remove `user`, unless they are the same.
    pub(super) fn remove(
        &mut self,
        now: SimTime,
        room: RoomId,
        remover: UserId,
        user: UserId,
        who: &mut Stream,
    ) {
        if remover == user {
            return;
        }
        if let Some(actor) = self.people.client_of(remover, who) {
            self.people.exit(room, user);
            self.wish(now, actor, Action::Remove { room, user });
        }
    }

    fn update(&mut self, now: SimTime, mut clock: Box<UpdateClock>) {
        let (client, room) = (clock.client, clock.room);
        let user = self.people.user_of(client);
        let over = self.people.inside(room).slot(user) != Some(clock.slot);
        if over || self.people.is_lost(client) {
            return;
        }
        // Whoever is offline acts when back, but need not refresh twice then.
        let since = self.people.offline_since(client);
        let pending = since.is_some_and(|since| clock.last.is_some_and(|last| last >= since));
        if !pending {
            clock.last = Some(now);
            self.wish(now, client, Action::Update { room });
        }
        if let Some(wait) = interval(&self.scenario.churn.updates, 1.0, &mut clock.times) {
            self.queue.push(now + wait, Task::Update(clock));
        }
    }

    /// A message of a user in a room.
    pub(super) fn say(&mut self, now: SimTime, room: RoomId, user: UserId, who: &mut Stream) {
        let size: &Dist = &self.scenario.messages.size;
        let bytes = size.sample(who).round().clamp(1.0, f64::from(u32::MAX)) as u32;
        if let Some(actor) = self.people.client_of(user, who) {
            self.wish(now, actor, Action::Message { room, bytes });
        }
    }
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
