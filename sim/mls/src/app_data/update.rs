//! Updates of a participant list, as they travel.

use super::error::AppDataError;
use tls_codec::{Deserialize, Serialize, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `ParticipantListUpdate` (draft-ietf-mimi-protocol-06, "Participant List"). Indices are those of the list in the epoch that the
/// update is made in.
#[derive(Debug, Clone, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ParticipantListUpdate {
    /// `UserindexRolePair changedRoleParticipants<V>`.
    pub changed: Vec<RoleChange>,
    /// `uint32 removedIndices<V>`.
    pub removed: Vec<u32>,
    /// `UserRolePair addedParticipants<V>`, which come to the end of the list.
    pub added: Vec<UserRolePair>,
}

/// `UserindexRolePair`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RoleChange {
    /// `user_index`.
    pub user: u32,
    /// `role_index` from then on.
    pub role: u32,
}

/// Somebody on a participant list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participant {
    /// Its index in the list.
    pub index: u32,
    /// Its role.
    pub role: u32,
}

/// Whether somebody is on a group's participant list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// The group has none.
    NoList,
    /// It has one, and they are not on it.
    Absent,
    /// They are.
    Here(Participant),
}

impl Listed {
    /// On a list that there is, where they may be.
    pub(crate) fn on_list(found: Option<Participant>) -> Self {
        found.map_or(Self::Absent, Self::Here)
    }

    /// Where on the list, if they are on it.
    pub fn participant(self) -> Option<Participant> {
        match self {
            Self::Here(participant) => Some(participant),
            Self::NoList | Self::Absent => None,
        }
    }
}

/// `UserRolePair`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UserRolePair {
    /// `opaque user<V>`: its URI.
    pub user: VLBytes,
    /// `role_index`.
    pub role: u32,
}

impl From<(&[u8], u32)> for UserRolePair {
    fn from((user, role): (&[u8], u32)) -> Self {
        Self {
            user: user.into(),
            role,
        }
    }
}

impl ParticipantListUpdate {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty() && self.added.is_empty()
    }

    /// Its encoding.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`] where it is longer than a vector can be.
    pub fn encode(&self) -> Result<Vec<u8>, AppDataError> {
        self.tls_serialize_detached()
            .map_err(|_| AppDataError::Malformed)
    }

    /// The update of this encoding.
    ///
    /// # Errors
    /// [`AppDataError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AppDataError> {
        Self::tls_deserialize_exact(bytes).map_err(|_| AppDataError::Malformed)
    }
}
