//! The room's state in the GroupContext: components of `app_data_dictionary` (draft-ietf-mimi-protocol-06, "Cryptographic room
//! representation"; draft-ietf-mimi-room-policy-03).
//!
//! | component | what |
//! |---|---|
//! | 0x0021 `franking_agent` | [`FrankingAgentData`], where messages are franked |
//! | 0x0022 `participant_list` | who is in the room, and in which role |
//! | 0x0023 `room_metadata` | [`RoomMetaData`] |
//! | 0x0024 `mls_operational_policy` | [`OperationalParameters`] |
//! | 0x0025 `roles_list` | [`RoleData`] |
//! | 0x0027 `base_room_policy` | [`BaseRoomPolicy`] |
//!
//! The values of the last three are those that the draft suggests. Rooms begin with the roles of a cooperatively administered
//! room, and nobody has a right to change any but the list yet. Not there: preauthorised users (0x0026) and
//! `external_senders`.

mod beginning;
mod capabilities;
pub mod components;
mod franking_agent;
mod metadata;
mod operational;
pub(crate) mod participants;
mod policy;
mod roles;

pub(crate) use beginning::{of_new_room, of_room};
pub use capabilities::Capability;
pub use franking_agent::FrankingAgentData;
pub use metadata::{RichDescription, RoomMetaData};
pub use operational::{
    AppMessagePolicy, ExtendedCapabilities, MinDefaultMaxTime, OperationalParameters,
    PendingProposalPolicy,
};
pub use policy::BaseRoomPolicy;
pub use roles::{Role, RoleData, SingleSourceRoleChangeTargets};
