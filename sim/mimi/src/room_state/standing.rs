//! Which role who has in a room of each profile.

use super::join_links::joining_code;
use super::preauthorized::{Claim, ClaimId, DOMAIN_CLAIM, PreAuthData, PreAuthRoleEntry};
use super::roles::RoleData;
use crate::directory::Directory;
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::scenario::Profile;

/// Roles of a cooperatively administered room, and of a strict one (draft-ietf-mimi-room-policy-03, "Role examples").
const ORDINARY_USER: u32 = 2;
const GROUP_ADMIN: u32 = 3;
/// Of a moderated one.
const ATTENDEE: u32 = 3;
const SPEAKER: u32 = 4;
const MODERATOR: u32 = 5;

/// No role: that of whoever is not on the list.
pub(crate) const NO_ROLE: u32 = 0;
/// The role by which somebody is kept out.
pub(crate) const BANNED: u32 = 1;

/// The roles of a room, and who gets which.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    profile: Profile,
    /// Whose organisation is the first.
    host: ProviderId,
    providers: u32,
}

impl Standing {
    /// Those of a room.
    pub(crate) fn of(profile: Profile, directory: &dyn Directory, room: RoomId) -> Self {
        let known = |number: &u16| directory.domain(ProviderId(*number)).is_some();
        let providers = match profile {
            Profile::MultiOrganization => (0..u16::MAX).take_while(known).count() as u32,
            _ => 1,
        };
        Self {
            profile,
            host: directory.hub_of(room).unwrap_or(ProviderId(0)),
            providers,
        }
    }

    /// What the room's `roles_list` begins with.
    pub(crate) fn roles(self) -> RoleData {
        match self.profile {
            Profile::Unchecked | Profile::Cooperative => RoleData::cooperative(),
            Profile::Strict => RoleData::strict(),
            Profile::Moderated => RoleData::moderated(),
            Profile::MultiOrganization => RoleData::multi_organization(self.providers),
        }
    }

    /// Which organisation a provider's users are of: the host's is the first.
    fn organization(self, provider: ProviderId) -> u32 {
        match provider.0.cmp(&self.host.0) {
            std::cmp::Ordering::Less => u32::from(provider.0) + 1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => u32::from(provider.0),
        }
    }

    /// Roles from the least up, from each of which an administrator may take a user of this provider into the next.
    fn ladder(self, provider: ProviderId) -> Vec<u32> {
        let org = self.organization(provider);
        match self.profile {
            Profile::Unchecked | Profile::Cooperative | Profile::Strict => {
                vec![ORDINARY_USER, GROUP_ADMIN]
            }
            Profile::Moderated => vec![ATTENDEE, SPEAKER, MODERATOR],
            Profile::MultiOrganization => vec![2 + org, 2 + self.providers + org],
        }
    }

    /// Of whoever makes the room.
    pub(crate) fn creator(self) -> u32 {
        match self.profile {
            Profile::Unchecked | Profile::Cooperative | Profile::Strict => GROUP_ADMIN,
            Profile::Moderated => MODERATOR,
            Profile::MultiOrganization => 2 + 2 * self.providers,
        }
    }

    /// Of whoever is there from the beginning, or is added. Where some may not speak, they may.
    pub(crate) fn added(self, provider: ProviderId) -> u32 {
        match self.profile {
            Profile::Unchecked | Profile::Cooperative | Profile::Strict => ORDINARY_USER,
            Profile::Moderated => SPEAKER,
            Profile::MultiOrganization => 2 + self.organization(provider),
        }
    }

    /// Of whoever comes in from outside.
    pub(crate) fn joined(self, provider: ProviderId) -> u32 {
        match self.profile {
            Profile::Moderated => ATTENDEE,
            _ => self.added(provider),
        }
    }

    /// The next role up, for a user of this provider who has this one.
    pub(crate) fn promoted(self, role: u32, provider: ProviderId) -> Option<u32> {
        let ladder = self.ladder(provider);
        let at = ladder.iter().position(|step| *step == role)?;
        ladder.get(at + 1).copied()
    }

    /// The next role down.
    pub(crate) fn demoted(self, role: u32, provider: ProviderId) -> Option<u32> {
        let ladder = self.ladder(provider);
        let at = ladder.iter().position(|step| *step == role)?;
        ladder.get(at.checked_sub(1)?).copied()
    }

    /// Who is let in by whom credentials say that they are: users of the host's, in a room of several organisations. Of basic credentials
    /// the draft names no claims; here they have one, the domain of the URI that they hold.
    pub(crate) fn preauthorized(self, directory: &dyn Directory) -> Option<PreAuthData> {
        let domain = directory.domain(self.host)?;
        let target_role = self.roles().role(self.added(self.host))?.clone();
        (self.profile == Profile::MultiOrganization).then(|| PreAuthData {
            preauthorized_entries: vec![PreAuthRoleEntry {
                claimset: vec![Claim {
                    claim_id: ClaimId::basic(DOMAIN_CLAIM),
                    claim_value: domain.as_bytes().into(),
                }],
                target_role,
            }],
        })
    }

    /// What whoever comes in from outside has to know, where that is how one comes in. People hand it on; here it can be worked out
    /// from the room's name, so that it is nobody's secret.
    pub(crate) fn joining_code(self, room: &str) -> Option<String> {
        matches!(self.profile, Profile::Strict | Profile::Moderated).then(|| joining_code(room))
    }
}
