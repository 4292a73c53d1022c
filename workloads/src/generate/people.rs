//! Who is where, as far as wishes go: the generators' own books.
//!
//! Arrivals are open-loop. A joiner is in the room from the wish on and a leaver out of it, whatever the
//! simulation makes of that later.

use super::roster::Roster;
use crate::dist::below;
use crate::intent::{ClientId, RoomId, UserId};
use crate::population::{Client, Population, User};
use crate::stream::Stream;
use crate::time::SimTime;
use std::sync::Arc;

/// How often somebody who is online is looked for, before somebody who is not is taken.
const TRIES: u32 = 8;

#[derive(Debug)]
pub(super) struct People {
    users: Vec<Person>,
    /// Lists of clients, one after another, that users point into. A list that grows moves to the end.
    lists: Vec<ClientId>,
    /// All clients ever, by number: those of the population, and those that came later.
    first: Arc<Vec<Client>>,
    new: Vec<Client>,
    devices: Vec<Device>,
    rooms: Vec<Place>,
}

#[derive(Debug)]
struct Person {
    /// Clients that are not lost: so many, from here in the lists.
    start: u32,
    count: u32,
    rooms: Rooms,
}

/// Room numbers in their order. Most users are in one room, or in none.
#[derive(Debug, Default)]
#[expect(clippy::box_collection, reason = "half the size for all the others")]
enum Rooms {
    #[default]
    None,
    One(RoomId),
    Many(Box<Vec<RoomId>>),
}

impl Rooms {
    fn as_slice(&self) -> &[RoomId] {
        match self {
            Self::None => &[],
            Self::One(room) => std::slice::from_ref(room),
            Self::Many(rooms) => rooms,
        }
    }

    fn insert(&mut self, room: RoomId) {
        match self {
            Self::None => *self = Self::One(room),
            Self::One(other) if *other == room => {}
            Self::One(other) => {
                let both = vec![room.min(*other), room.max(*other)];
                *self = Self::Many(Box::new(both));
            }
            Self::Many(rooms) => {
                if let Err(at) = rooms.binary_search(&room) {
                    rooms.insert(at, room);
                }
            }
        }
    }

    fn remove(&mut self, room: RoomId) {
        match self {
            Self::One(other) if *other == room => *self = Self::None,
            Self::None | Self::One(_) => {}
            Self::Many(rooms) => {
                if let Ok(at) = rooms.binary_search(&room) {
                    rooms.remove(at);
                }
            }
        }
    }
}

/// Whether a client is lost (the first bit), and since when it is offline (the others, in nanoseconds;
/// all of them set: it is online).
#[derive(Debug, Clone, Copy)]
struct Device(u64);

impl Device {
    const LOST: u64 = 1 << 63;
    const ONLINE: u64 = Self::LOST - 1;

    const fn new(online: bool) -> Self {
        // Offline since the start.
        Self(if online { Self::ONLINE } else { 0 })
    }

    fn offline_since(self) -> Option<SimTime> {
        let since = self.0 & !Self::LOST;
        (since != Self::ONLINE).then_some(SimTime::from_nanos(since))
    }

    fn set_offline_since(&mut self, since: Option<SimTime>) {
        // Beyond 292 years it counts from there.
        let since = since.map_or(Self::ONLINE, |at| at.as_nanos().min(Self::ONLINE - 1));
        self.0 = self.0 & Self::LOST | since;
    }
}

#[derive(Debug, Default)]
struct Place {
    inside: Roster,
    /// Everybody else; kept only while most users are inside, when looking for an outsider by trial would
    /// take too long.
    outside: Option<Roster>,
}

impl People {
    pub(super) fn new(population: &Population) -> Self {
        let person = |user: &User| Person {
            start: user.first.0,
            count: user.count.into(),
            rooms: Rooms::None,
        };
        let clients = population.clients.len() as u32;
        let device = |client: &Client| Device::new(client.online);
        Self {
            users: population.users.iter().map(person).collect(),
            lists: (0..clients).map(ClientId).collect(),
            first: Arc::clone(&population.clients),
            new: Vec::new(),
            devices: population.clients.iter().map(device).collect(),
            rooms: population.rooms.iter().map(|_| Place::default()).collect(),
        }
    }

    /// All clients so far, lost ones included: those of the population, and those that came later.
    pub(super) fn clients(&self) -> (&[Client], &[Client]) {
        (&self.first, &self.new)
    }

    /// How many clients came later than the population.
    pub(super) fn new_clients(&self) -> usize {
        self.new.len()
    }

    /// The clients of the population, and those that came later.
    pub(super) fn into_clients(self) -> (Arc<Vec<Client>>, Vec<Client>) {
        (self.first, self.new)
    }

    /// How many these are.
    pub(super) fn client_count(&self) -> u32 {
        self.devices.len() as u32
    }

    pub(super) fn user_of(&self, client: ClientId) -> UserId {
        let index = client.0 as usize;
        match index.checked_sub(self.first.len()) {
            None => self.first[index].user,
            Some(index) => self.new[index].user,
        }
    }

    /// A user's clients that are not lost.
    pub(super) fn clients_of(&self, user: UserId) -> &[ClientId] {
        let person = &self.users[user.0 as usize];
        &self.lists[person.start as usize..][..person.count as usize]
    }

    /// A user's rooms, in the order of their numbers.
    pub(super) fn rooms_of(&self, user: UserId) -> &[RoomId] {
        self.users[user.0 as usize].rooms.as_slice()
    }

    /// Makes room for so many more users in a room.
    pub(super) fn reserve(&mut self, room: RoomId, users: usize) {
        self.rooms[room.0 as usize].inside.reserve(users);
    }

    pub(super) fn inside(&self, room: RoomId) -> &Roster {
        &self.rooms[room.0 as usize].inside
    }

    pub(super) fn is_lost(&self, client: ClientId) -> bool {
        self.devices[client.0 as usize].0 & Device::LOST != 0
    }

    pub(super) fn offline_since(&self, client: ClientId) -> Option<SimTime> {
        self.devices[client.0 as usize].offline_since()
    }

    pub(super) fn set_offline_since(&mut self, client: ClientId, since: Option<SimTime>) {
        self.devices[client.0 as usize].set_offline_since(since);
    }

    fn is_online(&self, client: ClientId) -> bool {
        self.offline_since(client).is_none()
    }

    /// Lets a user into a room; false where they are in.
    pub(super) fn enter(&mut self, room: RoomId, user: UserId) -> bool {
        let place = &mut self.rooms[room.0 as usize];
        if !place.inside.add(user) {
            return false;
        }
        if let Some(outside) = &mut place.outside {
            outside.remove(user);
        }
        self.users[user.0 as usize].rooms.insert(room);
        true
    }

    /// Lets a user out of a room.
    pub(super) fn exit(&mut self, room: RoomId, user: UserId) {
        let users = self.users.len();
        let place = &mut self.rooms[room.0 as usize];
        place.inside.remove(user);
        if (place.inside.len() as usize) < users / 4 {
            place.outside = None;
        } else if let Some(outside) = &mut place.outside {
            outside.add(user);
        }
        self.users[user.0 as usize].rooms.remove(room);
    }

    /// A new client of a user.
    pub(super) fn new_client(&mut self, user: UserId, connection: u16) -> ClientId {
        let client = ClientId(self.client_count());
        self.new.push(Client {
            user,
            connection,
            online: true,
        });
        self.devices.push(Device::new(true));
        let person = &mut self.users[user.0 as usize];
        let list = person.start as usize..(person.start + person.count) as usize;
        if list.end < self.lists.len() {
            person.start = self.lists.len() as u32;
            self.lists.extend_from_within(list);
        }
        self.lists.push(client);
        person.count += 1;
        client
    }

    /// A client is lost for good.
    pub(super) fn lose(&mut self, client: ClientId) {
        self.devices[client.0 as usize].0 |= Device::LOST;
        let user = self.user_of(client);
        let person = &mut self.users[user.0 as usize];
        let list = &mut self.lists[person.start as usize..][..person.count as usize];
        if let Some(at) = list.iter().position(|other| *other == client) {
            list[at..].rotate_left(1);
            person.count -= 1;
        }
    }

    /// One of a user's clients, an online one where there is one. Always one word of the stream.
    pub(super) fn client_of(&self, user: UserId, who: &mut Stream) -> Option<ClientId> {
        let clients = self.clients_of(user);
        let start = below(who, clients.len() as u64) as usize;
        let (before, after) = clients.split_at(start);
        let mut turned = after.iter().chain(before);
        turned
            .clone()
            .find(|client| self.is_online(**client))
            .or_else(|| turned.next())
            .copied()
    }

    /// A user inside a room other than `except`, one who is online where that is soon found.
    pub(super) fn somebody(
        &self,
        room: RoomId,
        except: Option<UserId>,
        who: &mut Stream,
    ) -> Option<UserId> {
        let inside = self.inside(room);
        let barred = except.filter(|user| inside.contains(*user));
        let choices = inside.len() - u32::from(barred.is_some());
        if choices == 0 {
            return None;
        }
        let mut found = None;
        for _ in 0..TRIES {
            let drawn = inside.at(below(who, choices.into()) as u32);
            // The last one stands in for the barred one, who cannot be drawn otherwise.
            let drawn = if drawn == barred && barred.is_some() {
                inside.at(choices)
            } else {
                drawn
            };
            found = drawn;
            let online = |user: UserId| self.clients_of(user).iter().any(|c| self.is_online(*c));
            if drawn.is_some_and(online) {
                break;
            }
        }
        found
    }

    /// A user outside a room who has a client; each as likely as the others.
    pub(super) fn outsider(&mut self, room: RoomId, who: &mut Stream) -> Option<UserId> {
        let users = self.users.len() as u32;
        let place = &mut self.rooms[room.0 as usize];
        if place.outside.is_none() && place.inside.len() > users / 2 {
            let mut outside = Roster::default();
            for user in (0..users).map(UserId) {
                if !place.inside.contains(user) {
                    outside.add(user);
                }
            }
            place.outside = Some(outside);
        }
        let place = &self.rooms[room.0 as usize];
        // At least half of all are outside where they are not listed, so few tries are enough.
        (0..64).find_map(|_| {
            let drawn = match &place.outside {
                Some(outside) => outside.at(below(who, outside.len().into()) as u32),
                None => Some(UserId(below(who, users.into()) as u32)),
            };
            drawn.filter(|user| self.can_join(room, *user))
        })
    }

    /// Whether a user is outside a room and has a client to join with.
    pub(super) fn can_join(&self, room: RoomId, user: UserId) -> bool {
        !self.inside(room).contains(user) && !self.clients_of(user).is_empty()
    }

    /// How many users there are.
    pub(super) fn count(&self) -> u32 {
        self.users.len() as u32
    }
}
