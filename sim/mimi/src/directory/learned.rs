//! A directory that learns names as they come.

use super::Directory;
use crate::bare::NOBODY;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

/// So many users, and so many rooms, are kept apart by a process. Whoever is named beyond that is nobody: names come from
/// outside, and memory ends.
const MOST_NAMES: usize = 1 << 20;

/// The same of names that are no numbers, which take more of it.
const MOST_TEXTS: usize = 1 << 16;

/// The longest of these, in bytes.
const LONGEST_TEXT: usize = 255;

/// Who is where, as far as names say: a provider is known from the start, a user or room from its first mention. Which number a
/// process gives it depends on the order of these, and is nobody else's business.
///
/// Names of ours have a number in them. Others are whatever their provider says.
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
/// let (club, _) = known.room_named(b"mimi://b.example/r/clubhouse").expect("a room of another name");
/// assert_eq!(known.room_uri(club).as_deref(), Some("mimi://b.example/r/clubhouse"));
/// ```
#[derive(Debug)]
pub struct Learned {
    domains: Vec<String>,
    users: RwLock<Names>,
    rooms: RwLock<Names>,
    /// Clients whose names are not ours.
    clients: RwLock<Names>,
}

/// What a provider calls somebody or something of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// As we do.
    Number(u32),
    /// Otherwise.
    Text(Arc<str>),
}

/// Names of one sort, each with the provider that gives it.
#[derive(Debug, Default)]
struct Names {
    places: BTreeMap<(ProviderId, Name), u32>,
    named: Vec<(ProviderId, Name)>,
    texts: usize,
}

impl Names {
    fn place(&mut self, name: (ProviderId, Name)) -> Option<u32> {
        if let Some(place) = self.places.get(&name) {
            return Some(*place);
        }
        let place = u32::try_from(self.named.len()).ok()?;
        let text = matches!(name.1, Name::Text(_));
        if self.named.len() >= MOST_NAMES || text && self.texts >= MOST_TEXTS {
            return None;
        }
        self.texts += usize::from(text);
        self.named.push(name.clone());
        self.places.insert(name, place);
        Some(place)
    }
}

/// The last part of a URI that is no name of ours, but might be somebody's: `letter` is what ours of this sort begin with. What looks like
/// one of ours and is none, such as `u007`, is nobody's: one party would have many names.
fn text(last: &str, letter: char) -> Option<Name> {
    let sound = !last.is_empty()
        && last.len() <= LONGEST_TEXT
        && last
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'/');
    let digits = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let ours = last.strip_prefix(letter).is_some_and(digits);
    (sound && !ours).then(|| Name::Text(last.into()))
}

impl Learned {
    /// Knows providers of these domains, each at its place among them.
    pub fn new(domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            domains: domains.into_iter().map(Into::into).collect(),
            users: RwLock::default(),
            rooms: RwLock::default(),
            clients: RwLock::default(),
        }
    }

    fn place(&self, names: &RwLock<Names>, provider: ProviderId, name: Name) -> Option<u32> {
        self.domain(provider)?;
        let name = (provider, name);
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

    fn name(names: &RwLock<Names>, place: u32) -> Option<(ProviderId, Name)> {
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        names.named.get(place as usize).cloned()
    }

    /// Of a name that is a number, that.
    fn number(names: &RwLock<Names>, place: u32) -> Option<u32> {
        match Self::name(names, place)? {
            (_, Name::Number(number)) => Some(number),
            (_, Name::Text(_)) => None,
        }
    }

    /// `mimi://DOMAIN/SORT/NAME`, where names of ours begin with this letter.
    fn uri(&self, names: &RwLock<Names>, place: u32, sort: char, letter: char) -> Option<String> {
        let (provider, name) = Self::name(names, place)?;
        let domain = self.domain(provider)?;
        Some(match name {
            Name::Number(number) => format!("mimi://{domain}/{sort}/{letter}{number}"),
            Name::Text(text) => format!("mimi://{domain}/{sort}/{text}"),
        })
    }

    /// The provider and the last part of a URI of this sort.
    fn split<'a>(&self, uri: &'a [u8], sort: &str) -> Option<(ProviderId, &'a str)> {
        let (domain, last) = super::split(uri, sort)?;
        Some((self.provider_at(domain)?, last))
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
        Self::number(&self.users, user.0)
    }

    fn number_of_room(&self, room: RoomId) -> Option<u32> {
        Self::number(&self.rooms, room.0)
    }

    fn user_numbered(&self, home: ProviderId, number: u32) -> Option<UserId> {
        let place = self.place(&self.users, home, Name::Number(number));
        place.map(UserId)
    }

    fn room_numbered(&self, hub: ProviderId, number: u32) -> Option<RoomId> {
        let place = self.place(&self.rooms, hub, Name::Number(number));
        place.map(RoomId)
    }

    fn user_uri(&self, user: UserId) -> Option<String> {
        self.uri(&self.users, user.0, 'u', 'u')
    }

    fn client_uri(&self, user: UserId, client: ClientId) -> Option<String> {
        match client.0.checked_sub(NOBODY) {
            Some(place) => self.uri(&self.clients, place, 'd', 'u'),
            None => Some(format!("{}{}", self.client_prefix(user)?, client.0)),
        }
    }

    fn room_uri(&self, room: RoomId) -> Option<String> {
        self.uri(&self.rooms, room.0, 'r', 'r')
    }

    fn group_uri(&self, room: RoomId) -> Option<String> {
        self.uri(&self.rooms, room.0, 'g', 'r')
    }

    fn user_named(&self, uri: &[u8]) -> Option<(UserId, ProviderId)> {
        let (home, last) = self.split(uri, "/u/")?;
        let user = match last.strip_prefix('u').and_then(super::number) {
            Some(number) => self.user_numbered(home, number)?,
            None => UserId(self.place(&self.users, home, text(last, 'u')?)?),
        };
        Some((user, home))
    }

    fn user_known(&self, uri: &[u8]) -> Option<(UserId, ProviderId)> {
        let (home, last) = self.split(uri, "/u/")?;
        let name = match last.strip_prefix('u').and_then(super::number) {
            Some(number) => Name::Number(number),
            None => text(last, 'u')?,
        };
        let known = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let place = known.places.get(&(home, name))?;
        Some((UserId(*place), home))
    }

    /// A client whose name is not ours is one of a user whom nobody else knows: no name says whose it is.
    fn client_named(&self, uri: &[u8]) -> Option<(UserId, ClientId, ProviderId)> {
        let (home, last) = self.split(uri, "/d/")?;
        let ours = last.strip_prefix('u').and_then(|ours| {
            let (user, client) = ours.split_once('.')?;
            Some((super::number(user)?, ClientId(super::number(client)?)))
        });
        if let Some((user, client)) = ours {
            return Some((self.user_numbered(home, user)?, client, home));
        }
        let name = text(last, 'u')?;
        let place = self.place(&self.clients, home, name.clone())?;
        let user = self.place(&self.users, home, name)?;
        Some((UserId(user), ClientId(NOBODY | place), home))
    }

    fn room_named(&self, uri: &[u8]) -> Option<(RoomId, ProviderId)> {
        let (hub, last) = self.split(uri, "/r/")?;
        let room = match last.strip_prefix('r').and_then(super::number) {
            Some(number) => self.room_numbered(hub, number)?,
            None => RoomId(self.place(&self.rooms, hub, text(last, 'r')?)?),
        };
        Some((room, hub))
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
    fn nobody_is_learned_of_by_being_looked_for() {
        let known = Learned::new(["a.example"]);
        for uri in [
            b"mimi://a.example/u/u5".as_slice(),
            b"mimi://a.example/u/alice",
        ] {
            assert_eq!(known.user_known(uri), None);
            let named = known.user_named(uri);
            assert!(named.is_some());
            assert_eq!(known.user_known(uri), named);
        }
        assert_eq!(known.provider_of(UserId(2)), None);
    }

    #[test]
    fn no_peer_fills_the_memory_with_names() {
        let mut names = Names::default();
        let last = MOST_NAMES as u32 - 1;
        let name = |number| (ProviderId(0), Name::Number(number));
        for number in 0..=last {
            assert_eq!(names.place(name(number)), Some(number));
        }
        assert_eq!(names.place(name(last + 1)), None);
        assert_eq!(names.place(name(last)), Some(last));
        let mut names = Names::default();
        let name = |number| (ProviderId(0), Name::Text(format!("n{number}").into()));
        for number in 0..MOST_TEXTS as u32 {
            assert_eq!(names.place(name(number)), Some(number));
        }
        assert_eq!(names.place(name(MOST_TEXTS as u32)), None);
        assert_eq!(names.place(name(7)), Some(7));
    }

    #[test]
    fn names_that_are_not_ours_are_learned_as_they_are() {
        let known = Learned::new(["a.example", "b.example"]);
        let (alice, home) = known.user_named(b"mimi://b.example/u/alice").unwrap();
        assert_eq!(home, ProviderId(1));
        let uri = known.user_uri(alice);
        assert_eq!(uri.as_deref(), Some("mimi://b.example/u/alice"));
        assert_ne!(
            known.user_named(b"mimi://a.example/u/alice").unwrap().0,
            alice
        );
        let phone = b"mimi://b.example/d/alice-phone";
        let (user, client, home) = known.client_named(phone).unwrap();
        assert_eq!(home, ProviderId(1));
        assert_eq!(known.client_named(phone), Some((user, client, home)));
        let uri = known.client_uri(user, client);
        assert_eq!(uri.as_deref(), Some("mimi://b.example/d/alice-phone"));
        let (room, _) = known.room_named(b"mimi://b.example/r/clubhouse").unwrap();
        let uri = known.group_uri(room);
        assert_eq!(uri.as_deref(), Some("mimi://b.example/g/clubhouse"));
        assert_eq!(known.number_of_room(room), None);
        let long = format!("mimi://b.example/r/{}", "x".repeat(LONGEST_TEXT + 1));
        for uri in [
            "mimi://b.example/r/",
            "mimi://b.example/r/r007",
            "mimi://b.example/r/r4294967296",
            "mimi://b.example/r/two/parts",
            "mimi://b.example/r/a space",
            "mimi://c.example/r/clubhouse",
            &long,
        ] {
            assert_eq!(known.room_named(uri.as_bytes()), None, "{uri}");
        }
        assert_eq!(known.client_named(b"mimi://b.example/d/u07.1"), None);
    }
}
