//! The participant list, as far as a hub holds handshakes to it (draft-ietf-mimi-protocol-06, "Update Room State").

use super::member::{Member, Moves};
use super::room::Room;
use crate::refusal::Refusal;
use crate::room_state::components::PARTICIPANT_LIST;
use crate::room_state::participants::{self, ORDINARY_USER};
use std::collections::BTreeSet;
use throng_mls::app_data::{Listed, ParticipantListUpdate};
use throng_mls::engine::{Checked, Engine};
use throng_workloads::intent::UserId;

/// Users whom updates put on the list, and whom they take off it.
#[derive(Default)]
struct Listings {
    added: BTreeSet<UserId>,
    removed: BTreeSet<UserId>,
}

impl<E: Engine> Room<E> {
    /// Hold handshakes to the participant list: whoever becomes a member is a participant already or becomes one with it, whoever is
    /// no participant any more has no client left and gets none, and from outside nobody puts anybody but themselves on the list.
    /// `waits`: they are proposals, which a commit covers together with those that wait.
    pub(super) fn check_participants<H>(
        &self,
        engine: &E,
        checked: &Checked<H>,
        (sender, moves): (Member, &Moves),
        waits: bool,
    ) -> Result<(), Refusal> {
        let mut components = checked.app_data.iter().map(|update| update.component);
        if components.any(|component| component != PARTICIPANT_LIST) {
            return Err(Refusal::RoomState);
        }
        let updates = participants::updates(&checked.app_data);
        let updates = updates.map_err(|_| Refusal::MalformedMessage)?;
        // Nobody has a right to give anybody a role yet.
        let roles = updates.iter().flat_map(|update| &update.added);
        let changes = updates.iter().any(|update| !update.changed.is_empty());
        if changes || roles.clone().any(|new| new.role != ORDINARY_USER) {
            return Err(Refusal::RoomState);
        }
        let listings = self.listings(engine, &updates)?;
        if let Some(joiner) = moves.admits.get(&sender) {
            let alone = listings.added.iter().all(|user| user == joiner);
            if !alone || !listings.removed.is_empty() {
                return Err(Refusal::RoomState);
            }
        }
        // What waits is covered with them, or has been before; where it is not, as by a commit from outside, it is void.
        let pending = match waits {
            true => {
                let updates = engine.hub_pending_app_data(&self.state);
                let updates = participants::updates(&updates).unwrap_or_default();
                self.listings(engine, &updates)?
            }
            false => Listings::default(),
        };
        let going =
            |user: &UserId| listings.removed.contains(user) || pending.removed.contains(user);
        let waiting = self.joining.values().filter(|_| waits);
        if moves.admits.values().chain(waiting).any(going) {
            return Err(Refusal::LeavingParticipant);
        }
        for user in moves.admits.values() {
            let new = listings.added.contains(user) || pending.added.contains(user);
            if !new && !self.may_be_member(engine, *user) {
                return Err(Refusal::NoParticipant);
            }
        }
        let stays = |member: &Member| self.stays(*member) && !moves.excludes.contains_key(member);
        let mut members = self.members.iter();
        match members.any(|(member, user)| listings.removed.contains(user) && stays(member)) {
            true => Err(Refusal::ActiveParticipant),
            false => Ok(()),
        }
    }

    /// Whom updates of the list are about, each by the one name that it has.
    fn listings(&self, engine: &E, updates: &[ParticipantListUpdate]) -> Result<Listings, Refusal> {
        let mut listings = Listings::default();
        for new in updates.iter().flat_map(|update| &update.added) {
            let uri = new.user.as_slice();
            let named = self.directory.user_named(uri).map(|(user, _)| user);
            let user = named.ok_or(Refusal::NoParticipant)?;
            // One user under two names would be two.
            let name = self.directory.user_uri(user);
            if name.is_none_or(|name| name.as_bytes() != uri) {
                return Err(Refusal::NoParticipant);
            }
            listings.added.insert(user);
        }
        for index in updates.iter().flat_map(|update| &update.removed) {
            let gone = engine.hub_participant_at(&self.state, *index);
            let gone = gone.and_then(|(uri, _)| self.directory.user_named(&uri));
            listings.removed.extend(gone.map(|(user, _)| user));
        }
        Ok(listings)
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
}
