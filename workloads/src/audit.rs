//! Whether a list of wishes makes sense: what a simulation may rely on, checked intent by intent.
//!
//! Traces come from outside and can say anything; the reader refuses what does not add up, with its line.
//! The generators' own lists pass, which the tests check.

use crate::intent::{Action, ClientId, Intent, RoomId, UserId};
use crate::population::Population;
use crate::time::SimTime;
use std::collections::BTreeSet;

/// Keeps the books on who is where, as far as wishes go, and refuses wishes that do not fit.
///
/// ```
/// use throng_workloads::audit::Audit;
/// use throng_workloads::intent::{Action, ClientId, Intent, RoomId};
/// use throng_workloads::population::Population;
/// use throng_workloads::scenario::{Scenario, ScenarioSource};
/// use throng_workloads::stream::Streams;
/// use throng_workloads::time::SimTime;
///
/// let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", ""), &[])?;
/// let population = Population::draw(&scenario, &Streams::new(1, 0));
/// let mut audit = Audit::new(&population);
/// let early = Intent {
///     at: SimTime::ZERO,
///     actor: ClientId(0),
///     action: Action::Update { room: RoomId(0) },
/// };
/// assert_eq!(audit.check(&early).unwrap_err(), "u0.0 is not in r0");
/// # Ok::<(), throng_workloads::error::ScenarioError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Audit {
    names: Names,
    lost: BTreeSet<ClientId>,
    /// Whose accounts are deleted.
    deleted: BTreeSet<UserId>,
    offline: BTreeSet<ClientId>,
    /// The clients in each room; `None`: not created yet.
    rooms: Vec<Option<BTreeSet<ClientId>>>,
    now: SimTime,
}

impl Audit {
    /// The books at time zero.
    pub fn new(population: &Population) -> Self {
        let names = Names::new(population);
        let rooms = population.rooms.iter().map(|room| {
            let clients = |user: &UserId| names.clients_of(*user).to_vec();
            room.start
                .is_before_zero()
                .then(|| room.initial.iter().flat_map(clients).collect())
        });
        let offline = (0u32..).zip(population.clients.iter());
        let offline = offline.filter(|(_, c)| !c.online).map(|(i, _)| ClientId(i));
        Self {
            rooms: rooms.collect(),
            offline: offline.collect(),
            lost: BTreeSet::new(),
            deleted: BTreeSet::new(),
            now: SimTime::ZERO,
            names,
        }
    }

    /// Enters an intent into the books.
    ///
    /// The error says what does not fit, in the words of a trace (`u17.1 is not in r3`). The books are then
    /// as they were, but for the time.
    pub fn check(&mut self, intent: &Intent) -> Result<(), String> {
        if intent.at < self.now {
            return Err(format!("time goes back from {} to {}", self.now, intent.at));
        }
        self.now = intent.at;
        if let Action::NewClient { user, rooms } = &intent.action {
            return self.new_client(intent.actor, *user, rooms);
        }
        let actor = intent.actor;
        if self.names.user_of(actor).is_none() {
            return Err(format!("client {} does not exist", actor.0));
        }
        if self.lost.contains(&actor) {
            return Err(format!("{} is lost", self.names.show(actor)));
        }
        match &intent.action {
            Action::Create { room } => self.create(actor, *room),
            Action::Add { room, users } => self.add(actor, *room, users),
            Action::JoinExternal { room } => self.join(actor, *room),
            Action::Leave { room } => {
                self.member(actor, *room)?;
                let user = self.user(actor)?;
                self.expel(user, *room)
            }
            Action::Remove { room, user } => {
                self.member(actor, *room)?;
                self.remove(actor, *user, *room)
            }
            Action::Administer {
                room,
                user,
                measure,
            } => {
                self.member(actor, *room)?;
                match measure.takes_out() {
                    true => self.remove(actor, *user, *room),
                    false => self.known(*user),
                }
            }
            Action::LookUp { room, user } => {
                self.known(*user)?;
                self.member(actor, *room)
            }
            Action::Update { room } | Action::Message { room, .. } | Action::Resync { room } => {
                self.member(actor, *room)
            }
            Action::Lost { removers } => self.lose(actor, removers),
            Action::DeleteAccount { others } => self.delete_account(actor, others),
            Action::Offline | Action::Vanish if !self.offline.insert(actor) => {
                Err(format!("{} is offline already", self.names.show(actor)))
            }
            Action::Online if !self.offline.remove(&actor) => {
                Err(format!("{} is online already", self.names.show(actor)))
            }
            // New clients are dealt with above.
            Action::Offline | Action::Vanish | Action::Online | Action::NewClient { .. } => Ok(()),
        }
    }

    /// How many clients are in all rooms together.
    pub fn clients_in_rooms(&self) -> u64 {
        let rooms = self.rooms.iter().flatten();
        rooms.map(|members| members.len() as u64).sum()
    }

    /// How traces name clients.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    fn known(&self, user: UserId) -> Result<(), String> {
        match self.names.has_user(user) {
            true => Ok(()),
            false => Err(format!("there is no user u{}", user.0)),
        }
    }

    fn user(&self, client: ClientId) -> Result<UserId, String> {
        let user = self.names.user_of(client);
        user.ok_or_else(|| format!("client {} does not exist", client.0))
    }

    fn room(&mut self, room: RoomId) -> Result<&mut Option<BTreeSet<ClientId>>, String> {
        let count = self.rooms.len();
        self.rooms
            .get_mut(room.0 as usize)
            .ok_or_else(|| format!("there is no room r{}; there are {count}", room.0))
    }

    fn members(&mut self, room: RoomId) -> Result<&mut BTreeSet<ClientId>, String> {
        let found = self.room(room)?.as_mut();
        found.ok_or_else(|| format!("r{} is not created yet", room.0))
    }

    fn member(&mut self, client: ClientId, room: RoomId) -> Result<(), String> {
        if matches!(self.room(room)?, Some(members) if members.contains(&client)) {
            return Ok(());
        }
        Err(format!("{} is not in r{}", self.names.show(client), room.0))
    }

    /// A user's clients that are in a room.
    fn present(&mut self, user: UserId, room: RoomId) -> Result<Vec<ClientId>, String> {
        let clients = self.names.clients_of(user).to_vec();
        let members = self.members(room)?;
        Ok(clients
            .into_iter()
            .filter(|c| members.contains(c))
            .collect())
    }

    fn create(&mut self, actor: ClientId, room: RoomId) -> Result<(), String> {
        if self.room(room)?.is_some() {
            return Err(format!("r{} exists already", room.0));
        }
        *self.room(room)? = Some(BTreeSet::from([actor]));
        Ok(())
    }

    /// A user's clients that are not lost.
    fn living(&self, user: UserId) -> Vec<ClientId> {
        let clients = self.names.clients_of(user).iter();
        clients
            .copied()
            .filter(|c| !self.lost.contains(c))
            .collect()
    }

    fn add(&mut self, actor: ClientId, room: RoomId, users: &[UserId]) -> Result<(), String> {
        self.member(actor, room)?;
        if users.is_empty() {
            return Err("nobody to add; expected users such as u2;u3".to_owned());
        }
        let mut newcomers = BTreeSet::new();
        for user in users {
            let clients = self.living(*user);
            if clients.is_empty() {
                return Err(format!("u{} has no client to add", user.0));
            }
            if !self.present(*user, room)?.is_empty() {
                return Err(format!("u{} is in r{} already", user.0, room.0));
            }
            if clients.iter().any(|client| !newcomers.insert(*client)) {
                return Err(format!("u{} is added twice", user.0));
            }
        }
        self.members(room)?.append(&mut newcomers);
        Ok(())
    }

    fn join(&mut self, actor: ClientId, room: RoomId) -> Result<(), String> {
        if self.members(room)?.insert(actor) {
            return Ok(());
        }
        Err(format!(
            "{} is in r{} already",
            self.names.show(actor),
            room.0
        ))
    }

    fn remove(&mut self, actor: ClientId, user: UserId, room: RoomId) -> Result<(), String> {
        if self.user(actor)? == user {
            return Err(format!(
                "u{} cannot remove itself; expected `leave`",
                user.0
            ));
        }
        self.expel(user, room)
    }

    fn expel(&mut self, user: UserId, room: RoomId) -> Result<(), String> {
        let leavers = self.present(user, room)?;
        if leavers.is_empty() {
            return Err(format!("u{} is not in r{}", user.0, room.0));
        }
        let members = self.members(room)?;
        if members.len() == leavers.len() {
            return Err(format!("u{} is the last user in r{}", user.0, room.0));
        }
        members.retain(|client| !leavers.contains(client));
        Ok(())
    }

    fn new_client(
        &mut self,
        actor: ClientId,
        user: UserId,
        rooms: &[RoomId],
    ) -> Result<(), String> {
        let next = self.names.next();
        if actor != next {
            return Err(format!(
                "the new client is number {}; expected {}",
                actor.0, next.0
            ));
        }
        if !self.names.has_user(user) {
            return Err(format!("there is no user u{}", user.0));
        }
        if self.deleted.contains(&user) {
            return Err(format!("the account of u{} is deleted", user.0));
        }
        for room in rooms {
            if self.present(user, *room)?.is_empty() {
                return Err(format!("u{} is not in r{}", user.0, room.0));
            }
        }
        self.names.add(user);
        for room in rooms {
            self.members(*room)?.insert(actor);
        }
        Ok(())
    }

    fn lose(&mut self, actor: ClientId, removers: &[(RoomId, ClientId)]) -> Result<(), String> {
        for (room, remover) in removers {
            self.member(actor, *room)?;
            self.member(*remover, *room)?;
            if *remover == actor {
                return Err(format!(
                    "{} is lost and cannot remove itself",
                    self.names.show(actor)
                ));
            }
        }
        let named: BTreeSet<RoomId> = removers.iter().map(|(room, _)| *room).collect();
        let inside = (0u32..).zip(&self.rooms).find(|(i, members)| {
            let within = members.as_ref().is_some_and(|m| m.contains(&actor));
            within && !named.contains(&RoomId(*i))
        });
        if let Some((room, _)) = inside {
            return Err(format!(
                "nobody removes {} from r{room}",
                self.names.show(actor)
            ));
        }
        for (room, _) in removers {
            self.members(*room)?.remove(&actor);
        }
        self.offline.remove(&actor);
        self.lost.insert(actor);
        Ok(())
    }

    fn delete_account(&mut self, actor: ClientId, others: &[ClientId]) -> Result<(), String> {
        let user = self.user(actor)?;
        let mut all = others.to_vec();
        all.push(actor);
        all.sort_unstable();
        let living = self.living(user);
        if all != living {
            let mut rest = living.iter().filter(|client| **client != actor);
            let rest = rest.by_ref().map(|client| self.names.show(*client));
            let rest: Vec<String> = rest.collect();
            return Err(format!(
                "the other devices of u{} go with it: {}",
                user.0,
                match rest.is_empty() {
                    true => "there are none".to_owned(),
                    false => rest.join(";"),
                }
            ));
        }
        // Nobody removes any of them from anywhere.
        for (room, members) in self.rooms.iter().enumerate() {
            let inside = |client: &&ClientId| members.as_ref().is_some_and(|m| m.contains(client));
            if let Some(inside) = living.iter().find(inside) {
                let inside = self.names.show(*inside);
                return Err(format!(
                    "{inside} is in r{room}; expected to be removed first"
                ));
            }
        }
        for client in living {
            self.offline.remove(&client);
            self.lost.insert(client);
        }
        self.deleted.insert(user);
        Ok(())
    }
}

/// How traces name clients: `u17.1` is the second client that user 17 ever had.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    users: Vec<Vec<ClientId>>,
    clients: Vec<(UserId, u32)>,
}

impl Names {
    pub(crate) fn new(population: &Population) -> Self {
        let mut names = Self {
            users: vec![Vec::new(); population.users.len()],
            clients: Vec::with_capacity(population.clients.len()),
        };
        for client in population.clients.iter() {
            names.add(client.user);
        }
        names
    }

    /// Takes the next number for a client of `user`.
    pub(crate) fn add(&mut self, user: UserId) {
        let next = self.next();
        if let Some(clients) = self.users.get_mut(user.0 as usize) {
            self.clients.push((user, clients.len() as u32));
            clients.push(next);
        }
    }

    pub(crate) fn next(&self) -> ClientId {
        ClientId(self.clients.len() as u32)
    }

    pub(crate) fn has_user(&self, user: UserId) -> bool {
        (user.0 as usize) < self.users.len()
    }

    /// All clients that the user ever had.
    pub(crate) fn clients_of(&self, user: UserId) -> &[ClientId] {
        self.users.get(user.0 as usize).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn user_of(&self, client: ClientId) -> Option<UserId> {
        self.clients.get(client.0 as usize).map(|(user, _)| *user)
    }

    pub(crate) fn show(&self, client: ClientId) -> String {
        match self.clients.get(client.0 as usize) {
            Some((user, index)) => format!("u{}.{index}", user.0),
            None => format!("client {}", client.0),
        }
    }
}
