//! What a client publishes so that others can add it.

use super::extension::Extension;
use super::leaf_node::LeafNode;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `KeyPackage` (RFC 9420, section 10).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyPackage {
    /// `ProtocolVersion`.
    pub version: u16,
    /// `CipherSuite`.
    pub cipher_suite: u16,
    /// `HPKEPublicKey init_key`, `opaque <V>`.
    pub init_key: VLBytes,
    /// The leaf of whoever is added by it.
    pub leaf_node: LeafNode,
    /// `Extension extensions<V>`.
    pub extensions: Vec<Extension>,
    /// SignWithLabel over all of the above, label `KeyPackageTBS`.
    pub signature: VLBytes,
}
