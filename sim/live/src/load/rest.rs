//! Preparation that is stored, and preparation that was: everybody offline, and then connected.
//!
//! What goes on from a stored preparation is what ended there: each client with its account, its keys and its groups. What it draws is not:
//! cryptography draws from what nobody can guess and another load does not have, or two loads that go on from one state would seal different
//! messages with the same reuse guards.

use super::everybody::Load;
use super::journal::{Happened, Prepared};
use super::kept::{Preparation, StoredClient, Storing};
use super::prepare::limit;
use super::view::{Order, View};
use crate::error::LiveError;
use rayon::prelude::*;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use throng_stack::{Membership, Rest};
use throng_stacks::live::Resumes;
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::stream::Streams;

/// What is being done while clients rest, for whoever looks on.
const STORING: &str = "storing the preparation";

/// The same while they come back.
const CONNECTING: &str = "connecting";

impl Load {
    /// Stores all that is prepared. Everybody is offline then. Whether to go on.
    pub(super) fn store(
        &mut self,
        population: &Population,
        storing: Storing,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        let cells = self.cells.all();
        for cell in &cells {
            cell.want(Action::Offline);
        }
        if !self.settle(limit(cells.len()), STORING, say) {
            return Ok(false);
        }
        let stored = cells.par_iter().zip(population.clients.par_iter());
        let stored = stored.map(|(cell, client)| {
            let stored = cell.stored(client.user);
            stored.map_err(|why| LiveError::Restless {
                client: cell.client().0,
                why,
            })
        });
        let stored: Vec<StoredClient> = stored.collect::<Result<_, _>>()?;
        storing.finish(&self.scenario, &stored)?;
        Ok(true)
    }

    /// Everybody and every room as they were stored; who is to be there at time zero is connected. Whether to go on.
    pub(super) fn take_up(
        &mut self,
        population: &Population,
        preparation: &Preparation,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        let expected = population.clients.iter().enumerate();
        let expected = expected.map(|(index, client)| (index as u32, client.user.0));
        let found = preparation.clients().iter();
        let found = found.map(|stored| (stored.client, stored.user));
        if !expected.eq(found) {
            return Err(preparation.useless("it has other clients than the scenario"));
        }
        let (fresh, rested) = (fresh()?, preparation.rested());
        let resume = |stored: &StoredClient| {
            let from = Resumes {
                written: &stored.state,
                fresh: &fresh,
                rested,
            };
            let (client, user) = (ClientId(stored.client), UserId(stored.user));
            let resumed = self.clients.resumed(client, user, &from);
            resumed.map_err(|why| preparation.useless(format!("of the client {}, {why}", client.0)))
        };
        let parties = preparation.clients().par_iter().map(resume);
        let parties: Vec<Box<dyn Rest>> = parties.collect::<Result<_, _>>()?;
        let prepared = agreed(&parties).map_err(|why| preparation.useless(why))?;
        let there: BTreeSet<RoomId> = prepared.rooms.iter().map(|room| room.0).collect();
        for (index, room) in population.rooms.iter().enumerate() {
            if there.contains(&RoomId(index as u32)) != room.start.is_before_zero() {
                return Err(preparation.useless(format!("the room r{index} is not as it was")));
            }
        }
        self.shared.journal.enter(Happened::Prepared(prepared));
        for (stored, party) in preparation.clients().iter().zip(parties) {
            let (client, user) = (ClientId(stored.client), UserId(stored.user));
            self.add_known(client, user, party, Some(stored.token.clone()))?;
        }
        self.connect(population, say)
    }

    /// Connects those who are to be there at time zero; nobody is yet. Whether to go on.
    pub(super) fn connect(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        let begun = Instant::now();
        self.shared.tally.seen().ready.clear();
        let cells = self.cells.all();
        let mut coming = Vec::new();
        for (cell, client) in cells.iter().zip(population.clients.iter()) {
            if client.online {
                coming.push(cell.client());
                cell.want(Action::Online);
            }
        }
        let go_on = self.settle(
            limit(cells.len()),
            CONNECTING,
            &mut |view: &View<'_>| match self.shared.tally.turned_away() {
                Some(_) => Order::Stop,
                None => say(view),
            },
        );
        if let Some((domain, status)) = self.shared.tally.turned_away() {
            return Err(LiveError::Forgotten { domain, status });
        }
        if !go_on {
            return Ok(false);
        }
        let ready = self.shared.tally.seen().ready.clone();
        let missing = coming
            .iter()
            .filter(|client| !ready.contains(client))
            .count();
        match missing {
            0 => Ok(true),
            missing => Err(LiveError::Preparation {
                seconds: begun.elapsed().as_secs(),
                left: format!(
                    "{missing} of {} clients have not caught up; expected providers that are as they were when the preparation was stored",
                    coming.len()
                ),
            }),
        }
    }
}

/// The rooms of all, if those who are members there say the same of them.
fn agreed(parties: &[Box<dyn Rest>]) -> Result<Prepared, String> {
    let mut rooms = BTreeMap::new();
    for (index, party) in parties.iter().enumerate() {
        for membership in party.memberships() {
            let client = ClientId(index as u32);
            let room = rooms.entry(membership.room);
            let (first, members) = room.or_insert_with(|| (membership.clone(), Vec::new()));
            if *first != membership {
                let (one, other) = (members.first().unwrap_or(&client).0, client.0);
                let room = membership.room.0;
                return Err(format!(
                    "the clients {one} and {other} do not agree on the room r{room}"
                ));
            }
            members.push(client);
        }
    }
    let open = |(room, (membership, members)): (RoomId, (Membership, Vec<ClientId>))| {
        if membership.members as usize != members.len() {
            return Err(format!(
                "the room r{} has {} members, of whom {} are there",
                room.0,
                membership.members,
                members.len()
            ));
        }
        let first = members.first().map(|client| client.0 as usize);
        let detail = first.and_then(|first| parties.get(first)?.detail(room));
        Ok((room, membership.state, members, detail))
    };
    Ok(Prepared {
        rooms: rooms.into_iter().map(open).collect::<Result<_, _>>()?,
        key_packages: parties.iter().map(|party| party.key_packages()).sum(),
    })
}

/// Streams that nobody has drawn from, and nobody can guess.
fn fresh() -> Result<Streams, LiveError> {
    let mut root = [0; 16];
    SystemRandom::new()
        .fill(&mut root)
        .map_err(|_| LiveError::Entropy)?;
    let root = u128::from_le_bytes(root);
    Ok(Streams::new(root as u64, (root >> 64) as u64))
}
