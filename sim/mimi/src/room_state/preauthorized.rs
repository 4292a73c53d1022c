//! Who may have a role by what a credential says (draft-ietf-mimi-room-policy-03, "Preauthorized Users").

use super::roles::Role;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// The one claim of basic credentials: the domain of the URI that they hold. It is ours: the draft names none.
pub(crate) const DOMAIN_CLAIM: &[u8] = b"domain";

/// `CredentialType` of basic credentials (RFC 9420, section 17.5).
const BASIC: u16 = 1;

/// `PreAuthData`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PreAuthData {
    /// `PreAuthRoleEntry preauthorized_entries<V>`: the first that matches counts.
    pub preauthorized_entries: Vec<PreAuthRoleEntry>,
}

/// `PreAuthRoleEntry`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PreAuthRoleEntry {
    /// `Claim claimset<V>`: all of them have to hold.
    pub claimset: Vec<Claim>,
    /// `Role target_role`: all of it, as the draft has it, of which the index counts.
    pub target_role: Role,
}

/// `Claim`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Claim {
    /// Which.
    pub claim_id: ClaimId,
    /// `opaque claim_value<V>`.
    pub claim_value: VLBytes,
}

/// `ClaimId`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ClaimId {
    /// `CredentialType`.
    pub credential_type: u16,
    /// `opaque id<V>`.
    pub id: VLBytes,
}

impl ClaimId {
    /// A claim of basic credentials.
    pub(crate) fn basic(id: &[u8]) -> Self {
        Self {
            credential_type: BASIC,
            id: id.into(),
        }
    }
}

impl PreAuthData {
    /// The role of the first entry that matches whoever is of this domain.
    pub(crate) fn role_of(&self, domain: &str) -> Option<u32> {
        let holds = |claim: &Claim| {
            claim.claim_id == ClaimId::basic(DOMAIN_CLAIM)
                && claim.claim_value.as_slice() == domain.as_bytes()
        };
        let mut entries = self.preauthorized_entries.iter();
        let entry = entries.find(|entry| entry.claimset.iter().all(holds))?;
        Some(entry.target_role.role_index)
    }
}
