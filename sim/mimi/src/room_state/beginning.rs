//! What the group of a room begins with.

use super::components;
use super::franking_agent::FrankingAgentData;
use super::metadata::RoomMetaData;
use super::operational::{
    AppMessagePolicy, ExtendedCapabilities, MinDefaultMaxTime, OperationalParameters,
    PendingProposalPolicy,
};
use super::participants::{GROUP_ADMIN, ORDINARY_USER};
use super::policy::BaseRoomPolicy;
use super::roles::RoleData;
use throng_mls::app_data::{APP_DATA_DICTIONARY, APP_DATA_UPDATE, AppData, SAFE_AAD};
use throng_workloads::scenario::Policy;
use tls_codec::{Error, Serialize};

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// What the group of a new room begins with.
pub(crate) fn of_new_room(
    room: &str,
    creator: &str,
    policy: &Policy,
    agent: Option<&FrankingAgentData>,
) -> Result<AppData, Error> {
    of_room(
        room,
        [(creator.to_owned(), true)].into_iter(),
        policy,
        agent,
    )
}

/// What the group of a room begins with that has these participants, one of whom created it, and whose messages this agent stamps.
pub(crate) fn of_room(
    room: &str,
    users: impl Iterator<Item = (String, bool)>,
    policy: &Policy,
    agent: Option<&FrankingAgentData>,
) -> Result<AppData, Error> {
    let mut app_data = AppData::default();
    for (user, creator) in users {
        let role = if creator { GROUP_ADMIN } else { ORDINARY_USER };
        app_data.participants.push(user.as_bytes(), role);
    }
    app_data.participants.shrink_to_fit();
    app_data.others = [
        (
            components::ROOM_METADATA,
            metadata(room).tls_serialize_detached()?,
        ),
        (
            components::OPERATIONAL_POLICY,
            operational(policy).tls_serialize_detached()?,
        ),
        (
            components::ROLES_LIST,
            RoleData::cooperative().tls_serialize_detached()?,
        ),
        (
            components::BASE_ROOM_POLICY,
            base().tls_serialize_detached()?,
        ),
    ]
    .into();
    if let Some(agent) = agent {
        let understood = vec![components::FRANK_AAD];
        app_data.others.extend([
            (SAFE_AAD, understood.tls_serialize_detached()?),
            (components::FRANKING_AGENT, agent.tls_serialize_detached()?),
        ]);
    }
    Ok(app_data)
}

/// A room is called as its URI ends.
fn metadata(room: &str) -> RoomMetaData {
    let name = room.rsplit('/').next().unwrap_or(room);
    let empty = || Vec::new().into();
    RoomMetaData {
        room_uri: room.as_bytes().into(),
        room_name: name.as_bytes().into(),
        room_descriptions: Vec::new(),
        room_avatar: empty(),
        room_subject: empty(),
        room_mood: empty(),
    }
}

fn base() -> BaseRoomPolicy {
    BaseRoomPolicy {
        fixed_membership: 0,
        parent_dependant: 0,
        parent_room: Vec::new(),
        multi_device: 1,
        max_clients: None,
        max_users: None,
        pseudonyms_allowed: 0,
        persistent_room: 0,
        discoverable: 0,
        policy_component_ids: vec![components::OPERATIONAL_POLICY, components::ROLES_LIST],
    }
}

/// What the scenario has its clients do, in the draft's terms; what it says nothing of is left open.
fn operational(policy: &Policy) -> OperationalParameters {
    let lifetime = policy.key_package_lifetime.as_nanos() / 1_000_000;
    OperationalParameters {
        mandatory_capabilities: ExtendedCapabilities {
            extensions: vec![APP_DATA_DICTIONARY],
            proposals: vec![APP_DATA_UPDATE],
            component_ids: vec![components::PARTICIPANT_LIST],
            ..ExtendedCapabilities::default()
        },
        default_capabilities: ExtendedCapabilities::default(),
        forbidden_capabilities: ExtendedCapabilities::default(),
        // PublicMessage.
        handshake_formats: vec![1],
        external_proposal_allowed: 0,
        external_commit_allowed: 1,
        pending_proposal_policy: PendingProposalPolicy::Unspecified,
        leaf_node_update_time: MinDefaultMaxTime::default(),
        app_message_policy: AppMessagePolicy {
            epoch_tolerance: policy.epoch_tolerance.min(u8::MAX.into()) as u8,
            pad_to_size: policy.padding.min(u16::MAX.into()) as u16,
            max_generations_skipahead: policy.max_forward,
        },
        max_kp_lifetime: lifetime,
        max_credential_lifetime: lifetime.max(365 * DAY),
        resumption_psk_lifetime: 0,
        sender_nonce_keypair_lifetime: MinDefaultMaxTime::default(),
        max_keypairs: policy.max_forward,
        buffer_incoming_message_time: MinDefaultMaxTime::default(),
        max_buffered_messages: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tls_codec::{Deserialize, Size};

    /// Summed up by hand from the draft's structs and its list of roles.
    #[test]
    fn components_are_as_long_as_the_drafts_structs() {
        let scenario = throng_workloads::builtin::find("small").unwrap();
        let policy = scenario.scenario(&[]).unwrap().policy;
        let room = "mimi://a.example/r/r7";
        let data = of_new_room(room, "mimi://a.example/u/u1", &policy, None).unwrap();
        let len = |component| data.others[&component].len();
        // URI, name, no descriptions, and three empty strings.
        assert_eq!(len(components::ROOM_METADATA), 22 + 3 + 1 + 3);
        // Three bools, no parent, one bool, two absences, three bools, two ids.
        assert_eq!(len(components::BASE_ROOM_POLICY), 2 + 1 + 1 + 2 + 3 + 1 + 4);
        // Of each role: index, name, no description, two bytes a capability, minima, maxima (a byte if absent, else five), and of each
        // change a role, and four bytes a target.
        let vector = |bytes: usize| bytes + if bytes < 64 { 1 } else { 2 };
        let change = |targets: usize| 4 + vector(4 * targets);
        let roles = [
            (7, 0, 1 + 5, vec![]),
            (6, 0, 1 + 5, vec![]),
            (13, 37, 2, vec![1, 1]),
            (11, 44, 2, vec![3; 4]),
            (11, 47, 2, vec![4; 5]),
            (15, 9, 5 + 5, vec![1, 1, 2, 2, 2]),
        ];
        let bytes = roles
            .into_iter()
            .map(|(name, capabilities, maxima, changes)| {
                let changes: usize = changes.into_iter().map(change).sum();
                4 + vector(name) + 1 + vector(2 * capabilities) + 8 + maxima + vector(changes)
            });
        assert_eq!(len(components::ROLES_LIST), vector(bytes.sum()));
        let roles = RoleData::tls_deserialize_exact(&data.others[&components::ROLES_LIST]).unwrap();
        assert_eq!(roles, RoleData::cooperative());
        let operational = OperationalParameters::tls_deserialize_exact(
            &data.others[&components::OPERATIONAL_POLICY],
        )
        .unwrap();
        assert_eq!(
            operational.tls_serialized_len(),
            len(components::OPERATIONAL_POLICY)
        );
        assert_eq!(operational.app_message_policy.pad_to_size, 128);
    }
}
