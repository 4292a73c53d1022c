//! The participant list, as far as a hub holds handshakes to it (draft-ietf-mimi-protocol-06, "Update Room State").

use super::member::{Member, Moves};
use super::room::Room;
use crate::refusal::Refusal;
use crate::room_state::participants;
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataRules, Listed};
use throng_mls::engine::{Checked, Engine};
use throng_workloads::intent::UserId;

impl<E: Engine> Room<E> {
    /// Hold handshakes to the participant list: whoever becomes a member is a participant already or becomes one with it, whoever is no
    /// participant any more has no client left, and from outside nobody puts anybody but themselves on the list.
    pub(super) fn check_participants<H>(
        &self,
        engine: &E,
        checked: &Checked<H>,
        (sender, moves): (Member, &Moves),
    ) -> Result<(), Refusal> {
        let list = AppDataRules::MIMI.participants;
        if checked
            .app_data
            .iter()
            .any(|update| update.component != list)
        {
            return Err(Refusal::RoomState);
        }
        let updates = participants::updates(&checked.app_data);
        let updates = updates.map_err(|_| Refusal::MalformedMessage)?;
        let mut added = BTreeSet::new();
        for new in updates.iter().flat_map(|update| &update.added) {
            let (user, _) = self
                .directory
                .user_named(new.user.as_slice())
                .ok_or(Refusal::NoParticipant)?;
            added.insert(user);
        }
        let mut removed = BTreeSet::new();
        for index in updates.iter().flat_map(|update| &update.removed) {
            let gone = engine.hub_participant_at(&self.state, *index);
            let gone = gone.and_then(|(uri, _)| self.directory.user_named(&uri));
            removed.extend(gone.map(|(user, _)| user));
        }
        // Nobody has a right to do that yet.
        if updates.iter().any(|update| !update.changed.is_empty()) {
            return Err(Refusal::RoomState);
        }
        if let Some(joiner) = moves.admits.get(&sender) {
            let alone = added.iter().all(|user| user == joiner) && removed.is_empty();
            if !alone {
                return Err(Refusal::RoomState);
            }
        }
        let pending = self.pending_participants(engine);
        for user in moves.admits.values() {
            let new = added.contains(user) || pending.contains(user);
            if !new && (removed.contains(user) || !self.may_be_member(engine, *user)) {
                return Err(Refusal::NoParticipant);
            }
        }
        let stays = |member: &Member| {
            !moves.excludes.contains_key(member) && !self.leaving.contains(member)
        };
        let mut members = self.members.iter();
        match members.any(|(member, user)| removed.contains(user) && stays(member)) {
            true => Err(Refusal::ActiveParticipant),
            false => Ok(()),
        }
    }

    /// Whether a user is a participant, or the room has no list of them.
    fn may_be_member(&self, engine: &E, user: UserId) -> bool {
        let Some(uri) = self.directory.user_uri(user) else {
            return false;
        };
        !matches!(
            engine.hub_participant(&self.state, uri.as_bytes()),
            Listed::Absent
        )
    }

    /// Users whom pending proposals put on the list.
    fn pending_participants(&self, engine: &E) -> BTreeSet<UserId> {
        let updates = engine.hub_pending_app_data(&self.state);
        let updates = participants::updates(&updates).unwrap_or_default();
        let added = updates.iter().flat_map(|update| &update.added);
        added
            .filter_map(|new| self.directory.user_named(new.user.as_slice()))
            .map(|(user, _)| user)
            .collect()
    }
}
