//! What a member's changes make of the participant list.

use super::Member;
use crate::client::context::Device;
use crate::client::room::wants::Wish;
use crate::room_state::Standing;
use crate::room_state::participants::{self, Touched};
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataError, AppDataUpdate, Listed, ParticipantListUpdate};
use throng_mls::engine::Engine;
use throng_workloads::intent::{RoomId, UserId};

/// Whose clients these are, each once.
fn users_of<'a, E: Engine>(
    device: &Device<E>,
    clients: impl Iterator<Item = &'a Vec<u8>>,
) -> BTreeSet<UserId> {
    let named = clients.filter_map(|uri| device.directory.client_named(uri));
    named.map(|(user, ..)| user).collect()
}

impl<E: Engine> Member<E> {
    /// Whom pending proposals put on the list, take off it or give another role: one commit can do that once for each.
    pub(super) fn touched(&self, engine: &E) -> Result<Touched, AppDataError> {
        let pending = engine.pending_app_data(&self.group);
        Ok(Touched::by(&participants::updates(&pending)?))
    }

    /// Whether a want is about a user with whom what is pending does the opposite: a commit can do one of both, and covers what is
    /// pending.
    pub(super) fn crosses(&self, device: &Device<E>, what: &Wish<E::Message>) -> bool {
        match what {
            Wish::Add(gathering) => {
                let touched = self.touched(&device.engine).unwrap_or_default();
                if touched.indices.is_empty() {
                    return false;
                }
                let clients = gathering.found().map(|(uri, _)| uri);
                users_of(device, clients).into_iter().any(|user| {
                    let index = self.index_of(device, user);
                    index.is_some_and(|index| touched.indices.contains(&index))
                })
            }
            Wish::RemoveUser(user) => self.is_being_added(device, *user),
            // Nobody's role changes twice in a commit.
            Wish::Administer(_, user) => {
                let touched = self.touched(&device.engine).unwrap_or_default();
                let index = self.index_of(device, *user);
                self.is_being_added(device, *user)
                    || index.is_some_and(|index| touched.indices.contains(&index))
            }
            _ => false,
        }
    }

    /// Whether a pending proposal adds a client of a participant's.
    pub(super) fn is_being_added(&self, device: &Device<E>, user: UserId) -> bool {
        let expected = device.engine.pending_additions(&self.group);
        users_of(device, expected.iter()).contains(&user) && self.index_of(device, user).is_some()
    }

    /// The index of a user on the list, where there is one and the user is on it.
    pub(super) fn index_of(&self, device: &Device<E>, user: UserId) -> Option<u32> {
        let uri = device.directory.user_uri(user)?;
        let listed = device.engine.participant(&self.group, uri.as_bytes());
        listed.participant().map(|found| found.index)
    }

    /// The update that puts the users of these clients on the list, as far as they are not.
    pub(super) fn added_participants<'a>(
        &self,
        (device, room): (&Device<E>, RoomId),
        clients: impl Iterator<Item = &'a Vec<u8>>,
    ) -> Result<Vec<AppDataUpdate>, AppDataError> {
        let standing = Standing::of(device.policy.profile, &*device.directory, room);
        let touched = self.touched(&device.engine)?;
        let mut update = ParticipantListUpdate::default();
        let users = users_of(device, clients).into_iter();
        let named = |user| {
            let directory = &device.directory;
            directory.user_uri(user).zip(directory.provider_of(user))
        };
        for (uri, provider) in users.filter_map(named) {
            let listed = device.engine.participant(&self.group, uri.as_bytes());
            if listed == Listed::Absent && !touched.added.contains(uri.as_bytes()) {
                update
                    .added
                    .push((uri.as_bytes(), standing.added(provider)).into());
            }
        }
        participants::proposals(&update)
    }

    /// The update that takes a user off the list, if it is there.
    pub(super) fn removed_participant(
        &self,
        device: &Device<E>,
        user: UserId,
    ) -> Result<Vec<AppDataUpdate>, AppDataError> {
        let touched = self.touched(&device.engine)?;
        let index = self.index_of(device, user);
        let index = index.filter(|index| !touched.indices.contains(index));
        let update = ParticipantListUpdate {
            removed: index.into_iter().collect(),
            ..ParticipantListUpdate::default()
        };
        participants::proposals(&update)
    }
}
