//! What has to be there before anything is measured, by the protocol itself.

use super::everybody::Load;
use super::view::{Order, View};
use crate::error::LiveError;
use rayon::prelude::*;
use std::time::{Duration, Instant};
use throng_workloads::intent::{Action, ClientId, RoomId, UserId};
use throng_workloads::population::Population;

/// Preparation has ended by then, and as much longer as a client needs for each.
const PREPARE: Duration = Duration::from_secs(60);
const PREPARE_EACH: Duration = Duration::from_millis(100);

impl Load {
    /// Everybody who is there at time zero, connected and with KeyPackages, and the rooms that are. Whether to go on.
    pub(super) fn prepare(
        &mut self,
        population: &Population,
        say: &mut dyn FnMut(&View<'_>) -> Order,
    ) -> Result<bool, LiveError> {
        let all: Vec<(ClientId, UserId)> = population
            .clients
            .iter()
            .enumerate()
            .map(|(index, client)| (ClientId(index as u32), client.user))
            .collect();
        let make = |(client, user): &(ClientId, UserId)| self.clients.device(*client, *user);
        let parties: Result<Vec<_>, _> = all.par_iter().map(make).collect();
        let parties = parties.map_err(LiveError::Stack)?;
        for ((client, user), party) in all.iter().zip(parties) {
            let cell = self.add(*client, *user, party)?;
            cell.want(Action::Online);
            cell.want(Action::NewClient {
                user: *user,
                rooms: Vec::new(),
            });
        }
        let limit = PREPARE + PREPARE_EACH * all.len() as u32;
        let begun = Instant::now();
        if !self.settle(limit, "preparing", say) {
            return Ok(false);
        }
        let seen = self.shared.tally.seen().clone();
        let ready = all.iter().filter(|(client, _)| seen.ready.contains(client));
        let ready = ready.count();
        if ready < all.len() {
            return Err(LiveError::Preparation {
                seconds: begun.elapsed().as_secs(),
                left: format!(
                    "{ready} of {} clients are connected; {}",
                    all.len(),
                    seen.errors
                        .most()
                        .unwrap_or("nobody says why the others are not"),
                ),
            });
        }
        for (index, room) in population.rooms.iter().enumerate() {
            if room.start.is_before_zero() {
                self.open_room(population, RoomId(index as u32), &room.initial);
            }
        }
        let go_on = self.settle(limit, "preparing", say);
        for (cell, client) in self.cells.all().iter().zip(population.clients.iter()) {
            if !client.online {
                cell.want(Action::Offline);
            }
        }
        Ok(self.settle(limit, "preparing", say) && go_on)
    }

    /// A room that is there at time zero: the first creates it, adds the others, and comes in with all devices.
    fn open_room(&self, population: &Population, room: RoomId, members: &[UserId]) {
        let Some((creator, others)) = members.split_first() else {
            return;
        };
        let mut devices = population
            .users
            .get(creator.0 as usize)
            .into_iter()
            .flat_map(|user| user.clients())
            .filter_map(|client| self.cells.get(client));
        if let Some(first) = devices.next() {
            first.want(Action::Create { room });
            if !others.is_empty() {
                let users = others.to_vec();
                first.want(Action::Add { room, users });
            }
        }
        for other in devices {
            other.want(Action::JoinExternal { room });
        }
    }
}
