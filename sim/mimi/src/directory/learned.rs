//! A directory that learns names as they come.

use super::Directory;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use throng_workloads::intent::{ProviderId, RoomId, UserId};

/// So many users, and so many rooms, are kept apart by a process. Whoever is named beyond that is nobody: names come from
/// outside, and memory ends.
const MOST_NAMES: usize = 1 << 20;

/// Who is where, as far as names say: a provider is known from the start, a user or room from its first mention. Which number a
/// process gives it depends on the order of these, and is nobody else's business.
///
/// ```
/// use throng_mimi::directory::{Directory, Learned};
///
/// let known = Learned::new(["a.example", "b.example"]);
/// let (room, hub) = known.room_named(b"mimi://b.example/r/r7").expect("of a provider that is known");
/// assert_eq!(known.domain(hub), Some("b.example"));
/// assert_eq!(known.room_uri(room).as_deref(), Some("mimi://b.example/r/r7"));
/// assert_ne!(known.room_named(b"mimi://a.example/r/r7"), Some((room, hub)));
/// assert_eq!(known.room_named(b"mimi://c.example/r/r7"), None);
/// ```
#[derive(Debug)]
pub struct Learned {
    domains: Vec<String>,
    users: RwLock<Names>,
    rooms: RwLock<Names>,
}

/// Names of one sort: a provider's, with the number that it gives.
#[derive(Debug, Default)]
struct Names {
    places: BTreeMap<(ProviderId, u32), u32>,
    named: Vec<(ProviderId, u32)>,
}

impl Names {
    fn place(&mut self, name: (ProviderId, u32)) -> Option<u32> {
        if let Some(place) = self.places.get(&name) {
            return Some(*place);
        }
        let place = u32::try_from(self.named.len()).ok()?;
        if self.named.len() >= MOST_NAMES {
            return None;
        }
        self.named.push(name);
        self.places.insert(name, place);
        Some(place)
    }
}

impl Learned {
    /// Knows providers of these domains, each at its place among them.
    pub fn new(domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            domains: domains.into_iter().map(Into::into).collect(),
            users: RwLock::default(),
            rooms: RwLock::default(),
        }
    }

    fn place(&self, names: &RwLock<Names>, provider: ProviderId, number: u32) -> Option<u32> {
        self.domain(provider)?;
        let name = (provider, number);
        // Nobody leaves names half written, so what a panic elsewhere leaves behind is whole.
        let known = names.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.places.get(&name) {
            return Some(*place);
        }
        drop(known);
        names
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .place(name)
    }

    fn name(names: &RwLock<Names>, place: u32) -> Option<(ProviderId, u32)> {
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        names.named.get(place as usize).copied()
    }
}

impl Directory for Learned {
    fn domain(&self, provider: ProviderId) -> Option<&str> {
        let domain = self.domains.get(usize::from(provider.0))?;
        Some(domain)
    }

    fn provider_at(&self, domain: &str) -> Option<ProviderId> {
        let mut domains = self.domains.iter();
        let index = domains.position(|known| known.eq_ignore_ascii_case(domain))?;
        Some(ProviderId(index.try_into().ok()?))
    }

    fn provider_of(&self, user: UserId) -> Option<ProviderId> {
        Some(Self::name(&self.users, user.0)?.0)
    }

    fn hub_of(&self, room: RoomId) -> Option<ProviderId> {
        Some(Self::name(&self.rooms, room.0)?.0)
    }

    /// Names do not say it, and no provider asks.
    fn creator_of(&self, _: RoomId) -> Option<UserId> {
        None
    }

    fn number_of_user(&self, user: UserId) -> Option<u32> {
        Some(Self::name(&self.users, user.0)?.1)
    }

    fn number_of_room(&self, room: RoomId) -> Option<u32> {
        Some(Self::name(&self.rooms, room.0)?.1)
    }

    fn user_numbered(&self, home: ProviderId, number: u32) -> Option<UserId> {
        self.place(&self.users, home, number).map(UserId)
    }

    fn room_numbered(&self, hub: ProviderId, number: u32) -> Option<RoomId> {
        self.place(&self.rooms, hub, number).map(RoomId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::intent::ClientId;

    #[test]
    fn the_same_number_at_two_providers_is_two_users() {
        let known = Learned::new(["a.example", "b.example"]);
        let one = known.client_named(b"mimi://a.example/d/u5.70");
        let other = known.client_named(b"mimi://b.example/d/u5.70");
        assert_eq!(one, Some((UserId(0), ClientId(70), ProviderId(0))));
        assert_eq!(other, Some((UserId(1), ClientId(70), ProviderId(1))));
        assert_eq!(
            known.user_named(b"mimi://a.example/u/u5"),
            Some((UserId(0), ProviderId(0)))
        );
        let uri = known.client_uri(UserId(1), ClientId(70));
        assert_eq!(uri.as_deref(), Some("mimi://b.example/d/u5.70"));
        assert_eq!(known.provider_of(UserId(1)), Some(ProviderId(1)));
    }

    #[test]
    fn what_was_never_named_is_nobody() {
        let known = Learned::new(["a.example"]);
        assert_eq!(known.provider_of(UserId(0)), None);
        assert_eq!(known.user_uri(UserId(0)), None);
        assert_eq!(known.hub_of(RoomId(0)), None);
        assert_eq!(known.group_uri(RoomId(0)), None);
        for uri in [
            "mimi://a.example/u/u00",
            "mimi://b.example/u/u0",
            "mimi://a.example/u/",
        ] {
            assert_eq!(known.user_named(uri.as_bytes()), None, "{uri}");
        }
    }

    #[test]
    fn no_peer_fills_the_memory_with_names() {
        let mut names = Names::default();
        let last = MOST_NAMES as u32 - 1;
        for number in 0..=last {
            assert_eq!(names.place((ProviderId(0), number)), Some(number));
        }
        assert_eq!(names.place((ProviderId(0), last + 1)), None);
        assert_eq!(names.place((ProviderId(0), last)), Some(last));
    }
}
