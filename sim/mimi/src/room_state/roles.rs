//! Roles: what each allows, and who may give it to whom (draft-ietf-mimi-room-policy-03, "Role-Based Access Control").

use super::capabilities::Capability;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `RoleData` (draft-ietf-mimi-room-policy-03, "Role-Based Access Control").
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RoleData {
    /// `Role roles<V>`.
    pub roles: Vec<Role>,
}

/// `Role`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Role {
    /// What the role is called elsewhere.
    pub role_index: u32,
    /// `opaque role_name<V>`: for people.
    pub role_name: VLBytes,
    /// `opaque role_description<V>`.
    pub role_description: VLBytes,
    /// `CapabilityType role_capabilities<V>`.
    pub role_capabilities: Vec<Capability>,
    /// So many participants at least.
    pub minimum_participants_constraint: u32,
    /// So many at most; `None` for no bound.
    pub maximum_participants_constraint: Option<u32>,
    /// So many with clients in the group at least.
    pub minimum_active_participants_constraint: u32,
    /// So many with clients at most; `None` for no bound.
    pub maximum_active_participants_constraint: Option<u32>,
    /// `SingleSourceRoleChangeTargets authorized_role_changes<V>`.
    pub authorized_role_changes: Vec<SingleSourceRoleChangeTargets>,
}

/// `SingleSourceRoleChangeTargets`: whom a role may take into which others.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SingleSourceRoleChangeTargets {
    /// Those who have this role,
    pub from_role_index: u32,
    /// into these.
    pub target_role_indexes: Vec<u32>,
}

/// How many participants a role may have, and how many of them with clients in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// At least and at most so many participants.
    pub(crate) all: (u32, Option<u32>),
    /// At least and at most so many with clients in the group.
    pub(crate) active: (u32, Option<u32>),
}

impl Role {
    /// Whether nobody of this role has clients in the group.
    pub(crate) fn is_outside(&self) -> bool {
        self.maximum_active_participants_constraint == Some(0)
    }

    /// Its constraints.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            all: (
                self.minimum_participants_constraint,
                self.maximum_participants_constraint,
            ),
            active: (
                self.minimum_active_participants_constraint,
                self.maximum_active_participants_constraint,
            ),
        }
    }
}

impl Bounds {
    /// Whether there is any.
    pub(crate) fn bind(self) -> bool {
        self != Self {
            all: (0, None),
            active: (0, None),
        }
    }
}

impl RoleData {
    /// The role of this index.
    pub(crate) fn role(&self, index: u32) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_index == index)
    }

    /// Whether a role has a capability.
    pub(crate) fn allows(&self, role: u32, capability: Capability) -> bool {
        let role = self.role(role);
        role.is_some_and(|role| role.role_capabilities.contains(&capability))
    }

    /// Whether somebody of this role may take others from one role into another: `authorized_role_changes`. 0 is no role.
    pub(crate) fn may_change(&self, by: u32, from: u32, to: u32) -> bool {
        let changes = self.role(by).map(|role| &role.authorized_role_changes);
        let mut changes = changes.into_iter().flatten();
        changes.any(|of| of.from_role_index == from && of.target_role_indexes.contains(&to))
    }
}
