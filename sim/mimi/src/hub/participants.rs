//! The participant list, as far as a hub holds handshakes to it (draft-ietf-mimi-protocol-06, "Update Room State").

use super::member::{Member, Moves};
use super::room::Room;
use crate::refusal::Refusal;
use crate::room_state::Standing;
use crate::room_state::components::PARTICIPANT_LIST;
use crate::room_state::participants;
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataUpdate, Listed, ParticipantListUpdate};
use throng_mls::engine::{Checked, Engine, Proposed};
use throng_workloads::intent::UserId;

/// Users whom updates put on the list, and whom they take off it.
#[derive(Default)]
struct Listings {
    added: BTreeSet<UserId>,
    removed: BTreeSet<UserId>,
    /// Who gets a role of which nobody has clients in the group.
    kept_out: BTreeSet<UserId>,
}

impl Listings {
    /// Whether a user is to have no client any more.
    fn goes(&self, user: &UserId) -> bool {
        self.removed.contains(user) || self.kept_out.contains(user)
    }
}

/// How handshakes come to what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// They are proposals, which a commit covers together with what waits.
    ToWait,
    /// A commit of a member's, which covers it.
    Covering,
    /// A commit from outside, which voids all of it that is no SelfRemove.
    FromOutside,
}

impl<E: Engine> Room<E> {
    /// Hold handshakes to the participant list: whoever becomes a member is a participant already or becomes one with it, whoever is
    /// no participant any more has no client left and gets none, and from outside nobody puts anybody but themselves on the list, and
    /// takes off it those whose last clients leave by SelfRemove and whom the hub has seen off it: they propose nothing anew.
    pub(super) fn check_participants<H>(
        &self,
        engine: &E,
        checked: &Checked<H>,
        (sender, moves): (Member, &Moves),
        comes: Comes,
    ) -> Result<(), Refusal> {
        let mut components = checked.app_data.iter().map(|update| update.component);
        if self.authority.is_none() && components.any(|component| component != PARTICIPANT_LIST) {
            return Err(Refusal::RoomState);
        }
        let updates = participants::updates(&checked.app_data);
        let updates = updates.map_err(|_| Refusal::MalformedMessage)?;
        let changed = updates.iter().flat_map(|update| &update.changed);
        let from_outside = comes == Comes::FromOutside;
        if from_outside && changed.clone().next().is_some() {
            return Err(Refusal::RoomState);
        }
        let mut changed = changed.map(|change| change.role);
        let mut added = updates.iter().flat_map(|update| &update.added);
        let sound = match &self.authority {
            // Nobody has a right to give anybody a role.
            None => {
                let ordinary = |user: &[u8], role| {
                    let home = self.directory.user_named(user).map(|(_, home)| home);
                    let standing = Standing::of(self.rules.profile, &*self.directory, self.id);
                    home.is_none_or(|home| standing.added(home) == role)
                };
                changed.next().is_none() && added.all(|new| ordinary(new.user.as_slice(), new.role))
            }
            Some(authority) => {
                changed.all(|role| authority.knows(role))
                    && added.all(|new| authority.knows(new.role))
            }
        };
        if !sound {
            return Err(Refusal::RoomState);
        }
        let listings = self.listings(engine, &updates)?;
        let waits = comes == Comes::ToWait;
        // A member's commit has in it what waits.
        let mut pending = match comes {
            Comes::Covering => Listings::default(),
            Comes::ToWait | Comes::FromOutside => {
                let updates = engine.hub_pending_app_data(&self.state);
                let updates = participants::updates(&updates).unwrap_or_default();
                self.listings(engine, &updates)?
            }
        };
        if comes == Comes::FromOutside {
            let joiner = moves.admits.get(&sender);
            let own = |user: &UserId| Some(user) == joiner;
            let left: BTreeSet<UserId> = moves.excludes.values().copied().collect();
            let alone = listings.added.iter().all(own) && !listings.removed.iter().any(own);
            let due =
                listings.removed.is_subset(&left) && listings.removed.is_subset(&pending.removed);
            if !alone || !due {
                return Err(Refusal::RoomState);
            }
            let wholly = |user: &&UserId| {
                let mut clients = self.members.iter().filter(|(_, of)| of == user);
                left.contains(user)
                    && clients.all(|(client, _)| moves.excludes.contains_key(client))
            };
            let mut due = pending.removed.iter().filter(wholly);
            if due.any(|user| !listings.removed.contains(user)) {
                return Err(Refusal::ListedLeaver);
            }
            pending = Listings::default();
        }
        let going = |user: &UserId| listings.goes(user) || pending.goes(user);
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
        let void = comes == Comes::FromOutside;
        let stays =
            |member: &Member| (void || self.stays(*member)) && !moves.excludes.contains_key(member);
        let mut members = self.members.iter();
        match members.any(|(member, user)| listings.goes(user) && stays(member)) {
            true => Err(Refusal::ActiveParticipant),
            false => Ok(()),
        }
    }

    /// Note who is a participant no more, as far as the hub has accepted it: it serves them no more (draft-ietf-mimi-protocol-06, "Update
    /// Room State"). Where there is no list, that is whoever keeps no client.
    pub(super) fn note_removed(&mut self, engine: &E, app_data: &[AppDataUpdate]) {
        let updates = participants::updates(app_data).unwrap_or_default();
        let listings = self.listings(engine, &updates).unwrap_or_default();
        self.removed.extend(listings.removed);
        self.removed.extend(listings.kept_out);
        let going = self
            .leaving
            .iter()
            .filter_map(|member| self.members.get(member));
        let going: BTreeSet<UserId> = going.copied().collect();
        for user in going {
            let mut clients = self.members.iter().filter(|(_, of)| **of == user);
            let unlisted = self.directory.user_uri(user).is_some_and(|uri| {
                engine.hub_participant(&self.state, uri.as_bytes()) == Listed::NoList
            });
            if unlisted && clients.all(|(client, _)| self.leaving.contains(client)) {
                self.removed.insert(user);
            }
        }
    }

    /// Hold proposals of somebody who is a participant no more to what they may still propose: that their user's clients go.
    pub(super) fn check_removed(
        &self,
        engine: &E,
        (sender, moves): (Member, &Moves),
        proposals: &[E::Message],
    ) -> Result<(), Refusal> {
        let user = self.members.get(&sender);
        if !user.is_some_and(|user| self.removed.contains(user)) {
            return Ok(());
        }
        let goes = |proposal| {
            let said = engine.message_proposal(proposal);
            matches!(said, Some(Proposed::Remove(_) | Proposed::SelfRemove))
        };
        let own = moves.excludes.values().all(|gone| Some(gone) == user);
        match own && proposals.iter().all(goes) {
            true => Ok(()),
            false => Err(Refusal::RemovedParticipant),
        }
    }

    /// Whom updates of the list are about, each by the one name that it has.
    fn listings(&self, engine: &E, updates: &[ParticipantListUpdate]) -> Result<Listings, Refusal> {
        let user_at = |index| self.participant_at(engine, index);
        let keeps_out = |role| {
            let authority = self.authority.as_ref();
            authority.is_some_and(|authority| authority.keeps_out(role))
        };
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
            if keeps_out(new.role) {
                listings.kept_out.insert(user);
            }
        }
        for update in updates {
            let removed = update.removed.iter();
            let removed = removed.filter_map(|index| user_at(*index));
            listings.removed.extend(removed);
            let kept_out = update
                .changed
                .iter()
                .filter(|change| keeps_out(change.role));
            let kept_out = kept_out.filter_map(|change| user_at(change.user));
            listings.kept_out.extend(kept_out);
        }
        Ok(listings)
    }

    /// The user at this index of the list.
    pub(super) fn participant_at(&self, engine: &E, index: u32) -> Option<UserId> {
        let (uri, _) = engine.hub_participant_at(&self.state, index)?;
        self.directory.user_named(&uri).map(|(user, _)| user)
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
