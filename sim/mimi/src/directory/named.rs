//! A federation some of whose rooms have names that somebody else gave them.

use super::{Directory, Federation};
use std::collections::BTreeMap;
use throng_workloads::intent::{ProviderId, RoomId, UserId};

/// A federation with rooms that are there already, as their hubs call them.
///
/// ```
/// use std::collections::BTreeMap;
/// use throng_mimi::directory::{Directory, Federation, Named, RoomPlace};
/// use throng_workloads::intent::{ProviderId, RoomId, UserId};
///
/// let federation = Federation {
///     domains: vec!["a.example".into()],
///     users: vec![ProviderId(0)],
///     rooms: vec![RoomPlace { hub: ProviderId(0), creator: UserId(0) }],
/// };
/// let names = BTreeMap::from([(RoomId(0), "mimi://a.example/r/clubhouse".to_owned())]);
/// let known = Named::new(federation, names);
/// assert_eq!(known.room_uri(RoomId(0)).as_deref(), Some("mimi://a.example/r/clubhouse"));
/// let found = known.room_named(b"mimi://a.example/r/clubhouse");
/// assert_eq!(found, Some((RoomId(0), ProviderId(0))));
/// assert_eq!(known.room_named(b"mimi://a.example/r/r0"), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Named {
    federation: Federation,
    rooms: BTreeMap<RoomId, String>,
}

impl Named {
    /// The same federation, in which these rooms are called so.
    pub fn new(federation: Federation, rooms: BTreeMap<RoomId, String>) -> Self {
        Self { federation, rooms }
    }
}

impl Directory for Named {
    fn domain(&self, provider: ProviderId) -> Option<&str> {
        self.federation.domain(provider)
    }

    fn provider_at(&self, domain: &str) -> Option<ProviderId> {
        self.federation.provider_at(domain)
    }

    fn provider_of(&self, user: UserId) -> Option<ProviderId> {
        self.federation.provider_of(user)
    }

    fn hub_of(&self, room: RoomId) -> Option<ProviderId> {
        self.federation.hub_of(room)
    }

    fn creator_of(&self, room: RoomId) -> Option<UserId> {
        self.federation.creator_of(room)
    }

    fn room_uri(&self, room: RoomId) -> Option<String> {
        match self.rooms.get(&room) {
            Some(name) => Some(name.clone()),
            None => self.federation.room_uri(room),
        }
    }

    fn room_named(&self, uri: &[u8]) -> Option<(RoomId, ProviderId)> {
        let mut named = self.rooms.iter();
        if let Some((room, _)) = named.find(|(_, name)| name.as_bytes() == uri) {
            return Some((*room, self.hub_of(*room)?));
        }
        let found = self.federation.room_named(uri)?;
        (!self.rooms.contains_key(&found.0)).then_some(found)
    }
}
