//! Roles: what each allows, and who may give it to whom.

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

/// Constraints: participants, at least and at most, and those of them with clients in the group.
type Bounds = [(u32, Option<u32>); 2];

/// Nobody with clients in the group.
const INACTIVE: Bounds = [(0, None), (0, Some(0))];
/// No bounds.
const ANY: Bounds = [(0, None), (0, None)];

fn role(
    role_index: u32,
    name: &str,
    capabilities: impl IntoIterator<Item = Capability>,
    [(least, most), (least_active, most_active)]: Bounds,
    changes: &[(u32, &[u32])],
) -> Role {
    let changes = changes
        .iter()
        .map(|(from, targets)| SingleSourceRoleChangeTargets {
            from_role_index: *from,
            target_role_indexes: targets.to_vec(),
        });
    Role {
        role_index,
        role_name: name.as_bytes().into(),
        role_description: Vec::new().into(),
        role_capabilities: capabilities.into_iter().collect(),
        minimum_participants_constraint: least,
        maximum_participants_constraint: most,
        minimum_active_participants_constraint: least_active,
        maximum_active_participants_constraint: most_active,
        authorized_role_changes: changes.collect(),
    }
}

impl RoleData {
    /// A cooperatively administered room (draft-ietf-mimi-room-policy-03, "Role examples").
    pub fn cooperative() -> Self {
        use Capability::*;
        const ORDINARY: [Capability; 37] = [
            AddParticipant,
            RemoveParticipant,
            AddOwnClient,
            RemoveOwnClient,
            RemoveSelf,
            SendMessage,
            ReceiveMessage,
            CopyMessage,
            ReportAbuse,
            ReplyToMessage,
            ReactToMessage,
            DeleteOwnReaction,
            EditOwnMessage,
            DeleteOwnMessage,
            StartTopic,
            ReplyInTopic,
            EditOwnTopic,
            UploadImage,
            UploadVideo,
            UploadAudio,
            UploadAttachment,
            DownloadImage,
            DownloadVideo,
            DownloadAudio,
            DownloadAttachment,
            SendLink,
            SendLinkPreview,
            FollowLink,
            CopyLink,
            ChangeRoomName,
            ChangeRoomAvatar,
            ChangeRoomSubject,
            ChangeRoomMood,
            ChangeOwnName,
            ChangeOwnPresence,
            ChangeOwnMood,
            ChangeOwnAvatar,
        ];
        // Names of the draft that its registry lacks (canRevokeVoice, canGrantVoice) have no number and are left out.
        const ADMIN: [Capability; 7] = [
            Ban,
            UnBan,
            Kick,
            ChangeUserRole,
            DeleteOtherMessage,
            EditOtherTopic,
            ChangeRoomDescription,
        ];
        const SUPER_ADMIN: [Capability; 3] = [
            ChangeRoomMembershipStyle,
            ChangePreauthorizedUserList,
            DestroyRoom,
        ];
        const ENFORCER: [Capability; 9] = [
            RemoveParticipant,
            ChangeUserRole,
            Ban,
            UnBan,
            ChangeRoleDefinitions,
            ChangePreauthorizedUserList,
            ChangeMlsOperationalPolicies,
            DestroyRoom,
            SendMlsReinitProposal,
        ];
        let admin = || ORDINARY.into_iter().chain(ADMIN);
        Self {
            roles: vec![
                role(0, "no_role", [], INACTIVE, &[]),
                role(1, "banned", [], INACTIVE, &[]),
                role(2, "ordinary_user", ORDINARY, ANY, &[(0, &[2]), (2, &[0])]),
                role(
                    3,
                    "group_admin",
                    admin(),
                    [(1, None), (0, None)],
                    &[
                        (0, &[1, 2, 3]),
                        (1, &[0, 2, 3]),
                        (2, &[0, 1, 3]),
                        (3, &[0, 1, 2]),
                    ],
                ),
                role(
                    4,
                    "super_admin",
                    admin().chain(SUPER_ADMIN),
                    ANY,
                    &[
                        (0, &[1, 2, 3, 4]),
                        (1, &[0, 2, 3, 4]),
                        (2, &[0, 1, 3, 4]),
                        (3, &[0, 1, 2, 4]),
                        (4, &[0, 1, 2, 3]),
                    ],
                ),
                role(
                    5,
                    "policy_enforcer",
                    ENFORCER,
                    [(1, Some(2)), (0, Some(0))],
                    &[
                        (0, &[1]),
                        (1, &[0]),
                        (2, &[0, 1]),
                        (3, &[0, 1]),
                        (4, &[0, 1]),
                    ],
                ),
            ],
        }
    }
}
