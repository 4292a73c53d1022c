//! What a member's role allows it, and what it does to others by it. Where nobody is held to a role, all allow everything.

use super::Member;
use crate::client::context::Device;
use crate::client::room::wants::Wish;
use crate::room_state::components::ROLES_LIST;
use crate::room_state::{BANNED, Capability, NO_ROLE, RoleData, Standing, participants};
use crate::vocabulary::reasons;
use std::collections::BTreeSet;
use throng_mls::app_data::{AppDataUpdate, ParticipantListUpdate, RoleChange};
use throng_mls::engine::Engine;
use throng_stack::Reason;
use throng_workloads::intent::{Measure, RoomId, UserId};
use tls_codec::Deserialize;

impl<E: Engine> Member<E> {
    /// The room's roles, where people are held to them.
    fn roles(&self, device: &Device<E>) -> Option<RoleData> {
        if !device.policy.profile.is_checked() {
            return None;
        }
        let data = device.engine.component(&self.group, ROLES_LIST)?;
        RoleData::tls_deserialize_exact(data).ok()
    }

    fn role_of(&self, device: &Device<E>, user: UserId) -> u32 {
        let uri = device.directory.user_uri(user);
        let listed = uri.and_then(|uri| {
            let listed = device.engine.participant(&self.group, uri.as_bytes());
            listed.participant()
        });
        listed.map_or(NO_ROLE, |listed| listed.role)
    }

    /// Whether the own user's role allows messages.
    pub(super) fn may_speak(&self, device: &Device<E>) -> bool {
        let roles = self.roles(device);
        roles.is_none_or(|roles| {
            let own = self.role_of(device, device.user);
            roles.allows(own, Capability::SendMessage)
        })
    }

    /// Whether the own user's role allows what is wanted.
    pub(super) fn role_allows(
        &self,
        (device, room): (&Device<E>, RoomId),
        what: &Wish<E::Message>,
    ) -> bool {
        let Some(roles) = self.roles(device) else {
            return true;
        };
        let own = self.role_of(device, device.user);
        let may = |capability| roles.allows(own, capability);
        match what {
            Wish::Add(gathering) => {
                let standing = Standing::of(device.policy.profile, &*device.directory, room);
                let clients = gathering.found();
                let users = clients.filter_map(|(uri, _)| device.directory.client_named(uri));
                let users: BTreeSet<_> = users.map(|(user, _, home)| (user, home)).collect();
                may(Capability::AddParticipant)
                    && users.into_iter().all(|(user, home)| {
                        let role = self.role_of(device, user);
                        match roles.role(role).filter(|_| role != NO_ROLE) {
                            Some(role) => !role.is_outside(),
                            None => roles.may_change(own, NO_ROLE, standing.added(home)),
                        }
                    })
            }
            // Of nobody who is there it says so itself.
            Wish::RemoveUser(user) => {
                let role = self.role_of(device, *user);
                *user == device.user
                    || role == NO_ROLE
                    || may(Capability::RemoveParticipant) && roles.may_change(own, role, NO_ROLE)
            }
            Wish::RemoveClient(user, _) => match *user == device.user {
                true => may(Capability::RemoveOwnClient),
                false => may(Capability::Kick),
            },
            Wish::Administer(measure, user) => {
                let role = self.role_of(device, *user);
                let Ok(target) = self.role_after((device, room), *measure, *user) else {
                    return true;
                };
                let changes = |capability| {
                    let to = target.unwrap_or(role);
                    may(capability) && roles.may_change(own, role, to)
                };
                match measure {
                    Measure::Kick => may(Capability::Kick),
                    Measure::Ban => changes(Capability::Ban),
                    Measure::Unban => changes(Capability::UnBan),
                    Measure::Promote | Measure::Demote => changes(Capability::ChangeUserRole),
                }
            }
            Wish::Update | Wish::Leave | Wish::Message(_) => true,
        }
    }

    /// The role that somebody is to have, if it is to be another one.
    fn role_after(
        &self,
        (device, room): (&Device<E>, RoomId),
        measure: Measure,
        user: UserId,
    ) -> Result<Option<u32>, &'static Reason> {
        let standing = Standing::of(device.policy.profile, &*device.directory, room);
        let home = device.directory.provider_of(user);
        let home = home.ok_or(&reasons::NAMELESS_USER)?;
        let role = self.role_of(device, user);
        let other = match measure {
            Measure::Kick => return Ok(None),
            Measure::Ban => Some(BANNED).filter(|_| role != BANNED && role != NO_ROLE),
            Measure::Unban => Some(standing.added(home)).filter(|_| role == BANNED),
            Measure::Promote => standing.promoted(role, home),
            Measure::Demote => standing.demoted(role, home),
        };
        other.map(Some).ok_or(&reasons::NO_OTHER_ROLE)
    }

    /// The update of the list that a measure makes, if it makes one.
    pub(super) fn measure(
        &self,
        (device, room): (&Device<E>, RoomId),
        measure: Measure,
        user: UserId,
    ) -> Result<Vec<AppDataUpdate>, &'static Reason> {
        let Some(role) = self.role_after((device, room), measure, user)? else {
            return Ok(Vec::new());
        };
        let index = self.index_of(device, user);
        let user = index.ok_or(&reasons::NO_OTHER_ROLE)?;
        let update = ParticipantListUpdate {
            changed: vec![RoleChange { user, role }],
            ..ParticipantListUpdate::default()
        };
        participants::proposals(&update).map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)
    }

    /// The update that takes the own user off the list. Where the role has to be somebody's and nobody else has it, it goes to another,
    /// the first on the list who can have it.
    pub(super) fn resignation(
        &self,
        device: &Device<E>,
    ) -> Result<Vec<AppDataUpdate>, &'static Reason> {
        let plain = self.removed_participant(device, device.user);
        let plain = plain.map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)?;
        let Some(roles) = self.roles(device) else {
            return Ok(plain);
        };
        let own = self.role_of(device, device.user);
        if !roles.allows(own, Capability::RemoveSelf) || !roles.may_change(own, own, NO_ROLE) {
            return Err(&reasons::ROLE_FORBIDS);
        }
        let bounds = roles.role(own).map(|role| role.bounds());
        let least = bounds.map_or(0, |bounds| bounds.all.0.max(bounds.active.0));
        if least == 0 {
            return Ok(plain);
        }
        let touched = self.touched(&device.engine);
        let touched = touched.map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)?;
        let going = self.going(&device.engine);
        let participants = device.engine.participants(&self.group);
        let others = (0..).zip(participants).filter_map(|(index, (uri, role))| {
            let (user, _) = device.directory.user_named(&uri)?;
            let leaves = self.leaves_of(device, user);
            let there = leaves.iter().any(|leaf| !going.contains(leaf));
            let stays = user != device.user && there && !touched.indices.contains(&index);
            stays.then_some((index, role))
        });
        let others: Vec<(u32, u32)> = others.collect();
        let alike = others.iter().filter(|(_, role)| *role == own).count() as u64;
        if alike >= u64::from(least) {
            return Ok(plain);
        }
        let may = |role: u32| {
            roles.allows(own, Capability::ChangeUserRole) && roles.may_change(own, role, own)
        };
        let heir = others.iter().find(|(_, role)| *role != own && may(*role));
        let (heir, _) = heir.ok_or(&reasons::NOBODY_TO_FOLLOW)?;
        let index = self.index_of(device, device.user);
        let update = ParticipantListUpdate {
            changed: vec![RoleChange {
                user: *heir,
                role: own,
            }],
            removed: index.into_iter().collect(),
            ..ParticipantListUpdate::default()
        };
        participants::proposals(&update).map_err(|_| &reasons::UNKNOWN_PARTICIPANTS)
    }
}
