//! What happens to devices: they go offline and come back, appear, are lost, lose their state, and refresh
//! their leaves.

use super::generator::Generator;
use super::queue::{Clock, Task, UpdateClock, interval, span};
use crate::dist::unit;
use crate::intent::{Action, ClientId, RoomId, UserId};
use crate::population::draw_connection;
use crate::stream::{Stream, StreamOwner};
use crate::time::SimTime;

impl Generator {
    pub(super) fn presence(&mut self, now: SimTime, client: ClientId, mut times: Box<Stream>) {
        if self.people.is_lost(client) {
            return;
        }
        let users = &self.scenario.users;
        let Some(online) = &users.online else { return };
        let comes_back = self.people.offline_since(client).is_some();
        if !comes_back && self.stays_online(client) {
            return;
        }
        let period = if comes_back { online } else { &users.offline };
        let wait = span(period.sample(&mut times));
        let (since, action) = match comes_back {
            true => (None, Action::Online),
            false => (Some(now), self.offline(now, client)),
        };
        self.people.set_offline_since(client, since);
        self.queue.push(now + wait, Task::Presence(client, times));
        self.wish(now, client, action);
    }

    /// How a client goes offline. The draw has a stream of its own, so that whether it says so moves nothing else.
    fn offline(&self, now: SimTime, client: ClientId) -> Action {
        let share = self.scenario.users.vanish;
        if share == 0.0 {
            return Action::Offline;
        }
        let owner = StreamOwner::Client(client.0.into());
        let purpose = format_args!("vanish at {}", now.as_nanos());
        match unit(&mut self.streams.named(owner, purpose)) < share {
            true => Action::Vanish,
            false => Action::Offline,
        }
    }

    pub(super) fn new_client(&mut self, now: SimTime, user: UserId, mut clock: Box<Clock>) {
        if self.deleted.contains(&user) {
            return;
        }
        let number = ClientId(self.people.client_count());
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

    pub(super) fn lose(&mut self, now: SimTime, client: ClientId, mut clock: Box<Clock>) {
        if self.people.is_lost(client) {
            return;
        }
        let user = self.people.user_of(client);
        let rooms = self.people.rooms_of(user).to_vec();
        let last = self.people.clients_of(user).len() == 1;
        // Another's client goes by a kick.
        let kicks = last && self.scenario.policy.profile.is_checked();
        let nobody_removes = |room: &RoomId| {
            let admin = self.administrator(*room).filter(|admin| *admin != user);
            last && self.people.inside(*room).len() == 1 || kicks && admin.is_none()
        };
        if rooms.iter().any(nobody_removes) {
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
            let admin = || self.administrator(room).filter(|admin| *admin != user);
            let remover = if kicks { admin() } else { remover };
            let remover = remover.and_then(|user| self.people.client_of(user, &mut clock.who));
            removers.extend(remover.map(|remover| (room, remover)));
            if last {
                self.people.exit(room, user);
            }
        }
        self.wish(now, client, Action::Lost { removers });
    }

    pub(super) fn resync(&mut self, now: SimTime, client: ClientId, mut clock: Box<Clock>) {
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

    pub(super) fn update(&mut self, now: SimTime, mut clock: Box<UpdateClock>) {
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
        if let Some(wait) = interval(
            &self.scenario.churn.updates,
            self.kinds.churn(room),
            &mut clock.times,
        ) {
            self.queue.push(now + wait, Task::Update(clock));
        }
    }
}
