//! A member's node of the ratchet tree.

use super::capabilities::Capabilities;
use super::credential::Credential;
use super::extension::Extension;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `LeafNode` (RFC 9420, section 7.2).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct LeafNode {
    /// `HPKEPublicKey encryption_key`, `opaque <V>`.
    pub encryption_key: VLBytes,
    /// `SignaturePublicKey signature_key`, `opaque <V>`.
    pub signature_key: VLBytes,
    /// Who it is.
    pub credential: Credential,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Where the leaf comes from, and what only that kind says.
    pub source: LeafNodeSource,
    /// `Extension extensions<V>`.
    pub extensions: Vec<Extension>,
    /// SignWithLabel over all of the above, label `LeafNodeTBS`.
    pub signature: VLBytes,
}

/// `LeafNodeSource leaf_node_source` and its `select`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum LeafNodeSource {
    /// Of a KeyPackage.
    #[tls_codec(discriminant = 1)]
    KeyPackage(Lifetime),
    /// Of an Update proposal.
    #[tls_codec(discriminant = 2)]
    Update,
    /// Of a commit's path: `opaque parent_hash<V>`.
    #[tls_codec(discriminant = 3)]
    Commit(VLBytes),
}

/// `Lifetime`: seconds since the beginning of 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Lifetime {
    /// Not valid before.
    pub not_before: u64,
    /// Not valid after.
    pub not_after: u64,
}
