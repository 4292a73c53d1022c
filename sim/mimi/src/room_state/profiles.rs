//! The four examples of roles (draft-ietf-mimi-room-policy-03, "Role examples").

use super::capabilities::Capability::{self, *};
use super::roles::{Bounds, Role, RoleData, SingleSourceRoleChangeTargets};

/// Nobody with clients in the group.
const OUTSIDE: Bounds = Bounds {
    all: (0, None),
    active: (0, Some(0)),
};
/// No bounds.
const ANY: Bounds = Bounds {
    all: (0, None),
    active: (0, None),
};
/// There is always one.
const ONE: Bounds = Bounds {
    all: (1, None),
    active: (0, None),
};
/// One or two machines, which are no members.
const ENFORCERS: Bounds = Bounds {
    all: (1, Some(2)),
    active: (0, Some(0)),
};
/// There is always one in the group.
const PRESENT: Bounds = Bounds {
    all: (1, None),
    active: (1, None),
};
/// One in the group, and three at most.
const FEW: Bounds = Bounds {
    all: (1, Some(3)),
    active: (1, None),
};

/// What whoever reads may do.
const READING: [Capability; 6] = [
    ReceiveMessage,
    CopyMessage,
    ReactToMessage,
    DeleteOwnReaction,
    FollowLink,
    CopyLink,
];
const OWN_CLIENTS: [Capability; 2] = [AddOwnClient, RemoveOwnClient];
/// What goes by whom credentials say that somebody is.
const BY_CREDENTIAL: [Capability; 2] = [JoinIfPreauthorized, ChangeOwnRole];
const SHOWING: [Capability; 3] = [ChangeOwnName, ChangeOwnPresence, ChangeOwnAvatar];
const UPLOADING: [Capability; 4] = [UploadImage, UploadVideo, UploadAudio, UploadAttachment];
const DOWNLOADING: [Capability; 3] = [DownloadImage, DownloadVideo, DownloadAudio];
const LINKING: [Capability; 2] = [SendLink, SendLinkPreview];
/// What is the room's and no message.
const NAMING: [Capability; 4] = [
    ChangeRoomName,
    ChangeRoomAvatar,
    ChangeRoomSubject,
    ChangeRoomMood,
];
const MANAGING: [Capability; 6] = [
    AddParticipant,
    RemoveParticipant,
    Ban,
    UnBan,
    Kick,
    ChangeUserRole,
];
/// Reserved in the draft, and in the examples.
const JOIN_CODES: [Capability; 2] = [CreateJoinCode, DeleteJoinCode];
const MODERATING: [Capability; 4] = [
    DeleteOtherReaction,
    DeleteOtherMessage,
    EditOwnTopic,
    EditOtherTopic,
];
const CONSTITUTION: [Capability; 5] = [
    ChangeRoomMembershipStyle,
    ChangeRoleDefinitions,
    ChangePreauthorizedUserList,
    DestroyRoom,
    SendMlsReinitProposal,
];
const ENFORCING: [Capability; 9] = [
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

fn all(sets: &[&[Capability]]) -> Vec<Capability> {
    sets.concat()
}

fn role(
    role_index: u32,
    name: &str,
    role_capabilities: Vec<Capability>,
    bounds: Bounds,
    changes: &[(u32, Vec<u32>)],
) -> Role {
    let changes = changes
        .iter()
        .map(|(from, targets)| SingleSourceRoleChangeTargets {
            from_role_index: *from,
            target_role_indexes: targets.clone(),
        });
    Role {
        role_index,
        role_name: name.as_bytes().into(),
        role_description: Vec::new().into(),
        role_capabilities,
        minimum_participants_constraint: bounds.all.0,
        maximum_participants_constraint: bounds.all.1,
        minimum_active_participants_constraint: bounds.active.0,
        maximum_active_participants_constraint: bounds.active.1,
        authorized_role_changes: changes.collect(),
    }
}

/// From no role, and from each up to `from`, into any other up to `most`.
fn anywhere(from: u32, most: u32) -> Vec<(u32, Vec<u32>)> {
    let others = |one: u32| (0..=most).filter(|to| *to != one).collect();
    (0..=from).map(|one| (one, others(one))).collect()
}

fn banned() -> Role {
    role(1, "banned", Vec::new(), OUTSIDE, &[])
}

/// Whoever enforces policy may ban all of these roles, take them off the list, and tidy the list of the banned.
fn policy_enforcer(index: u32, roles: std::ops::RangeInclusive<u32>) -> Role {
    let mut changes = vec![(0, vec![1]), (1, vec![0])];
    changes.extend(roles.map(|role| (role, vec![0, 1])));
    let capabilities = all(&[&ENFORCING]);
    role(index, "policy_enforcer", capabilities, ENFORCERS, &changes)
}

/// In and out of a role by oneself, or for others.
fn to_and_fro(role: u32) -> [(u32, Vec<u32>); 2] {
    [(0, vec![role]), (role, vec![0])]
}

impl RoleData {
    /// "Cooperatively administered room".
    pub fn cooperative() -> Self {
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
        let admin = all(&[&ORDINARY, &ADMIN]);
        let super_admin = all(&[&admin, &SUPER_ADMIN]);
        Self {
            roles: vec![
                role(0, "no_role", Vec::new(), OUTSIDE, &[]),
                banned(),
                role(2, "ordinary_user", ORDINARY.to_vec(), ANY, &to_and_fro(2)),
                role(3, "group_admin", admin, ONE, &anywhere(3, 3)),
                role(4, "super_admin", super_admin, ANY, &anywhere(4, 4)),
                policy_enforcer(5, 2..=4),
            ],
        }
    }

    /// "Strictly administered room".
    pub fn strict() -> Self {
        let ordinary = all(&[
            &OWN_CLIENTS,
            &BY_CREDENTIAL,
            &[RemoveSelf, SendMessage, ReportAbuse],
            &READING,
            &[EditOwnMessage, DeleteOwnMessage, StartTopic, ReplyInTopic],
            &UPLOADING,
            &DOWNLOADING,
            &[DownloadAttachment],
            &LINKING,
            &SHOWING,
            &[ChangeOwnMood],
        ]);
        let administering = all(&[
            &MANAGING,
            &JOIN_CODES,
            &MODERATING,
            &[ChangeRoomDescription],
            &NAMING,
        ]);
        let admin = all(&[&ordinary, &administering]);
        let super_admin = all(&[&admin, &CONSTITUTION]);
        Self {
            roles: vec![
                role(0, "no_role", vec![UseJoinCode], OUTSIDE, &[(0, vec![2])]),
                banned(),
                role(2, "ordinary_user", ordinary, ANY, &to_and_fro(2)),
                role(3, "group_admin", admin, ONE, &anywhere(3, 3)),
                role(4, "super_admin", super_admin, ANY, &anywhere(4, 4)),
                policy_enforcer(5, 2..=4),
            ],
        }
    }

    /// "Moderated room". Where a list there names a role that there is none of, or its own, that of the next role down is meant.
    pub fn moderated() -> Self {
        let guest = all(&[&[RemoveSelf], &READING, &DOWNLOADING]);
        let attending = all(&[
            &OWN_CLIENTS,
            &BY_CREDENTIAL,
            &[ReportAbuse, ReplyInTopic, DownloadAttachment],
            &SHOWING,
        ]);
        let attendee = all(&[&guest, &attending]);
        let speaking = all(&[
            &[SendMessage, EditOwnMessage, DeleteOwnMessage, StartTopic],
            &UPLOADING,
            &LINKING,
        ]);
        let speaker = all(&[&attendee, &speaking]);
        let moderator = all(&[&speaker, &MANAGING, &JOIN_CODES, &MODERATING, &NAMING]);
        let super_admin = all(&[&moderator, &[ChangeRoomDescription], &CONSTITUTION]);
        Self {
            roles: vec![
                role(0, "no_role", vec![UseJoinCode], ANY, &[(0, vec![2, 3])]),
                banned(),
                role(2, "guest", guest, ANY, &to_and_fro(2)),
                role(3, "attendee", attendee, ANY, &to_and_fro(3)),
                role(4, "speaker", speaker, ANY, &to_and_fro(4)),
                role(5, "moderator", moderator, ONE, &anywhere(5, 5)),
                role(6, "super_admin", super_admin, ANY, &anywhere(6, 6)),
                policy_enforcer(7, 2..=6),
            ],
        }
    }

    /// "Multi-organization administered room", for so many organisations, of which the first is the host's.
    pub fn multi_organization(organizations: u32) -> Self {
        let n = organizations.max(1);
        let (first_admin, head) = (2 + n, 2 + 2 * n);
        let user = all(&[
            &[RemoveSelf],
            &OWN_CLIENTS,
            &[SendMessage, ReportAbuse, ReplyInTopic],
            &READING,
            &[EditOwnMessage],
            &LINKING,
            &DOWNLOADING,
            &[DownloadAttachment],
            &SHOWING,
        ]);
        let managing = [AddParticipant, RemoveParticipant, Ban, Kick, ChangeUserRole];
        let admin = all(&[
            &user,
            &[DeleteOwnMessage, StartTopic],
            &UPLOADING,
            &managing,
        ]);
        let host_admin = all(&[&admin, &BY_CREDENTIAL]);
        let mut roles = vec![role(0, "no_role", Vec::new(), OUTSIDE, &[]), banned()];
        for org in 0..n {
            let capabilities = match org {
                0 => all(&[&user, &BY_CREDENTIAL]),
                _ => user.clone(),
            };
            let (name, index) = (format!("org_{}_user", letter(org)), 2 + org);
            roles.push(role(index, &name, capabilities, ANY, &to_and_fro(index)));
        }
        for org in 0..n {
            let (users, admins) = (2 + org, first_admin + org);
            let changes = [
                (0, vec![users, admins]),
                (users, vec![0, 1, admins]),
                (admins, vec![0, 1, users]),
            ];
            let name = format!("org_{}_admin", letter(org));
            let (capabilities, bounds) = match org {
                0 => (host_admin.clone(), ANY),
                _ => (admin.clone(), FEW),
            };
            roles.push(role(admins, &name, capabilities, bounds, &changes));
        }
        let rest = all(&[
            &[UnBan],
            &MODERATING,
            &[ChangeRoomDescription],
            &NAMING,
            &CONSTITUTION,
        ]);
        let super_admin = all(&[&host_admin, &rest]);
        let mut changes = anywhere(1, head);
        for org in 0..n {
            let mut targets = vec![0, 1, first_admin + org];
            targets.extend((org == 0).then_some(head));
            changes.push((2 + org, targets));
        }
        for org in 0..n {
            let mut targets = vec![0, 1, 2 + org];
            targets.extend((org == 0).then_some(head));
            changes.push((first_admin + org, targets));
        }
        changes.push((head, vec![0, 1, 2, first_admin]));
        roles.push(role(head, "super_admin", super_admin, PRESENT, &changes));
        // As in the draft, not those of the host's users.
        roles.push(policy_enforcer(head + 1, 3..=head));
        Self { roles }
    }
}

/// `a` to `z`, and numbers from then on.
fn letter(org: u32) -> String {
    match u8::try_from(org) {
        Ok(small @ 0..26) => char::from(b'a' + small).to_string(),
        _ => org.to_string(),
    }
}
