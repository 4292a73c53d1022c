//! Extensions, and those whose content others read.

use super::credential::Credential;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `ratchet_tree` (RFC 9420, section 17.3).
pub const RATCHET_TREE: u16 = 2;
/// `external_pub`.
pub const EXTERNAL_PUB: u16 = 4;
/// `external_senders`.
pub const EXTERNAL_SENDERS: u16 = 5;

/// `ratchet_tree_source_domains` (draft-ietf-mls-ratchet-tree-options, "Conveying the ratchet tree using HTTPS"). It has no number yet; this
/// is one of those for private use.
pub const RATCHET_TREE_SOURCE_DOMAINS: u16 = 0xf5c0;

/// `DomainList`: from where a group's ratchet tree may be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct DomainList {
    /// `Domain domains<V>`, each `opaque domain<V>`.
    pub domains: Vec<VLBytes>,
}

/// `Extension` (RFC 9420, section 7.2).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Extension {
    /// `ExtensionType`.
    pub extension_type: u16,
    /// `opaque extension_data<V>`.
    pub extension_data: VLBytes,
}

/// `ComponentID` (draft-ietf-mls-extensions, section 4.1): whose application data something is.
pub type ComponentId = u16;

/// `ExternalSender` (RFC 9420, section 12.1.8.1): who may propose from outside, as MIMI's hub does.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ExternalSender {
    /// `SignaturePublicKey`, `opaque <V>`.
    pub signature_key: VLBytes,
    /// Who it is.
    pub credential: Credential,
}
