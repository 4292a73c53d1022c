//! What a room's application data says of rights: roles, whom credentials let in, and joining codes.

use crate::directory::Directory;
use crate::room_state::components::{JOIN_LINKS, PREAUTH_LIST, ROLES_LIST};
use crate::room_state::{Capability, JoinLinksData, NO_ROLE, PreAuthData, RoleData};
use throng_mls::app_data::AppDataUpdate;
use throng_mls::engine::Engine;
use throng_workloads::intent::UserId;
use tls_codec::Deserialize;

/// What holds in a room by its application data.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) roles: RoleData,
    preauthorized: Option<PreAuthData>,
    pub(super) links: Option<JoinLinksData>,
}

impl Authority {
    /// That of a group's epoch; none where it says nothing of roles.
    pub(super) fn of<E: Engine>(engine: &E, state: &E::Hub) -> Option<Self> {
        fn read<T: Deserialize>(data: Option<Vec<u8>>) -> Option<T> {
            T::tls_deserialize_exact(data?).ok()
        }
        let component = |component| engine.hub_component(state, component);
        Some(Self {
            roles: read(component(ROLES_LIST))?,
            preauthorized: read(component(PREAUTH_LIST)),
            links: read(component(JOIN_LINKS)),
        })
    }

    /// That of a group that says nothing of roles: nobody may do anything.
    pub(super) fn nobodys() -> Self {
        Self {
            roles: RoleData { roles: Vec::new() },
            preauthorized: None,
            links: None,
        }
    }

    /// Whether anything of it is in these updates.
    pub(super) fn is_updated(updates: &[AppDataUpdate]) -> bool {
        let mine = [ROLES_LIST, PREAUTH_LIST, JOIN_LINKS];
        updates
            .iter()
            .any(|update| mine.contains(&update.component))
    }

    /// Whether somebody of this role has no clients in the group.
    pub(super) fn keeps_out(&self, role: u32) -> bool {
        self.roles.role(role).is_some_and(|role| role.is_outside())
    }

    /// Whether there is a role that somebody may have.
    pub(super) fn knows(&self, role: u32) -> bool {
        role != NO_ROLE && self.roles.role(role).is_some()
    }

    /// Whether everybody who may have clients in the group may read what is said there.
    pub(super) fn everybody_listens(&self) -> bool {
        let mut roles = self.roles.roles.iter();
        roles.all(|role| {
            let listens = role.role_capabilities.contains(&Capability::ReceiveMessage);
            role.role_index == NO_ROLE || role.is_outside() || listens
        })
    }

    /// The role that somebody has by a credential.
    pub(super) fn by_credential(&self, directory: &dyn Directory, user: UserId) -> Option<u32> {
        let home = directory.provider_of(user)?;
        self.preauthorized
            .as_ref()?
            .role_of(directory.domain(home)?)
    }

    /// Whether somebody who is no participant may come in by whom its credential says that it is, or because anybody may, and as what.
    pub(super) fn is_open_to(&self, directory: &dyn Directory, user: UserId, role: u32) -> bool {
        let anybody = self.roles.allows(NO_ROLE, Capability::OpenJoin)
            && self.roles.may_change(NO_ROLE, NO_ROLE, role);
        let preauthorized = self.roles.allows(role, Capability::JoinIfPreauthorized)
            && self.by_credential(directory, user) == Some(role);
        anybody || preauthorized
    }

    /// Whether a joining code lets somebody in who is no participant.
    pub(super) fn admits(&self, room: &str, code: Option<&[u8]>) -> bool {
        let links = self.links.as_ref();
        self.roles.allows(NO_ROLE, Capability::UseJoinCode)
            && code
                .zip(links)
                .is_some_and(|(code, links)| links.admit(room, code))
    }
}
