//! What the group of a room begins with.

use super::components;
use super::franking_agent::FrankingAgentData;
use super::join_links::{JoinLinkPolicy, JoinLinksData};
use super::metadata::RoomMetaData;
use super::operational::{
    AppMessagePolicy, ExtendedCapabilities, MinDefaultMaxTime, OperationalParameters,
    PendingProposalPolicy,
};
use super::policy::BaseRoomPolicy;
use super::standing::Standing;
use crate::directory::{Directory, domain_of};
use throng_mls::app_data::{APP_DATA_DICTIONARY, APP_DATA_UPDATE, AppData, ComponentId, SAFE_AAD};
use throng_mls::wire::semi_private::{EXTERNAL_RECEIVERS, SEMI_PRIVATE};
use throng_mls::wire::{ExternalReceiver, ExternalSender};
use throng_workloads::scenario::{Handshakes, Policy, TreeDelivery};
use tls_codec::{Error, Serialize};

/// `mls_public_message`.
const PUBLIC: u16 = 1;

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// What one group says of its hub.
#[derive(Debug, Clone, Default)]
pub(crate) struct HubInGroup {
    /// Who stamps its messages.
    pub(crate) agent: Option<FrankingAgentData>,
    /// Who may propose without being a member.
    pub(crate) sender: Option<ExternalSender>,
    /// Who reads its handshakes without being a member.
    pub(crate) receiver: Option<ExternalReceiver>,
}

/// What a room is known by when it begins.
pub(crate) struct Began<'a> {
    /// Its URI.
    pub(crate) room: &'a str,
    /// Which roles there are.
    pub(crate) standing: Standing,
    /// What scenarios say of clients.
    pub(crate) policy: &'a Policy,
    /// What it says of its hub.
    pub(crate) hub: HubInGroup,
    /// Where its parties are.
    pub(crate) directory: &'a dyn Directory,
}

/// What the group of a room begins with that has these participants, each with a role.
pub(crate) fn of_room(
    began: &Began<'_>,
    users: impl Iterator<Item = (String, u32)>,
) -> Result<AppData, Error> {
    let Began { room, policy, .. } = began;
    let mut app_data = AppData::default();
    for (user, role) in users {
        app_data.participants.push(user.as_bytes(), role);
    }
    app_data.external_senders = began.hub.sender.iter().cloned().collect();
    if policy.tree == TreeDelivery::ByUrl {
        let hub = domain_of(room).map(|hub| hub.as_bytes().into());
        app_data.tree_sources.domains = hub.into_iter().collect();
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
            began.standing.roles().tls_serialize_detached()?,
        ),
    ]
    .into();
    let mut policies = vec![components::OPERATIONAL_POLICY, components::ROLES_LIST];
    if let Some(preauthorized) = began.standing.preauthorized(began.directory) {
        let data = preauthorized.tls_serialize_detached()?;
        app_data.others.insert(components::PREAUTH_LIST, data);
        policies.push(components::PREAUTH_LIST);
    }
    if let Some(code) = began.standing.joining_code(room) {
        let links = JoinLinksData::of(room, &code).tls_serialize_detached()?;
        let policy = link_policy().tls_serialize_detached()?;
        let both = [
            (components::JOIN_LINK_POLICY, policy),
            (components::JOIN_LINKS, links),
        ];
        policies.extend(both.iter().map(|(component, _)| *component));
        app_data.others.extend(both);
    }
    let base = base(policies).tls_serialize_detached()?;
    app_data.others.insert(components::BASE_ROOM_POLICY, base);
    if let Some(receiver) = &began.hub.receiver {
        let receivers = std::slice::from_ref(receiver).tls_serialize_detached()?;
        app_data.others.insert(EXTERNAL_RECEIVERS, receivers);
    }
    if let Some(agent) = &began.hub.agent {
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

/// One link for everybody, for as long as there is.
fn link_policy() -> JoinLinkPolicy {
    JoinLinkPolicy {
        on_request: 0,
        join_link: Vec::new().into(),
        multiuser: 1,
        expiration: u32::MAX,
    }
}

fn base(policy_component_ids: Vec<ComponentId>) -> BaseRoomPolicy {
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
        policy_component_ids,
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
        handshake_formats: match policy.handshakes {
            Handshakes::Public => vec![PUBLIC],
            // SelfRemoves and external commits stay in clear.
            Handshakes::SemiPrivate => vec![PUBLIC, SEMI_PRIVATE],
        },
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
    use crate::directory::{Federation, RoomPlace};
    use crate::room_state::{Capability, RoleData};
    use throng_workloads::intent::{ProviderId, RoomId, UserId};
    use throng_workloads::scenario::Profile;
    use tls_codec::{Deserialize, Size};

    fn beginning(policy: &Policy, profile: Profile) -> AppData {
        let directory = Federation {
            domains: ["a", "b", "c"].map(|name| format!("{name}.example")).into(),
            users: vec![ProviderId(0)],
            rooms: vec![RoomPlace {
                hub: ProviderId(0),
                creator: UserId(0),
            }],
        };
        let began = Began {
            room: "mimi://a.example/r/r7",
            standing: Standing::of(profile, &directory, RoomId(0)),
            directory: &directory,
            policy,
            hub: HubInGroup::default(),
        };
        let creator = ("mimi://a.example/u/u1".to_owned(), began.standing.creator());
        of_room(&began, [creator].into_iter()).unwrap()
    }

    /// Summed up by hand from the draft's structs and its list of roles.
    #[test]
    fn components_are_as_long_as_the_drafts_structs() {
        let scenario = throng_workloads::builtin::find("small").unwrap();
        let policy = scenario.scenario(&[]).unwrap().policy;
        let data = beginning(&policy, Profile::Unchecked);
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

    /// The numbers of the draft's examples: roles, and of some how many capabilities they have and whom they may take where.
    #[test]
    fn roles_are_those_of_the_drafts_examples() {
        let scenario = throng_workloads::builtin::find("small").unwrap();
        let policy = scenario.scenario(&[]).unwrap().policy;
        let roles = |profile| {
            let data = beginning(&policy, profile);
            RoleData::tls_deserialize_exact(&data.others[&components::ROLES_LIST]).unwrap()
        };
        let shape = |data: &RoleData| -> Vec<(u32, usize)> {
            let roles = data.roles.iter();
            roles
                .map(|role| (role.role_index, role.role_capabilities.len()))
                .collect()
        };
        let strict = roles(Profile::Strict);
        let counted = [(0, 1), (1, 0), (2, 31), (3, 48), (4, 53), (5, 9)];
        assert_eq!(shape(&strict), counted);
        let moderated = roles(Profile::Moderated);
        let counted = [
            (0, 1),
            (1, 0),
            (2, 10),
            (3, 20),
            (4, 30),
            (5, 46),
            (6, 52),
            (7, 9),
        ];
        assert_eq!(shape(&moderated), counted);
        let several = roles(Profile::MultiOrganization);
        let counted = [
            (0, 0),
            (1, 0),
            (2, 24),
            (3, 22),
            (4, 22),
            (5, 35),
            (6, 33),
            (7, 33),
            (8, 50),
            (9, 9),
        ];
        assert_eq!(shape(&several), counted);
        let targets = |role: u32, from: u32| -> Vec<u32> {
            (0..10)
                .filter(|to| several.may_change(role, from, *to))
                .collect()
        };
        assert_eq!(targets(8, 0), (1..=8).collect::<Vec<u32>>());
        assert_eq!(targets(8, 1), [0, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(targets(8, 2), [0, 1, 5, 8]);
        assert_eq!(targets(8, 3), [0, 1, 6]);
        assert_eq!(targets(8, 5), [0, 1, 2, 8]);
        assert_eq!(targets(8, 7), [0, 1, 4]);
        assert_eq!(targets(8, 8), [0, 1, 2, 5]);
        assert_eq!(targets(6, 3), [0, 1, 6]);
        assert!(targets(6, 2).is_empty());
        assert!(targets(9, 2).is_empty());
        for (data, outsiders) in [(&strict, true), (&moderated, true), (&several, false)] {
            assert_eq!(data.allows(0, Capability::UseJoinCode), outsiders);
            assert!(!data.allows(0, Capability::OpenJoin));
        }
        let speak = |role| moderated.allows(role, Capability::SendMessage);
        assert_eq!([2, 3, 4, 5].map(speak), [false, false, true, true]);
    }
}
