//! Who exists at the start: users, their clients, and the rooms that will be.

mod draw;

pub(crate) use draw::{Deck, draw_connection};

use crate::intent::{ClientId, ProviderId, RoomId, UserId};
use crate::scenario::Start;
use std::sync::Arc;

/// Everybody and every room of a run, as drawn from the scenario before time zero. Clones share it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Population {
    /// Users by [`UserId`].
    pub users: Arc<Vec<User>>,
    /// Clients that exist at the start, by [`ClientId`]. New clients get the following numbers.
    pub clients: Arc<Vec<Client>>,
    /// Rooms by [`RoomId`].
    pub rooms: Arc<Vec<Room>>,
}

/// A person with an account at one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The provider that holds the account.
    pub provider: ProviderId,
    /// The first of the clients that the user has at the start, which have successive numbers.
    pub(crate) first: ClientId,
    /// How many these are.
    pub(crate) count: u16,
}

impl User {
    /// The clients that the user has at the start, at least one.
    pub fn clients(&self) -> impl ExactSizeIterator<Item = ClientId> + Clone + use<> {
        let first = self.first.0;
        // Not a range of 32-bit numbers, whose length may not fit the platform's.
        (0..self.count).map(move |number| ClientId(first + u32::from(number)))
    }
}

/// One device of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Whose it is.
    pub user: UserId,
    /// Index into [`crate::scenario::Users::connections`]: how it is connected and how fast it is.
    pub connection: u16,
    /// Whether it is online at time zero.
    pub online: bool,
}

/// A room and how it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// The provider that orders its events.
    pub hub: ProviderId,
    /// The user whose first client creates the group.
    pub creator: UserId,
    /// All participants that it starts with, the creator first. Where the group exists
    /// [before time zero](Start::is_before_zero) their clients are members then; otherwise the
    /// workload's first intents create the room and add them.
    pub initial: Vec<UserId>,
    /// How the group begins.
    pub start: Start,
}

impl Population {
    /// The user of a client that exists at the start.
    pub fn user_of(&self, client: ClientId) -> Option<UserId> {
        self.clients.get(client.0 as usize).map(|c| c.user)
    }

    /// The room's description.
    pub fn room(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(room.0 as usize)
    }
}
