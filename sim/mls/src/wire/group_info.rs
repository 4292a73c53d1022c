//! A group as those outside need to know it.

use super::extension::Extension;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `GroupContext` (RFC 9420, section 8.1).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupContext {
    /// `ProtocolVersion`.
    pub version: u16,
    /// `CipherSuite`.
    pub cipher_suite: u16,
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// `opaque tree_hash<V>`.
    pub tree_hash: VLBytes,
    /// `opaque confirmed_transcript_hash<V>`.
    pub confirmed_transcript_hash: VLBytes,
    /// `Extension extensions<V>`.
    pub extensions: Vec<Extension>,
}

/// `GroupInfo` (RFC 9420, section 12.4.3).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfo {
    /// The group's state that all members agree on.
    pub group_context: GroupContext,
    /// `Extension extensions<V>`.
    pub extensions: Vec<Extension>,
    /// `MAC confirmation_tag`, `opaque <V>`.
    pub confirmation_tag: VLBytes,
    /// The leaf index of the member that signed.
    pub signer: u32,
    /// SignWithLabel over all of the above, label `GroupInfoTBS`.
    pub signature: VLBytes,
}
