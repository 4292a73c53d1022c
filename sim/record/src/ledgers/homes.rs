//! Whose clients are whose, and where.

use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Population;

/// The provider of each user, the user of each client, and the hub of each room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Homes {
    users: Vec<ProviderId>,
    clients: Vec<UserId>,
    hubs: Vec<ProviderId>,
}

impl Homes {
    /// Those of a population.
    pub fn of(population: &Population) -> Self {
        Self {
            users: population.users.iter().map(|user| user.provider).collect(),
            clients: population
                .clients
                .iter()
                .map(|client| client.user)
                .collect(),
            hubs: population.rooms.iter().map(|room| room.hub).collect(),
        }
    }

    /// A device comes into being; those of before are known already.
    pub(super) fn client(&mut self, client: ClientId, user: UserId) {
        let place = client.0 as usize;
        // New ones have the numbers after those that there are.
        if place == self.clients.len() {
            self.clients.push(user);
        }
    }

    /// How many users there are.
    pub(super) fn users(&self) -> usize {
        self.users.len()
    }

    /// Whose a client is.
    pub(super) fn user(&self, client: ClientId) -> Option<UserId> {
        self.clients.get(client.0 as usize).copied()
    }

    /// Where a user is.
    pub(super) fn provider(&self, user: UserId) -> Option<ProviderId> {
        self.users.get(user.0 as usize).copied()
    }

    /// Where a client is.
    pub(super) fn home(&self, client: ClientId) -> Option<ProviderId> {
        self.provider(self.user(client)?)
    }

    /// The hub of a room.
    pub(super) fn hub(&self, room: RoomId) -> Option<ProviderId> {
        self.hubs.get(room.0 as usize).copied()
    }
}
