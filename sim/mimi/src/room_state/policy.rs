//! What holds in a room whoever is in it.

use throng_mls::app_data::ComponentId;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `BaseRoomPolicy` (draft-ietf-mimi-room-policy-03, "Base Room policy component syntax"). A `bool` is a byte, 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct BaseRoomPolicy {
    /// Whether participants are those that the room began with.
    pub fixed_membership: u8,
    /// Whether participants have to be some of another room's. Spelt as in the draft.
    pub parent_dependant: u8,
    /// `Uri parent_room<V>`: the other room, if there is one.
    pub parent_room: Vec<VLBytes>,
    /// Whether a user may have several clients in the group.
    pub multi_device: u8,
    /// So many clients at most.
    pub max_clients: Option<u32>,
    /// So many participants at most.
    pub max_users: Option<u32>,
    /// Whether credentials may hold pseudonyms.
    pub pseudonyms_allowed: u8,
    /// Whether the room outlives its group.
    pub persistent_room: u8,
    /// Whether it can be searched for.
    pub discoverable: u8,
    /// `Component policy_component_ids<V>`: other components with policy.
    pub policy_component_ids: Vec<ComponentId>,
}
