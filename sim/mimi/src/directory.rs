//! Who is where, and the names of a federation's parties.
//!
//! URIs are those of draft-ietf-mimi-protocol-06: `mimi://domain/u/user`, `/d/client`, `/r/room`. They are what
//! travels; numbers are how a process keeps them. A name is resolved where it comes in, and nowhere is a number from
//! outside an index: every look-up can fail.
//!
//! [`Federation`] knows everybody from its start, as a run does; [`Learned`] learns names as they come, as a server does. In one that is
//! [`Named`] some rooms are called otherwise.

mod learned;
mod named;

pub use learned::Learned;
pub use named::Named;

use std::fmt::Debug;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

/// What a party can look up.
pub trait Directory: Debug + Send + Sync {
    /// The domain of a provider.
    fn domain(&self, provider: ProviderId) -> Option<&str>;
    /// The provider of a domain.
    fn provider_at(&self, domain: &str) -> Option<ProviderId>;
    /// The provider that holds the user's account.
    fn provider_of(&self, user: UserId) -> Option<ProviderId>;
    /// The provider that orders the room.
    fn hub_of(&self, room: RoomId) -> Option<ProviderId>;
    /// The user who creates the room, and is its administrator.
    fn creator_of(&self, room: RoomId) -> Option<UserId>;

    /// The number by which the user's own provider, and so everybody's URIs, call the user.
    fn number_of_user(&self, user: UserId) -> Option<u32> {
        Some(user.0)
    }

    /// The number by which the room's hub, and so everybody's URIs, call the room.
    fn number_of_room(&self, room: RoomId) -> Option<u32> {
        Some(room.0)
    }

    /// The user whom this provider calls by this number.
    fn user_numbered(&self, home: ProviderId, number: u32) -> Option<UserId> {
        let user = UserId(number);
        (self.provider_of(user)? == home).then_some(user)
    }

    /// The room that this hub calls by this number.
    fn room_numbered(&self, hub: ProviderId, number: u32) -> Option<RoomId> {
        let room = RoomId(number);
        (self.hub_of(room)? == hub).then_some(room)
    }

    /// `mimi://a.example`: a provider's MLS identity.
    fn provider_uri(&self, provider: ProviderId) -> Option<String> {
        Some(format!("mimi://{}", self.domain(provider)?))
    }

    /// `mimi://a.example/u/u17`
    fn user_uri(&self, user: UserId) -> Option<String> {
        let domain = self.domain(self.provider_of(user)?)?;
        Some(format!("mimi://{domain}/u/u{}", self.number_of_user(user)?))
    }

    /// `mimi://a.example/d/u17.2051`: client 2051, of user 17. It is the client's MLS identity.
    fn client_uri(&self, user: UserId, client: ClientId) -> Option<String> {
        Some(format!("{}{}", self.client_prefix(user)?, client.0))
    }

    /// What the URIs of all clients of a user begin with.
    fn client_prefix(&self, user: UserId) -> Option<String> {
        let domain = self.domain(self.provider_of(user)?)?;
        Some(format!(
            "mimi://{domain}/d/u{}.",
            self.number_of_user(user)?
        ))
    }

    /// `mimi://a.example/r/r3`
    fn room_uri(&self, room: RoomId) -> Option<String> {
        let domain = self.domain(self.hub_of(room)?)?;
        Some(format!("mimi://{domain}/r/r{}", self.number_of_room(room)?))
    }

    /// `mimi://a.example/g/r3`: the MLS group id of the room's group.
    fn group_uri(&self, room: RoomId) -> Option<String> {
        let domain = self.domain(self.hub_of(room)?)?;
        Some(format!("mimi://{domain}/g/r{}", self.number_of_room(room)?))
    }

    /// The user of this name, with its provider.
    fn user_named(&self, uri: &[u8]) -> Option<(UserId, ProviderId)> {
        let (domain, user) = split(uri, "/u/u")?;
        let home = self.provider_at(domain)?;
        Some((self.user_numbered(home, number(user)?)?, home))
    }

    /// The same, where nobody is learned of by being asked for.
    fn user_known(&self, uri: &[u8]) -> Option<(UserId, ProviderId)> {
        self.user_named(uri)
    }

    /// `im:u17@a.example`: how people call a user (RFC 3860), and its provider finds it by.
    fn handle(&self, user: UserId) -> Option<String> {
        let uri = self.user_uri(user)?;
        let (domain, name) = split(uri.as_bytes(), "/u/")?;
        Some(format!("im:{name}@{domain}"))
    }

    /// The client of this name, with its user's provider. Whether the user has such a client only that provider knows.
    fn client_named(&self, uri: &[u8]) -> Option<(UserId, ClientId, ProviderId)> {
        let (domain, device) = split(uri, "/d/u")?;
        let (user, client) = device.split_once('.')?;
        let (user, client) = (number(user)?, ClientId(number(client)?));
        let home = self.provider_at(domain)?;
        Some((self.user_numbered(home, user)?, client, home))
    }

    /// The provider that the client of this name would be at. Nobody is looked up, and nothing is learned.
    fn home_named(&self, uri: &[u8]) -> Option<ProviderId> {
        self.provider_at(split(uri, "/d/u")?.0)
    }

    /// The room of this name, with its hub.
    fn room_named(&self, uri: &[u8]) -> Option<(RoomId, ProviderId)> {
        let (domain, room) = split(uri, "/r/r")?;
        let hub = self.provider_at(domain)?;
        Some((self.room_numbered(hub, number(room)?)?, hub))
    }
}

/// A federation that is known from its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Federation {
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

impl Directory for Federation {
    fn domain(&self, provider: ProviderId) -> Option<&str> {
        self.domains
            .get(usize::from(provider.0))
            .map(String::as_str)
    }

    fn provider_at(&self, domain: &str) -> Option<ProviderId> {
        let index = self.domains.iter().position(|known| known == domain)?;
        Some(ProviderId(index.try_into().ok()?))
    }

    fn provider_of(&self, user: UserId) -> Option<ProviderId> {
        self.users.get(user.0 as usize).copied()
    }

    fn hub_of(&self, room: RoomId) -> Option<ProviderId> {
        self.rooms.get(room.0 as usize).map(|place| place.hub)
    }

    fn creator_of(&self, room: RoomId) -> Option<UserId> {
        self.rooms.get(room.0 as usize).map(|place| place.creator)
    }
}

/// User and client of a client URI, or `None` where it is no such URI. Whether they exist it does not say.
///
/// ```
/// use throng_mimi::directory::parse_client_uri;
/// use throng_workloads::intent::{ClientId, UserId};
/// assert_eq!(parse_client_uri(b"mimi://a.example/d/u17.2051"), Some((UserId(17), ClientId(2051))));
/// assert_eq!(parse_client_uri(b"mimi://a.example/d/u17.+2051"), None);
/// assert_eq!(parse_client_uri(b"mimi://a.example/u/u17"), None);
/// ```
pub fn parse_client_uri(uri: &[u8]) -> Option<(UserId, ClientId)> {
    let (user, client) = split(uri, "/d/u")?.1.split_once('.')?;
    Some((UserId(number(user)?), ClientId(number(client)?)))
}

/// The domain of a URI.
pub(crate) fn domain_of(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("mimi://")?;
    rest.split('/').next().filter(|domain| !domain.is_empty())
}

/// Name and domain of a handle.
pub(crate) fn parse_handle(handle: &[u8]) -> Option<(&str, &str)> {
    let handle = std::str::from_utf8(handle).ok()?;
    handle.strip_prefix("im:")?.rsplit_once('@')
}

/// Domain and last part of a URI.
fn split<'a>(uri: &'a [u8], between: &str) -> Option<(&'a str, &'a str)> {
    let text = std::str::from_utf8(uri).ok()?;
    text.strip_prefix("mimi://")?.split_once(between)
}

/// A number as URIs have it: digits alone, and none that could be left out, or one party had many names.
pub(super) fn number<N: std::str::FromStr>(digits: &str) -> Option<N> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = digits == "0" || !digits.starts_with('0');
    match plain && shortest {
        true => digits.parse().ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn federation() -> Federation {
        Federation {
            domains: vec!["a.example".into(), "b.example".into()],
            users: vec![ProviderId(0), ProviderId(1)],
            rooms: vec![RoomPlace {
                hub: ProviderId(1),
                creator: UserId(0),
            }],
        }
    }

    #[test]
    fn names_come_back_as_what_they_name() {
        let known = federation();
        let user = known.user_uri(UserId(1)).unwrap();
        assert_eq!(user, "mimi://b.example/u/u1");
        let found = known.user_named(user.as_bytes());
        assert_eq!(found, Some((UserId(1), ProviderId(1))));
        let handle = known.handle(UserId(1)).unwrap();
        assert_eq!(handle, "im:u1@b.example");
        assert_eq!(parse_handle(handle.as_bytes()), Some(("u1", "b.example")));
        for none in ["im:u1", "mimi://b.example/u/u1", "u1@b.example", ""] {
            assert_eq!(parse_handle(none.as_bytes()), None);
        }
        let client = known.client_uri(UserId(0), ClientId(70)).unwrap();
        assert_eq!(client, "mimi://a.example/d/u0.70");
        let found = known.client_named(client.as_bytes());
        assert_eq!(found, Some((UserId(0), ClientId(70), ProviderId(0))));
        let room = known.room_uri(RoomId(0)).unwrap();
        let found = known.room_named(room.as_bytes());
        assert_eq!(found, Some((RoomId(0), ProviderId(1))));
        assert_eq!(known.provider_at("b.example"), Some(ProviderId(1)));
    }

    #[test]
    fn foreign_names_and_numbers_name_nothing() {
        let known = federation();
        for uri in [
            "mimi://b.example/u/u0",
            "mimi://a.example/u/u2",
            "mimi://a.example/u/u00",
            "mimi://a.example/u/u+0",
            "mimi://a.example/u/u",
            "mimi://a.example/u/u4294967296",
            "mimi://c.example/u/u0",
            "https://a.example/u/u0",
        ] {
            assert_eq!(known.user_named(uri.as_bytes()), None, "{uri}");
        }
        assert_eq!(known.client_named(b"mimi://b.example/d/u0.70"), None);
        assert_eq!(known.client_named(b"mimi://a.example/d/u0"), None);
        assert_eq!(known.room_named(b"mimi://a.example/r/r0"), None);
        assert_eq!(known.room_named(b"mimi://b.example/r/r1"), None);
        assert_eq!(known.user_named(&[0xff]), None);
        assert_eq!(known.user_uri(UserId(9)), None);
        assert_eq!(known.room_uri(RoomId(9)), None);
        assert_eq!(known.domain(ProviderId(9)), None);
        assert_eq!(known.creator_of(RoomId(9)), None);
    }
}
