//! What a member can propose.

use super::extension::Extension;
use super::key_package::KeyPackage;
use super::leaf_node::LeafNode;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `Proposal` (RFC 9420, section 12.1), of the types of its section 17.4, AppDataUpdate and SelfRemove (draft-ietf-mls-extensions):
/// a type that is not known has no end that could be found.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u16)]
pub enum Proposal {
    /// Add the client of a KeyPackage. Boxed: it is many times as large as the others.
    #[tls_codec(discriminant = 1)]
    Add(Box<KeyPackage>),
    /// Put this leaf in place of the sender's.
    #[tls_codec(discriminant = 2)]
    Update(Box<LeafNode>),
    /// Remove the member at this leaf index.
    #[tls_codec(discriminant = 3)]
    Remove(u32),
    /// Bring a pre-shared key into the key schedule.
    #[tls_codec(discriminant = 4)]
    PreSharedKey(PreSharedKeyId),
    /// End the group and begin another.
    #[tls_codec(discriminant = 5)]
    ReInit(ReInit),
    /// Join from outside: `opaque kem_output<V>`.
    #[tls_codec(discriminant = 6)]
    ExternalInit(VLBytes),
    /// Replace the GroupContext's extensions: `Extension extensions<V>`.
    #[tls_codec(discriminant = 7)]
    GroupContextExtensions(Vec<Extension>),
    /// Update a component's data (draft-ietf-mls-extensions, section 4.7).
    #[tls_codec(discriminant = 8)]
    AppDataUpdate(AppDataUpdate),
    /// Remove the sender.
    #[tls_codec(discriminant = 10)]
    SelfRemove,
}

/// `AppDataUpdate` (draft-ietf-mls-extensions, section 4.7).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AppDataUpdate {
    /// `ComponentID`.
    pub component_id: u16,
    /// What is done.
    pub operation: AppDataUpdateOperation,
}

/// `AppDataUpdateOperation op` and its `select`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum AppDataUpdateOperation {
    /// Update its data: `opaque update<V>`.
    #[tls_codec(discriminant = 1)]
    Update(VLBytes),
    /// Remove it.
    #[tls_codec(discriminant = 2)]
    Remove,
}

/// `PreSharedKeyID` (RFC 9420, section 8.4).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PreSharedKeyId {
    /// Which.
    pub psk: Psk,
    /// `opaque psk_nonce<V>`.
    pub psk_nonce: VLBytes,
}

/// `PSKType psktype` and its `select`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Psk {
    /// Known outside of MLS: `opaque psk_id<V>`.
    #[tls_codec(discriminant = 1)]
    External(VLBytes),
    /// Of an epoch of a group.
    #[tls_codec(discriminant = 2)]
    Resumption {
        /// `ResumptionPSKUsage`.
        usage: u8,
        /// `opaque psk_group_id<V>`.
        psk_group_id: VLBytes,
        /// Which epoch.
        psk_epoch: u64,
    },
}

/// `ReInit` (RFC 9420, section 12.1.5).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ReInit {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// `ProtocolVersion`.
    pub version: u16,
    /// `CipherSuite`.
    pub cipher_suite: u16,
    /// `Extension extensions<V>`.
    pub extensions: Vec<Extension>,
}
