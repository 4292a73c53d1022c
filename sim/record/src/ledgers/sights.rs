//! Which users, rooms and messages each party saw pass.
//!
//! A hub follows its rooms' handshakes, so it knows all who were ever in them. A follower knows those in a ratchet tree or a state that
//! passed it, those who were let in by handshakes that it passed on since, and who made those, where it could read them. Rooms that are there at time zero began
//! before the run by the same rules: where Welcomes bring trees to followers, each has seen those who are in them then. Members know all
//! who are in a room with them. Packets are counted as often as they come.

use super::data::{ExposureRow, Role};
use super::homes::Homes;
use super::inside::Inside;
use crate::handled::Received;
use std::collections::{BTreeMap, BTreeSet};
use throng_net::Counters;
use throng_stack::vocabulary::Shown;
use throng_stack::{Accepted, OpenRoom, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};

/// What the members of a party are called that all clients of a provider's users are together.
const MEMBERS: &str = "members";
/// What whoever sees links is called.
const NETWORK: &str = "network";

/// What a follower saw of a room.
#[derive(Debug, Clone, Default)]
struct Sight {
    /// Whether a ratchet tree or a state passed it, with all who were members then.
    whole: bool,
    /// Whether a state did, with the room's name.
    name: bool,
    /// Of all who were ever in the room it has seen so many, but for those who had gone before.
    upto: usize,
    unseen: BTreeSet<UserId>,
    /// And for those who came by changes that only the hub could read.
    hidden: BTreeSet<UserId>,
    /// Others who showed themselves in handshakes.
    shown: BTreeSet<UserId>,
}

impl Sight {
    /// A change passed it.
    fn learn(&mut self, inside: &Inside, (before, with, by): (usize, usize, UserId)) {
        if self.whole {
            let hidden = inside.between(self.upto, before);
            self.hidden
                .extend(hidden.filter(|user| inside.hidden().contains(user)));
            self.upto = self.upto.max(with);
            self.unseen.retain(|user| inside.gone().contains(user));
            self.hidden.remove(&by);
        } else {
            self.shown.insert(by);
            self.shown.extend(inside.between(before, with));
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    packets: u64,
    packet_bytes: u64,
    messages: u64,
    senders: u64,
    changes: u64,
    key_requests: u64,
    presences: u64,
    downloads: u64,
}

impl Tally {
    fn count(&mut self, bytes: u64, shown: Shown) {
        self.packets += 1;
        self.packet_bytes += bytes;
        self.messages += u64::from(shown.message);
        self.senders += u64::from(shown.message && shown.sender);
        self.changes += u64::from(shown.change);
        self.key_requests += u64::from(shown.asks);
        self.presences += u64::from(shown.presence);
        self.downloads += u64::from(shown.fetches);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    messages: u64,
    bytes: u64,
}

/// The book of what is seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Sights {
    /// By kind of packet; empty where the stack does not say.
    shows: Vec<Shown>,
    rooms: Vec<Option<Inside>>,
    followers: BTreeMap<(ProviderId, RoomId), Sight>,
    /// By provider, then by role.
    tallies: Vec<[Tally; 3]>,
    /// What the users of each provider read.
    readings: Vec<Reading>,
    /// Rooms whose state came to their hub.
    names: BTreeSet<RoomId>,
}

/// Who is in a room, and is told of: users of a room that were seen.
struct Seen<'a> {
    room: RoomId,
    inside: &'a Inside,
    sight: Option<&'a Sight>,
}

impl Seen<'_> {
    fn users(&self) -> Box<dyn Iterator<Item = UserId> + '_> {
        let Some(sight) = self.sight else {
            return Box::new(self.inside.users(self.inside.ever()));
        };
        if !sight.whole {
            return Box::new(sight.shown.iter().copied());
        }
        let users = self.inside.users(sight.upto);
        let missed = |user: &UserId| sight.unseen.contains(user) || sight.hidden.contains(user);
        Box::new(users.filter(move |user| !missed(user)))
    }
}

impl Sights {
    pub(super) fn of(providers: usize, shows: Vec<Shown>) -> Self {
        Self {
            shows,
            tallies: vec![[Tally::default(); 3]; providers],
            readings: vec![Reading::default(); providers],
            ..Self::default()
        }
    }

    fn inside(&mut self, room: RoomId) -> &mut Inside {
        let place = room.0 as usize;
        if self.rooms.len() <= place {
            self.rooms.resize(place + 1, None);
        }
        self.rooms[place].get_or_insert_default()
    }

    /// A room that is there before time zero.
    pub(super) fn open_room(&mut self, room: &OpenRoom, homes: &Homes) {
        if self.shows.is_empty() {
            return;
        }
        let seats = room.listeners.iter().flat_map(|all| &all.seats);
        let seats = seats.map(|(client, _)| *client);
        let members = room.members.iter().copied().chain(seats);
        self.inside(room.room).begin(members, homes);
        if self.shows.iter().any(|shown| shown.state) {
            self.names.insert(room.room);
        }
        if self.shows.iter().any(|shown| shown.members) {
            let inside = self.inside(room.room);
            let upto = inside.ever();
            let providers: BTreeSet<ProviderId> = inside
                .users(upto)
                .filter_map(|user| homes.provider(user))
                .collect();
            for provider in providers {
                let sight = Sight {
                    whole: true,
                    upto,
                    ..Sight::default()
                };
                self.followers.insert((provider, room.room), sight);
            }
        }
    }

    /// A room begins with its creator's client.
    pub(super) fn opened(&mut self, room: RoomId, by: ClientId, homes: &Homes) {
        if self.shows.is_empty() {
            return;
        }
        self.inside(room).begin([by], homes);
        // Who passed on the request that created it has seen who did.
        let upto = self.inside(room).ever();
        let home = homes.home(by).map(|home| (home, room));
        if let Some(sight) = home.and_then(|passed| self.followers.get_mut(&passed)) {
            sight.upto = sight.upto.max(upto);
        }
    }

    /// A hub accepted a change, or something on the way to one.
    pub(super) fn changed(&mut self, accepted: &Accepted, homes: &Homes) {
        if self.shows.is_empty() {
            return;
        }
        let (room, event) = (accepted.room, accepted.event);
        self.inside(room).changed(accepted, homes);
        // Whoever passed it up to the hub has seen it, and gets it back only where somebody else there is to have it.
        if accepted.hidden || !self.shows.iter().any(|shown| shown.change) {
            return;
        }
        let home = homes.home(accepted.request.client);
        let passed = home.filter(|home| homes.hub(room) != Some(*home));
        let Some(Some(inside)) = self.rooms.get(room.0 as usize) else {
            return;
        };
        if let (Some(home), Some(change)) = (passed, inside.change(event)) {
            let sight = self.followers.entry((home, room)).or_default();
            sight.learn(inside, change);
        }
    }

    /// Something came to a provider.
    pub(super) fn came(&mut self, me: ProviderId, received: &Received, homes: &Homes) {
        let Some(shown) = self.shows.get(received.kind.index()).copied() else {
            return;
        };
        let (room, bytes) = (received.about.room, received.bytes);
        let local = matches!(received.from, Peer::Client(_));
        let hub = match room {
            Some(room) => homes.hub(room) == Some(me),
            None => shown.as_hub,
        };
        let tallies = &mut self.tallies[usize::from(me.0)];
        if local {
            tallies[Role::Local as usize].count(bytes, shown);
        }
        match (hub, local) {
            (true, _) => {
                let change = shown.change || shown.change_to_hub;
                tallies[Role::Hub as usize].count(bytes, Shown { change, ..shown });
            }
            (false, false) => tallies[Role::Follower as usize].count(bytes, shown),
            (false, true) => {}
        }
        let Some(room) = room else {
            return;
        };
        if hub {
            if shown.state {
                self.names.insert(room);
            }
            return;
        }
        self.follow(me, room, received, shown);
    }

    /// A follower handles a packet of a room.
    fn follow(&mut self, me: ProviderId, room: RoomId, received: &Received, shown: Shown) {
        // A room that is only about to be created, too.
        self.inside(room);
        let Some(Some(inside)) = self.rooms.get(room.0 as usize) else {
            return;
        };
        let sight = self.followers.entry((me, room)).or_default();
        sight.name |= shown.state;
        if shown.members || shown.state {
            sight.unseen = match sight.whole {
                // What it saw before it has seen all the same.
                true => sight.unseen.intersection(inside.gone()).copied().collect(),
                false => inside.gone().difference(&sight.shown).copied().collect(),
            };
            sight.whole = true;
            sight.upto = inside.ever();
            sight.hidden.clear();
        }
        let change = received.about.event.filter(|_| shown.change);
        let Some((before, with, by)) = change.and_then(|event| inside.change(event)) else {
            return;
        };
        sight.learn(inside, (before, with, by));
    }

    /// Users of a provider read so many messages, of so many bytes all together.
    pub(super) fn read(&mut self, at: ProviderId, messages: u64, bytes: u64) {
        if let Some(reading) = self.readings.get_mut(usize::from(at.0)) {
            reading.messages += messages;
            reading.bytes += bytes;
        }
    }

    /// What everybody saw; `links` are the accounts of links between providers, and of those to clients.
    pub(super) fn rows(
        &self,
        domains: &[String],
        homes: &Homes,
        links: [Counters; 2],
    ) -> Vec<ExposureRow> {
        if self.shows.is_empty() {
            return Vec::new();
        }
        let mut rows = Vec::new();
        let inside = self.rooms.iter().enumerate();
        let inside: Vec<(RoomId, &Inside)> = inside
            .filter_map(|(room, inside)| Some((RoomId(room as u32), inside.as_ref()?)))
            .collect();
        let homes_of: Vec<BTreeSet<ProviderId>> =
            inside.iter().map(|(_, inside)| at(inside, homes)).collect();
        for (provider, domain) in domains.iter().enumerate() {
            let me = ProviderId(provider as u16);
            let seen = |room, inside, sight| Seen {
                room,
                inside,
                sight,
            };
            let of = |all: Vec<Seen<'_>>, role: &'static str| ExposureRow {
                party: domain.clone(),
                role: role.into(),
                ..known(&all, Some(me), homes)
            };
            let hubs = inside
                .iter()
                .filter(|(room, _)| homes.hub(*room) == Some(me));
            let hubs = hubs
                .map(|(room, inside)| seen(*room, inside, None))
                .collect();
            let mut row = of(hubs, Role::Hub.name());
            let names = self.names.iter();
            row.names = names.filter(|room| homes.hub(**room) == Some(me)).count() as u64;
            rows.push(self.counted(row, provider, Role::Hub));

            let follows = inside
                .iter()
                .filter(|(room, _)| homes.hub(*room) != Some(me));
            let follows: Vec<Seen<'_>> = follows
                .filter_map(|(room, inside)| {
                    let sight = self.followers.get(&(me, *room))?;
                    Some(seen(*room, inside, Some(sight)))
                })
                .collect();
            let names = follows
                .iter()
                .filter(|seen| seen.sight.is_some_and(|sight| sight.name));
            let names = names.count() as u64;
            let row = ExposureRow {
                names,
                ..of(follows, Role::Follower.name())
            };
            rows.push(self.counted(row, provider, Role::Follower));

            // Its own users in whatever room, to whose clients it delivers.
            let shared = inside.iter().zip(&homes_of);
            let shared = shared.filter(|(_, homes)| homes.contains(&me));
            let shared: Vec<Seen<'_>> = shared
                .map(|((room, inside), _)| seen(*room, inside, None))
                .collect();
            let own = known_of(&shared, Some(me), homes, |user| {
                homes.provider(user) == Some(me)
            });
            let row = ExposureRow {
                party: domain.clone(),
                role: Role::Local.name().into(),
                ..own
            };
            rows.push(self.counted(row, provider, Role::Local));

            let mut row = of(shared, MEMBERS);
            let read = self.readings[provider];
            row.names = row.rooms;
            (row.messages, row.senders) = (read.messages, read.messages);
            row.content_bytes = read.bytes;
            rows.push(row);
        }
        for (party, counters) in ["between providers", "to clients"].into_iter().zip(links) {
            rows.push(ExposureRow {
                party: party.to_owned(),
                role: NETWORK.into(),
                packets: counters.sent.messages,
                packet_bytes: counters.sent.bytes,
                ..ExposureRow::default()
            });
        }
        rows
    }

    fn counted(&self, row: ExposureRow, provider: usize, role: Role) -> ExposureRow {
        let tally = self.tallies[provider][role as usize];
        ExposureRow {
            packets: tally.packets,
            packet_bytes: tally.packet_bytes,
            messages: tally.messages,
            senders: tally.senders,
            changes: tally.changes,
            key_requests: tally.key_requests,
            presences: tally.presences,
            downloads: tally.downloads,
            ..row
        }
    }
}

/// The providers of all who were ever in a room.
fn at(inside: &Inside, homes: &Homes) -> BTreeSet<ProviderId> {
    let users = inside.users(inside.ever());
    users.filter_map(|user| homes.provider(user)).collect()
}

/// What is known by whoever saw all that.
fn known(seen: &[Seen<'_>], me: Option<ProviderId>, homes: &Homes) -> ExposureRow {
    known_of(seen, me, homes, |_| true)
}

/// The same of some users alone.
fn known_of(
    seen: &[Seen<'_>],
    me: Option<ProviderId>,
    homes: &Homes,
    of: impl Fn(UserId) -> bool,
) -> ExposureRow {
    let mut row = ExposureRow::default();
    let mut users = vec![false; homes.users()];
    let mut rooms = BTreeSet::new();
    for seen in seen {
        rooms.insert(seen.room);
        for user in seen.users().filter(|user| of(*user)) {
            row.memberships += 1;
            let known = &mut users[user.0 as usize];
            if !std::mem::replace(known, true) {
                row.users += 1;
                row.others += u64::from(homes.provider(user) != me);
            }
        }
    }
    row.rooms = rooms.len() as u64;
    row
}
