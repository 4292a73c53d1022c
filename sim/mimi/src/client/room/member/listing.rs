//! What a member's changes make of the participant list.

use super::Member;
use crate::client::context::Device;
use crate::room_state::participants::{self, ORDINARY_USER, Touched};
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataError, AppDataUpdate, Listed, ParticipantListUpdate};
use throng_mls::engine::Engine;
use throng_workloads::intent::UserId;

impl<E: Engine> Member<E> {
    /// Whom pending proposals put on the list, take off it or give another role: one commit can do that once for each.
    fn touched(&self, engine: &E) -> Result<Touched, AppDataError> {
        let pending = engine.pending_app_data(&self.group);
        Ok(Touched::by(&participants::updates(&pending)?))
    }

    /// The update that puts the users of these clients on the list, as far as they are not.
    pub(super) fn added_participants<'a>(
        &self,
        device: &Device<E>,
        clients: impl Iterator<Item = &'a Vec<u8>>,
    ) -> Result<Vec<AppDataUpdate>, AppDataError> {
        let named = clients.filter_map(|uri| device.directory.client_named(uri));
        let users: BTreeSet<UserId> = named.map(|(user, ..)| user).collect();
        let touched = self.touched(&device.engine)?;
        let mut update = ParticipantListUpdate::default();
        for uri in users
            .into_iter()
            .filter_map(|user| device.directory.user_uri(user))
        {
            let listed = device.engine.participant(&self.group, uri.as_bytes());
            if listed == Listed::Absent && !touched.added.contains(uri.as_bytes()) {
                update.added.push((uri.as_bytes(), ORDINARY_USER).into());
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
        let Some(uri) = device.directory.user_uri(user) else {
            return Ok(Vec::new());
        };
        let listed = device.engine.participant(&self.group, uri.as_bytes());
        let touched = self.touched(&device.engine)?;
        let index = listed.participant().map(|found| found.index);
        let index = index.filter(|index| !touched.indices.contains(index));
        let update = ParticipantListUpdate {
            removed: index.into_iter().collect(),
            ..ParticipantListUpdate::default()
        };
        participants::proposals(&update)
    }
}
