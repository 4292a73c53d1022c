//! Whether roles allow what handshakes do (draft-ietf-mimi-room-policy-03, "Role Capabilities").
//!
//! Each proposal is held to the role of whoever makes it, when the hub accepts it; whoever covers it answers for what it adds itself. Roles
//! are those of the list as far as the hub has accepted changes of it, whether or not they are committed.
//!
//! Where the draft is silent: whoever may add participants may also add clients of those who are participants and have none in the group;
//! a client that comes back with a new leaf needs no capability; and a role's bounds are held against whoever would break them, not
//! against a list that lies beyond them already.

use super::member::{Member, Moves};
use super::participants::Comes;
use super::rights::Authority;
use super::room::Room;
use crate::directory::Directory;
use crate::refusal::Refusal;
use crate::room_state::components::{
    BASE_ROOM_POLICY, JOIN_LINKS, OPERATIONAL_POLICY, PARTICIPANT_LIST, PREAUTH_LIST, ROLES_LIST,
    ROOM_METADATA,
};
use crate::room_state::participants;
use crate::room_state::{
    BANNED, BaseRoomPolicy, Capability, JoinLinksData, NO_ROLE, OperationalParameters, PreAuthData,
    RoleData, RoomMetaData,
};
use std::collections::{BTreeMap, BTreeSet};
use throng_mls::app_data::{AppDataUpdate, ParticipantListUpdate};
use throng_mls::engine::{Checked, Engine};
use throng_workloads::intent::UserId;
use tls_codec::Deserialize;

/// A room's list with more or less of what is accepted.
struct Lists {
    /// By index in the epoch's list; nobody where somebody was taken off it.
    listed: Vec<(Vec<u8>, Option<u32>)>,
    added: BTreeMap<Vec<u8>, u32>,
}

impl Lists {
    fn with(mut self, updates: &[ParticipantListUpdate]) -> Self {
        for update in updates {
            let changed = update.changed.iter().map(|one| (one.user, Some(one.role)));
            let removed = update.removed.iter().map(|index| (*index, None));
            for (index, role) in changed.chain(removed) {
                if let Some((_, of)) = self.listed.get_mut(index as usize) {
                    *of = role;
                }
            }
            let added = update.added.iter();
            self.added
                .extend(added.map(|new| (new.user.as_slice().to_vec(), new.role)));
        }
        self
    }

    /// How many have each role, and how many of them are active.
    fn tally(
        &self,
        directory: &dyn Directory,
        active: &BTreeSet<UserId>,
    ) -> BTreeMap<u32, (u32, u32)> {
        let listed = self.listed.iter();
        let listed = listed.filter_map(|(user, role)| Some((user, (*role)?)));
        let added = self.added.iter().map(|(user, role)| (user, *role));
        let mut tally = BTreeMap::new();
        for (uri, role) in listed.chain(added) {
            let (all, there): &mut (u32, u32) = tally.entry(role).or_default();
            *all += 1;
            let user = directory.user_named(uri);
            *there += u32::from(user.is_some_and(|(user, _)| active.contains(&user)));
        }
        tally
    }
}

/// What somebody wants to do, with what is needed to judge it.
struct Case<'a, E: Engine> {
    room: &'a Room<E>,
    engine: &'a E,
    authority: &'a Authority,
    sender: Member,
    moves: &'a Moves,
    comes: Comes,
    /// Updates of the list that wait and are not void.
    waiting: Vec<ParticipantListUpdate>,
    /// Updates of anything that wait and are not void: a commit covers them with the new ones.
    pending: Vec<AppDataUpdate>,
    /// Those that it makes.
    new: Vec<ParticipantListUpdate>,
}

/// The updates among these that are not among those that wait, each of which is one of them.
fn beyond(all: &[AppDataUpdate], waiting: &[AppDataUpdate]) -> Vec<AppDataUpdate> {
    let mut waiting: Vec<&AppDataUpdate> = waiting.iter().collect();
    let mut new = all.to_vec();
    new.retain(|update| {
        let found = waiting.iter().position(|waits| *waits == update);
        found.map(|at| waiting.swap_remove(at)).is_none()
    });
    new
}

impl<E: Engine> Room<E> {
    /// Hold handshakes to the role of whoever sends them, where anybody is held to one.
    pub(super) fn check_authority<H>(
        &self,
        engine: &E,
        checked: &Checked<H>,
        (sender, moves): (Member, &Moves),
        comes: Comes,
    ) -> Result<(), Refusal> {
        let Some(authority) = &self.authority else {
            return Ok(());
        };
        let pending = match comes {
            Comes::FromOutside => Vec::new(),
            Comes::ToWait | Comes::Covering => engine.hub_pending_app_data(&self.state),
        };
        let new = match comes {
            Comes::Covering => beyond(&checked.app_data, &pending),
            Comes::ToWait | Comes::FromOutside => checked.app_data.clone(),
        };
        let lists = |all: &[AppDataUpdate]| {
            participants::updates(all).map_err(|_| Refusal::MalformedMessage)
        };
        let case = Case {
            room: self,
            engine,
            authority,
            sender,
            moves,
            comes,
            waiting: lists(&pending)?,
            pending,
            new: lists(&new)?,
        };
        case.judge(&new)
    }

    /// The role of a user, by what is accepted; none of whoever is not on the list.
    fn role_of(&self, engine: &E, updates: &[ParticipantListUpdate], user: UserId) -> u32 {
        let Some(uri) = self.directory.user_uri(user) else {
            return NO_ROLE;
        };
        let listed = engine.hub_participant(&self.state, uri.as_bytes());
        let Some(listed) = listed.participant() else {
            let mut added = updates.iter().flat_map(|update| &update.added);
            let new = added.find(|new| new.user.as_slice() == uri.as_bytes());
            return new.map_or(NO_ROLE, |new| new.role);
        };
        for update in updates {
            let mut changed = update.changed.iter();
            if let Some(change) = changed.find(|change| change.user == listed.index) {
                return change.role;
            }
            if update.removed.contains(&listed.index) {
                return NO_ROLE;
            }
        }
        listed.role
    }

    fn accepted_role(&self, engine: &E, user: UserId) -> u32 {
        let pending = engine.hub_pending_app_data(&self.state);
        let updates = participants::updates(&pending).unwrap_or_default();
        self.role_of(engine, &updates, user)
    }

    /// Whether a user's role allows this, where anybody is held to one.
    pub(super) fn allows(&self, engine: &E, user: UserId, capability: Capability) -> bool {
        let authority = self.authority.as_ref();
        authority.is_none_or(|authority| {
            let role = self.accepted_role(engine, user);
            authority.roles.allows(role, capability)
        })
    }

    /// Whether a client may have the GroupInfo, to come in from outside. A code that it shows is remembered until it comes.
    pub fn lets_in(
        &mut self,
        engine: &E,
        (client, user): (Member, UserId),
        code: Option<&[u8]>,
    ) -> bool {
        let Some(authority) = &self.authority else {
            return true;
        };
        // One who is there may come back.
        if self.members.contains_key(&client) {
            return true;
        }
        let role = self.accepted_role(engine, user);
        if role != NO_ROLE {
            return authority.roles.allows(role, Capability::AddOwnClient)
                && !authority.keeps_out(role);
        }
        let mut roles = authority.roles.roles.iter();
        if roles.any(|role| authority.is_open_to(&*self.directory, user, role.role_index)) {
            return true;
        }
        let room = self.directory.room_uri(self.id).unwrap_or_default();
        let invited = authority.admits(&room, code);
        if invited {
            self.invited.insert(client, user);
        }
        invited
    }
}

impl<E: Engine> Case<'_, E> {
    fn judge(&self, new: &[AppDataUpdate]) -> Result<(), Refusal> {
        let user = self.moves.admits.get(&self.sender);
        let user = user.or_else(|| self.room.members.get(&self.sender));
        let user = *user.ok_or(Refusal::NoMember)?;
        let may = self.components(user, new)
            && self.list(user)
            && self.clients(user)
            && self.within_bounds();
        match may {
            true => Ok(()),
            false => Err(Refusal::Role),
        }
    }

    fn role(&self, user: UserId) -> u32 {
        self.room.role_of(self.engine, &self.waiting, user)
    }

    fn allows(&self, user: UserId, capability: Capability) -> bool {
        self.authority.roles.allows(self.role(user), capability)
    }

    fn listed(&self, index: u32) -> Option<UserId> {
        self.room.participant_at(self.engine, index)
    }

    /// Updates of anything but the list, each of which has to be what its component takes. Of what waits and what is new, whichever came
    /// first, no commit may change roles and the list, nor preauthorized users and more of the list than who is taken off it.
    fn components(&self, by: UserId, new: &[AppDataUpdate]) -> bool {
        let more =
            |update: &ParticipantListUpdate| !update.added.is_empty() || !update.changed.is_empty();
        let mut all = self.new.iter().chain(&self.waiting);
        let lists = all.clone().next().is_some();
        let more_than_removes = all.any(more);
        let waits = |component| {
            self.pending
                .iter()
                .any(|waits| waits.component == component)
        };
        if !self.new.is_empty() && waits(ROLES_LIST)
            || self.new.iter().any(more) && waits(PREAUTH_LIST)
        {
            return false;
        }
        new.iter().all(|update| {
            let data = &update.update;
            match update.component {
                PARTICIPANT_LIST => true,
                ROOM_METADATA => self.metadata(by, data),
                ROLES_LIST => {
                    !lists && roles(data) && self.allows(by, Capability::ChangeRoleDefinitions)
                }
                PREAUTH_LIST => {
                    !more_than_removes
                        && reads::<PreAuthData>(data)
                        && self.allows(by, Capability::ChangePreauthorizedUserList)
                }
                JOIN_LINKS => self.links(by, data),
                BASE_ROOM_POLICY => {
                    reads::<BaseRoomPolicy>(data)
                        && self.allows(by, Capability::ChangeRoomMembershipStyle)
                }
                OPERATIONAL_POLICY => {
                    reads::<OperationalParameters>(data)
                        && self.allows(by, Capability::ChangeMlsOperationalPolicies)
                }
                _ => false,
            }
        })
    }

    /// New links, and links that hold no more.
    fn links(&self, by: UserId, new: &[u8]) -> bool {
        let Ok(new) = JoinLinksData::tls_deserialize_exact(new) else {
            return false;
        };
        let old = self.authority.links.as_ref();
        let old = old.map_or(&[][..], |old| &old.links);
        let made = new.links.iter().any(|link| !old.contains(link));
        let gone = old.iter().any(|link| !new.links.contains(link));
        (!made || self.allows(by, Capability::CreateJoinCode))
            && (!gone || self.allows(by, Capability::DeleteJoinCode))
    }

    /// Each field that changes has a capability of its own.
    fn metadata(&self, by: UserId, new: &[u8]) -> bool {
        use Capability::*;
        let component = self.engine.hub_component(&self.room.state, ROOM_METADATA);
        let old = component.and_then(|old| RoomMetaData::tls_deserialize_exact(old).ok());
        let new = RoomMetaData::tls_deserialize_exact(new).ok();
        let Some((old, new)) = old.zip(new) else {
            return false;
        };
        let changed = [
            (old.room_name != new.room_name, ChangeRoomName),
            (
                old.room_descriptions != new.room_descriptions,
                ChangeRoomDescription,
            ),
            (old.room_avatar != new.room_avatar, ChangeRoomAvatar),
            (old.room_subject != new.room_subject, ChangeRoomSubject),
            (old.room_mood != new.room_mood, ChangeRoomMood),
        ];
        let mut changed = changed.iter().filter(|(changed, _)| *changed);
        old.room_uri == new.room_uri && changed.all(|(_, needed)| self.allows(by, *needed))
    }

    /// Changes of the list.
    fn list(&self, by: UserId) -> bool {
        let roles = &self.authority.roles;
        let role = self.role(by);
        self.new.iter().all(|update| {
            let added = update.added.iter().all(|new| {
                let directory = &*self.room.directory;
                let user = directory.user_named(new.user.as_slice());
                match user {
                    Some((user, _)) if user == by => self.comes_in(by, new.role),
                    _ => {
                        roles.allows(role, Capability::AddParticipant)
                            && roles.may_change(role, NO_ROLE, new.role)
                    }
                }
            });
            // Whoever comes from outside takes off the list those who leave: they answer for that themselves.
            let removed = self.comes == Comes::FromOutside
                || update.removed.iter().all(|index| {
                    self.listed(*index).is_some_and(|user| {
                        let capability = match user == by {
                            true => Capability::RemoveSelf,
                            false => Capability::RemoveParticipant,
                        };
                        roles.allows(role, capability)
                            && roles.may_change(role, self.role(user), NO_ROLE)
                    })
                });
            let changed = update.changed.iter().all(|change| {
                let user = self.listed(change.user);
                user.is_some_and(|user| self.changes_role(by, user, change.role))
            });
            added && removed && changed
        })
    }

    fn comes_in(&self, user: UserId, role: u32) -> bool {
        let roles = &self.authority.roles;
        let invited = self.room.invited.contains_key(&self.sender)
            && roles.allows(NO_ROLE, Capability::UseJoinCode)
            && roles.may_change(NO_ROLE, NO_ROLE, role);
        invited || self.authority.is_open_to(&*self.room.directory, user, role)
    }

    fn changes_role(&self, by: UserId, user: UserId, to: u32) -> bool {
        let roles = &self.authority.roles;
        if user == by {
            let own = self.authority.by_credential(&*self.room.directory, user);
            return self.allows(by, Capability::ChangeOwnRole) && own == Some(to);
        }
        let (role, from) = (self.role(by), self.role(user));
        let may = |capability| roles.allows(role, capability);
        let capability = match (from, to) {
            (_, BANNED) => {
                may(Capability::Ban) || may(Capability::ChangeUserRole) && may(Capability::Kick)
            }
            (BANNED, _) => may(Capability::UnBan),
            _ => may(Capability::ChangeUserRole),
        };
        capability && to != NO_ROLE && roles.may_change(role, from, to)
    }

    /// Clients that come and go without a change of the list.
    fn clients(&self, by: UserId) -> bool {
        let from_outside = self.comes == Comes::FromOutside;
        // One that comes back from outside with a new leaf.
        let back = from_outside && self.moves.excludes.contains_key(&self.sender);
        let comes_back = |member: &Member| back && *member == self.sender;
        let (mut put_on, mut taken_off) = (BTreeSet::new(), BTreeSet::new());
        for update in &self.new {
            let added = update.added.iter();
            let added = added.filter_map(|new| self.room.directory.user_named(new.user.as_slice()));
            put_on.extend(added.map(|(user, _)| user));
            let kept_out = update.changed.iter();
            let kept_out = kept_out.filter(|change| self.authority.keeps_out(change.role));
            let kept_out = kept_out.map(|change| change.user);
            let gone = update.removed.iter().copied().chain(kept_out);
            taken_off.extend(gone.filter_map(|index| self.listed(index)));
        }
        let admits = self.moves.admits.iter().all(|(member, user)| {
            let covered = self.comes == Comes::Covering && self.room.joining.contains_key(member);
            let capability = match *user == by {
                true => Capability::AddOwnClient,
                false => Capability::AddParticipant,
            };
            covered || comes_back(member) || put_on.contains(user) || {
                self.allows(by, capability) && !self.authority.keeps_out(self.role(*user))
            }
        });
        let excludes = self.moves.excludes.iter().all(|(member, user)| {
            let covered =
                from_outside || self.comes == Comes::Covering && self.room.leaving.contains(member);
            let capability = match *user == by {
                true => Capability::RemoveOwnClient,
                false => Capability::Kick,
            };
            covered || comes_back(member) || taken_off.contains(user) || self.allows(by, capability)
        });
        admits && excludes
    }

    /// Whether no role has fewer or more than it may by it.
    fn within_bounds(&self) -> bool {
        let bound = |role: u32| {
            let role = self.authority.roles.role(role);
            role.map(|role| role.bounds())
                .filter(|bounds| bounds.bind())
        };
        let touched = |user: &UserId| bound(self.role(*user)).is_some();
        let moves = self.moves.admits.values();
        let moved = moves.chain(self.moves.excludes.values()).any(touched);
        let of_list = |update: &ParticipantListUpdate| {
            let targets = update.added.iter().map(|new| new.role);
            let targets = targets.chain(update.changed.iter().map(|change| change.role));
            let from = update.changed.iter().map(|change| change.user);
            let from = from.chain(update.removed.iter().copied());
            let from = from.filter_map(|index| self.listed(index));
            targets
                .chain(from.map(|user| self.role(user)))
                .any(|role| bound(role).is_some())
        };
        if !moved && !self.new.iter().any(of_list) {
            return true;
        }
        let (before, after) = (self.tally(&[], false), self.tally(&self.new, true));
        let none = (0, 0);
        self.authority.roles.roles.iter().all(|role| {
            let index = role.role_index;
            let Some(bounds) = bound(index).filter(|_| index != NO_ROLE) else {
                return true;
            };
            let (was, there) = before.get(&index).unwrap_or(&none);
            let (is, here) = after.get(&index).unwrap_or(&none);
            // Those who leave by themselves answer for that themselves, and whoever comes in has to take them along.
            let outsider = self.comes == Comes::FromOutside;
            let within = |(least, most): (u32, Option<u32>), was: u32, is: u32| {
                (outsider || is >= least || is >= was)
                    && (most.is_none_or(|most| is <= most) || is <= was)
            };
            within(bounds.all, *was, *is) && within(bounds.active, *there, *here)
        })
    }

    /// How many have each role and how many are active: as is accepted, with these updates, and with those who come and go or without.
    fn tally(&self, new: &[ParticipantListUpdate], moved: bool) -> BTreeMap<u32, (u32, u32)> {
        let listed = self.engine.hub_participants(&self.room.state);
        let listed = listed.into_iter().map(|(user, role)| (user, Some(role)));
        let lists = Lists {
            listed: listed.collect(),
            added: BTreeMap::new(),
        };
        let lists = lists.with(&self.waiting).with(new);
        let void = self.comes == Comes::FromOutside;
        let goes = |member: &Member| {
            !void && self.room.leaving.contains(member)
                || moved && self.moves.excludes.contains_key(member)
        };
        let members = self.room.members.iter();
        let members = members.filter(|(member, _)| !goes(member));
        let joining = self.room.joining.iter().filter(|_| !void);
        let admits = self.moves.admits.iter().filter(|_| moved);
        let there = members.chain(joining).chain(admits);
        let active = there.map(|(_, user)| *user).collect();
        lists.tally(&*self.room.directory, &active)
    }
}

/// Whether these bytes are one of these, and nothing more.
fn reads<T: Deserialize>(data: &[u8]) -> bool {
    T::tls_deserialize_exact(data).is_ok()
}

/// Whether these are roles, each of a number of its own.
fn roles(data: &[u8]) -> bool {
    let read = RoleData::tls_deserialize_exact(data);
    read.is_ok_and(|data| {
        let numbers: BTreeSet<u32> = data.roles.iter().map(|role| role.role_index).collect();
        numbers.len() == data.roles.len()
    })
}
