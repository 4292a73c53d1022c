//! Who is where: the part of a federation that everybody knows, and the names of its parties.
//!
//! URIs are those of draft-ietf-mimi-protocol-06: `mimi://domain/u/user`, `/d/client`, `/r/room`.

use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

/// What everybody knows of the federation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Domains by [`ProviderId`].
    pub domains: Vec<String>,
    /// The provider of each user, by [`UserId`].
    pub users: Vec<ProviderId>,
    /// Hub and creator of each room, by [`RoomId`].
    pub rooms: Vec<RoomPlace>,
}

/// Where a room is ordered, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPlace {
    /// The provider that orders it.
    pub hub: ProviderId,
    /// The user who creates it, and its administrator.
    pub creator: UserId,
}

impl Directory {
    /// The domain of a provider.
    pub fn domain(&self, provider: ProviderId) -> &str {
        &self.domains[usize::from(provider.0)]
    }

    /// The provider that holds the user's account.
    pub fn provider_of(&self, user: UserId) -> ProviderId {
        self.users[user.0 as usize]
    }

    /// The provider that orders the room.
    pub fn hub_of(&self, room: RoomId) -> ProviderId {
        self.rooms[room.0 as usize].hub
    }

    /// The room's administrator.
    pub fn creator_of(&self, room: RoomId) -> UserId {
        self.rooms[room.0 as usize].creator
    }

    /// `mimi://a.example`: a provider's MLS identity.
    pub fn provider_uri(&self, provider: ProviderId) -> String {
        format!("mimi://{}", self.domain(provider))
    }

    /// `mimi://a.example/u/u17`
    pub fn user_uri(&self, user: UserId) -> String {
        format!(
            "mimi://{}/u/u{}",
            self.domain(self.provider_of(user)),
            user.0
        )
    }

    /// `mimi://a.example/d/u17.2051`: client 2051, of user 17. It is the client's MLS identity.
    pub fn client_uri(&self, user: UserId, client: ClientId) -> String {
        format!("{}{}", self.client_prefix(user), client.0)
    }

    /// What the URIs of all clients of a user begin with.
    pub fn client_prefix(&self, user: UserId) -> String {
        format!(
            "mimi://{}/d/u{}.",
            self.domain(self.provider_of(user)),
            user.0
        )
    }

    /// `mimi://a.example/r/r3`
    pub fn room_uri(&self, room: RoomId) -> String {
        format!("mimi://{}/r/r{}", self.domain(self.hub_of(room)), room.0)
    }

    /// `mimi://a.example/g/r3`: the MLS group id of the room's group.
    pub fn group_uri(&self, room: RoomId) -> String {
        format!("mimi://{}/g/r{}", self.domain(self.hub_of(room)), room.0)
    }
}

/// User and client of a client URI, or `None` where it is no such URI.
///
/// ```
/// use throng_sim::mimi::directory::parse_client_uri;
/// use throng_workloads::intent::{ClientId, UserId};
/// assert_eq!(parse_client_uri(b"mimi://a.example/d/u17.2051"), Some((UserId(17), ClientId(2051))));
/// assert_eq!(parse_client_uri(b"mimi://a.example/u/u17"), None);
/// ```
pub fn parse_client_uri(uri: &[u8]) -> Option<(UserId, ClientId)> {
    let text = std::str::from_utf8(uri).ok()?;
    let (_, device) = text.strip_prefix("mimi://")?.split_once("/d/u")?;
    let (user, client) = device.split_once('.')?;
    Some((UserId(user.parse().ok()?), ClientId(client.parse().ok()?)))
}

/// The user of a user URI, or `None` where it is no such URI.
pub fn parse_user_uri(uri: &[u8]) -> Option<UserId> {
    let text = std::str::from_utf8(uri).ok()?;
    let (_, user) = text.strip_prefix("mimi://")?.split_once("/u/u")?;
    Some(UserId(user.parse().ok()?))
}
