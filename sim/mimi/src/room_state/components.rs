//! Component ids (draft-ietf-mimi-protocol-06 and draft-ietf-mimi-room-policy-03, "IANA Considerations").

use throng_mls::app_data::{AppDataRules, ComponentId};

/// `frank_aad`: what commits to a message's content, in Safe AAD.
pub const FRANK_AAD: ComponentId = 0x0020;
/// `franking_agent`: who stamps messages.
pub const FRANKING_AGENT: ComponentId = 0x0021;
/// `participant_list`.
pub const PARTICIPANT_LIST: ComponentId = AppDataRules::MIMI.participants;
/// `room_metadata`.
pub const ROOM_METADATA: ComponentId = 0x0023;
/// `mls_operational_policy`.
pub const OPERATIONAL_POLICY: ComponentId = 0x0024;
/// `roles_list`.
pub const ROLES_LIST: ComponentId = 0x0025;
/// `preauth_list`.
pub const PREAUTH_LIST: ComponentId = 0x0026;
/// `base_room_policy`.
pub const BASE_ROOM_POLICY: ComponentId = 0x0027;
/// `join_link_policy`.
pub const JOIN_LINK_POLICY: ComponentId = 0x0029;
/// `join_links`.
pub const JOIN_LINKS: ComponentId = 0x002a;
