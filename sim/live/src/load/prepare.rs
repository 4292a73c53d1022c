//! What has to be there before anything is measured, by the protocol itself.

use super::everybody::Load;
use super::view::{Order, View};
use crate::error::LiveError;
use crate::meeting::Stage;
use rayon::prelude::*;
use std::time::{Duration, Instant};
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::population::Population;

/// Preparation has ended by then, and as much longer as a client needs for each.
const PREPARE: Duration = Duration::from_secs(60);
const PREPARE_EACH: Duration = Duration::from_millis(100);

/// So long it takes so many at the most.
pub(super) fn limit(clients: usize) -> Duration {
    PREPARE + PREPARE_EACH * clients as u32
}

impl Load {
    /// Everybody who is there at time zero, connected and with KeyPackages, and the rooms that are. Whether to go on.
    pub(super) fn prepare(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        let all: Vec<(ClientId, UserId)> = population
            .clients
            .iter()
            .enumerate()
            .map(|(index, client)| (ClientId(index as u32), client.user))
            .filter(|(_, user)| self.drives(*user))
            .collect();
        let make = |(client, user): &(ClientId, UserId)| self.clients.device(*client, *user);
        let parties: Result<Vec<_>, _> = all.par_iter().map(make).collect();
        let parties = parties.map_err(LiveError::Stack)?;
        for ((client, user), party) in all.iter().zip(parties) {
            let cell = self.add(*client, *user, party)?;
            cell.want(Action::Online);
            cell.want(Action::NewClient {
                user: *user,
                rooms: Vec::new(),
            });
        }
        let limit = limit(all.len());
        let begun = Instant::now();
        if !self.settle(limit, "preparing", say) {
            return Ok(false);
        }
        let seen = self.shared.tally.seen().clone();
        let ready = all.iter().filter(|(client, _)| seen.ready.contains(client));
        let ready = ready.count();
        if ready < all.len() {
            return Err(LiveError::Preparation {
                seconds: begun.elapsed().as_secs(),
                left: format!(
                    "{ready} of {} clients are connected; {}",
                    all.len(),
                    seen.errors
                        .most()
                        .unwrap_or("nobody says why the others are not"),
                ),
            });
        }
        if !self.meet(Stage::Accounts, say) {
            return Ok(false);
        }
        for (index, room) in population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                let id = RoomId(index as u32);
                match self.others.rooms.contains_key(&id) {
                    true => self.enter_room(population, id, &room.initial),
                    false => self.open_room(population, id, room.creator, &room.initial),
                }
            }
        }
        let go_on = self.settle(limit, "preparing", say);
        if go_on {
            self.have_entered(population, begun)?;
        }
        if !go_on || !self.meet(Stage::Rooms, say) || !self.join_all(population, limit, say)? {
            return Ok(false);
        }
        for cell in self.cells.all() {
            let client = population.clients.get(cell.client().0 as usize);
            if client.is_some_and(|client| !client.online) {
                cell.want(Action::Offline);
            }
        }
        Ok(self.settle(limit, "preparing", say))
    }

    /// A room that is there already: everybody who is to be in it enters from outside.
    fn enter_room(&self, population: &Population, room: RoomId, members: &[UserId]) {
        let users = members
            .iter()
            .filter_map(|user| population.users.get(user.0 as usize));
        for client in users.flat_map(|user| user.clients()) {
            if let Some(cell) = self.cells.get(client) {
                cell.want(Action::JoinExternal { room });
            }
        }
    }

    /// Whether all have who were to enter rooms that are there already: otherwise nothing that follows would say why.
    fn have_entered(&self, population: &Population, begun: Instant) -> Result<(), LiveError> {
        let mut due = self.members(population);
        due.retain(|(room, _)| self.others.rooms.contains_key(room));
        let seen = self.shared.tally.seen();
        let missing = due.difference(&seen.joined).count();
        let Some(name) = self.others.rooms.values().next().filter(|_| missing > 0) else {
            return Ok(());
        };
        let why = seen.errors.most().unwrap_or("nobody says why");
        Err(LiveError::Preparation {
            seconds: begun.elapsed().as_secs(),
            left: format!(
                "{missing} of {} times a client has not entered a room that is there already, such as {name}; expected its hub to grant \
                 the GroupInfo and to accept external commits; {why}",
                due.len()
            ),
        })
    }

    /// A room that is there at time zero: one device creates it and adds all others in one commit. Leaves are in the order of clients, as
    /// in a simulation, unless only the room's creator may commit, who has the first leaf then.
    fn open_room(
        &self,
        population: &Population,
        room: RoomId,
        creator: UserId,
        members: &[UserId],
    ) {
        let mut users = members.to_vec();
        users.sort_unstable();
        let first = match self.scenario.policy.committer.leaves_to_admin() {
            true => Some(creator),
            false => users.first().copied(),
        };
        // Who is not driven creates nothing.
        let served = |user: &UserId| self.is_served(*user);
        let first = first
            .filter(served)
            .or_else(|| users.iter().copied().find(served));
        let Some(first) = first else {
            return;
        };
        let devices = population.users.get(first.0 as usize);
        let mut devices = devices.into_iter().flat_map(|user| user.clients());
        let Some(cell) = devices.next().and_then(|client| self.cells.get(client)) else {
            return;
        };
        if devices.next().is_none() {
            users.retain(|user| *user != first);
        }
        cell.want(Action::Create { room });
        if !users.is_empty() {
            cell.want(Action::Add { room, users });
        }
    }
}
