//! Drawing a population from a scenario.

use super::{Client, Population, Room, User};
use crate::dist::{Dist, below, unit};
use crate::flat::Flat;
use crate::intent::{ClientId, ProviderId, UserId};
use crate::quotas::quotas;
use crate::scenario::{HubChoice, Rooms, Scenario, Users};
use crate::stream::{Stream, StreamOwner, Streams};
use std::ops::Range;
use std::sync::Arc;

/// Nobody has more devices.
const MAX_CLIENTS_PER_USER: f64 = 1_000.0;

impl Population {
    /// Draws everybody who exists at the start, and every room.
    ///
    /// Users are spread over providers exactly by share (largest remainder) and numbered provider by
    /// provider; a provider's users are thus one range. Rooms whose drawn size exceeds the number of users
    /// get all of them.
    pub fn draw(scenario: &Scenario, streams: &Streams) -> Self {
        let shares: Vec<f64> = scenario.providers.iter().map(|p| p.share).collect();
        let quotas = quotas(&shares, scenario.users.count);
        let mut population = draw_users(&scenario.users, &quotas, streams);
        let ranges = ranges(&quotas);
        let draw = |(room, size): (u32, &Dist)| {
            let stream = streams.stream(StreamOwner::Room(room.into()), "population");
            draw_room(&scenario.rooms, (room, size), &population, &ranges, stream)
        };
        let sizes = scenario.rooms.sizes().into_iter();
        let sizes = sizes.flat_map(|(size, count)| std::iter::repeat_n(size, count as usize));
        population.rooms = Arc::new((0..).zip(sizes).map(draw).collect());
        population
    }
}

/// The users of each provider.
fn ranges(quotas: &[u32]) -> Vec<Range<u32>> {
    let mut start = 0;
    quotas
        .iter()
        .map(|quota| {
            let range = start..start + quota;
            start = range.end;
            range
        })
        .collect()
}

fn draw_users(users: &Users, quotas: &[u32], streams: &Streams) -> Population {
    let mut counts = streams.stream(StreamOwner::Run, "clients per user");
    let mut people = Vec::with_capacity(users.count as usize);
    let mut clients = Vec::with_capacity(users.count as usize);
    for (provider, quota) in quotas.iter().enumerate() {
        for _ in 0..*quota {
            let user = UserId(people.len() as u32);
            let count = users.clients.sample(&mut counts).round();
            let described = User {
                provider: ProviderId(provider as u16),
                first: ClientId(clients.len() as u32),
                count: count.clamp(1.0, MAX_CLIENTS_PER_USER) as u16,
            };
            let drawn = described
                .clients()
                .map(|client| draw_client(users, user, client, streams));
            clients.extend(drawn);
            people.push(described);
        }
    }
    Population {
        users: Arc::new(people),
        clients: Arc::new(clients),
        rooms: Arc::default(),
    }
}

fn draw_client(users: &Users, user: UserId, client: ClientId, streams: &Streams) -> Client {
    let online = users.online.as_ref().is_none_or(|online| {
        let mut stream = streams.stream(StreamOwner::Client(client.0.into()), "online at first");
        unit(&mut stream) < online_share(online, &users.offline)
    });
    Client {
        user,
        connection: draw_connection(users, client, streams),
        online,
    }
}

/// The part of the time that a client is online in the long run.
pub(crate) fn online_share(online: &Dist, offline: &Dist) -> f64 {
    let (on, off) = (online.mean(), offline.mean());
    match (on.is_finite(), off.is_finite()) {
        (true, true) => on / (on + off),
        // Without a mean, half and half is as good as any.
        (false, false) => 0.5,
        (on_finite, _) => f64::from(u8::from(!on_finite)),
    }
}

/// A client's connection, by share; from a stream of its own, so that clients that appear later get the
/// same one in a replay.
pub(crate) fn draw_connection(users: &Users, client: ClientId, streams: &Streams) -> u16 {
    if users.connections.len() < 2 {
        return 0;
    }
    let mut stream = streams.stream(StreamOwner::Client(client.0.into()), "connection");
    let mut left = unit(&mut stream);
    for (i, connection) in (0..).zip(&users.connections) {
        if left < connection.share {
            return i;
        }
        left -= connection.share;
    }
    // Rounding: the last that anybody has.
    let last = users.connections.iter().rposition(|c| c.share > 0.0);
    last.unwrap_or(0) as u16
}

fn draw_room(
    rooms: &Rooms,
    (room, size): (u32, &Dist),
    population: &Population,
    ranges: &[Range<u32>],
    mut stream: Stream,
) -> Room {
    let users = population.users.len() as u32;
    let size = size.sample(&mut stream).round();
    let size = size.clamp(1.0, f64::from(users.max(1))) as u32;
    let creator = UserId(below(&mut stream, users.into()) as u32);
    let home = population.users[creator.0 as usize].provider;
    let local = ranges[usize::from(home.0)].clone();
    let hub = match rooms.hub {
        HubChoice::Creator => home,
        HubChoice::First => ProviderId(0),
        HubChoice::RoundRobin => ProviderId((room as usize % ranges.len()) as u16),
    };
    Room {
        hub,
        creator,
        initial: draw_members(creator, size, local, users, rooms.locality, &mut stream),
        start: rooms.start,
    }
}

/// `size` different users, `creator` first, each from `local` with probability `locality` as long as
/// there are any, otherwise from all.
fn draw_members(
    creator: UserId,
    size: u32,
    local: Range<u32>,
    users: u32,
    locality: f64,
    stream: &mut Stream,
) -> Vec<UserId> {
    let mut members = Vec::with_capacity(size as usize);
    members.push(creator);
    let mut chosen = Flat::default();
    chosen.insert(creator.0, 0);
    let mut near = Deck::new(local);
    let mut far = Deck::new(0..users);
    while members.len() < size as usize {
        let close = unit(stream) < locality;
        let first = if close { &mut near } else { &mut far };
        let drawn = match first.draw(stream) {
            Some(user) => Some(user),
            None => far.draw(stream),
        };
        let Some(user) = drawn else { break };
        // The creator, and those drawn from the other deck.
        if chosen.insert(user, 0).is_none() {
            members.push(UserId(user));
        }
    }
    members
}

/// Numbers drawn without putting back, in O(log n) a draw and memory for those drawn: a Fisher–Yates shuffle
/// that stores only what moved.
#[derive(Debug)]
pub(crate) struct Deck {
    start: u32,
    left: u32,
    moved: Flat,
}

impl Deck {
    pub(crate) fn new(range: Range<u32>) -> Self {
        Self {
            start: range.start,
            left: range.end - range.start,
            moved: Flat::default(),
        }
    }

    /// One of those left, each as likely as the others.
    pub(crate) fn draw(&mut self, stream: &mut Stream) -> Option<u32> {
        let last = self.left.checked_sub(1)?;
        let at = below(stream, self.left.into()) as u32;
        self.left = last;
        let end = self.moved.remove(last).unwrap_or(last);
        let drawn = if at == last {
            end
        } else {
            self.moved.insert(at, end).unwrap_or(at)
        };
        Some(self.start + drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deck_deals_every_card_once() {
        let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "deck");
        let mut deck = Deck::new(10..60);
        let mut dealt: Vec<u32> = std::iter::from_fn(|| deck.draw(&mut stream)).collect();
        assert!(!dealt.is_sorted(), "shuffled");
        dealt.sort_unstable();
        assert_eq!(dealt, (10..60).collect::<Vec<_>>());
    }

    #[test]
    fn members_are_different_and_as_many_as_asked() {
        let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "members");
        for (size, locality) in [(1, 0.5), (30, 1.0), (100, 0.0), (100, 1.0)] {
            let members = draw_members(UserId(3), size, 0..10, 100, locality, &mut stream);
            assert_eq!(members.len(), size as usize);
            assert_eq!(members[0], UserId(3));
            let different: std::collections::BTreeSet<_> = members.iter().collect();
            assert_eq!(different.len(), members.len());
        }
    }
}
