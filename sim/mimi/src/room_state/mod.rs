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
//! | 0x0026 `preauth_list` | [`PreAuthData`], in rooms of several organisations |
//! | 0x0027 `base_room_policy` | [`BaseRoomPolicy`] |
//! | 0x0029 `join_link_policy` | [`JoinLinkPolicy`], where people come in by a code |
//! | 0x002a `join_links` | [`JoinLinksData`], likewise |
//!
//! The numbers from 0x0024 on are those that the draft suggests. Which roles there are says `policy.profile` of the scenario, and
//! whether hubs hold people to them (`hub/authority.rs`).

mod beginning;
mod capabilities;
pub mod components;
mod franking_agent;
mod join_links;
mod metadata;
mod operational;
pub(crate) mod participants;
mod policy;
mod preauthorized;
mod profiles;
mod roles;
mod standing;

pub(crate) use beginning::{Began, HubInGroup, of_room};
pub use capabilities::Capability;
pub use franking_agent::FrankingAgentData;
pub use join_links::{JoinLinkPolicy, JoinLinksData};
pub use metadata::{RichDescription, RoomMetaData};
pub use operational::{
    AppMessagePolicy, ExtendedCapabilities, MinDefaultMaxTime, OperationalParameters,
    PendingProposalPolicy,
};
pub use policy::BaseRoomPolicy;
pub use preauthorized::{Claim, ClaimId, PreAuthData, PreAuthRoleEntry};
pub use roles::{Role, RoleData, SingleSourceRoleChangeTargets};
pub(crate) use standing::{BANNED, NO_ROLE, Standing};
