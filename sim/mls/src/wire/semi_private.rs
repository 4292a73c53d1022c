//! SemiPrivateMessage (draft-mahy-mls-semiprivatemessage-07): a handshake that members read and those outside to whom it is also
//! encrypted, as MIMI's hubs are.
//!
//! ```
//! use throng_mls::wire::semi_private::{ExternalReceiver, PerMessageKeyAndNonces};
//! use tls_codec::Size;
//!
//! // What each receiver outside gets: the key and nonce of the message, its reuse guard and its sender's leaf.
//! let keys = PerMessageKeyAndNonces {
//!     key: vec![0; 16].into(),
//!     nonce: vec![0; 12].into(),
//!     reuse_guard: [0; 4],
//!     sender_leaf_index: 7,
//! };
//! assert_eq!(keys.tls_serialized_len(), 17 + 13 + 4 + 4);
//! # Ok::<(), tls_codec::Error>(())
//! ```

use super::content::ContentType;
use super::credential::Credential;
use super::extension::ComponentId;
use super::hpke::HpkeCiphertext;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// The wire format `mls_semiprivate_message`. The draft has no number yet: one of those for private use (RFC 9420, section 17.2).
pub const SEMI_PRIVATE: u16 = 0xf000;

/// The component `external_receivers`, with the number that the draft suggests: a vector of [`ExternalReceiver`].
pub const EXTERNAL_RECEIVERS: ComponentId = 0x0008;

/// `ExternalReceiver`: somebody outside who reads handshakes.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ExternalReceiver {
    /// `HPKEPublicKey external_receiver_public_key`, `opaque <V>`.
    pub public_key: VLBytes,
    /// Who it is.
    pub credential: Credential,
}

/// `PerMessageKeyAndNonces`: what a receiver outside opens the message by.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PerMessageKeyAndNonces {
    /// `opaque key<V>`.
    pub key: VLBytes,
    /// `opaque nonce<V>`, before the reuse guard is applied.
    pub nonce: VLBytes,
    /// `opaque reuse_guard[4]`.
    pub reuse_guard: [u8; 4],
    /// The sender's leaf: a receiver outside cannot decrypt the sender data.
    pub sender_leaf_index: u32,
}

/// `SemiPrivateMessageContext`: what the keys are encrypted in the context of.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SemiPrivateMessageContext {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// `opaque partial_context_hash<V>`: of the sender's leaf and the nonce.
    pub partial_context_hash: VLBytes,
}

/// `KeyForExternalReceiver`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct KeyForExternalReceiver {
    /// `ExternalReceiverRef`, `opaque <V>`: the hash of the [`ExternalReceiver`].
    pub external_receiver_ref: VLBytes,
    /// `HPKECiphertext encrypted_keys_and_nonces`.
    pub encrypted_keys_and_nonces: HpkeCiphertext<VLBytes>,
}

/// `SemiPrivateMessage`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SemiPrivateMessage {
    /// All that is also authenticated by what it encrypts.
    pub header: SemiPrivateContentAad,
    /// `opaque encrypted_sender_data<V>`.
    pub encrypted_sender_data: VLBytes,
    /// `opaque ciphertext<V>`.
    pub ciphertext: VLBytes,
}

/// `SemiPrivateContentAAD`: the message's fields up to what is encrypted, which are its first ones in this order.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SemiPrivateContentAad {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// In clear, although the content is not.
    pub content_type: ContentType,
    /// `opaque authenticated_data<V>`.
    pub authenticated_data: VLBytes,
    /// `opaque partial_context_hash<V>`.
    pub partial_context_hash: VLBytes,
    /// One for each receiver outside.
    pub keys_for_external_receivers: Vec<KeyForExternalReceiver>,
    /// `opaque framed_content_tbs_hash<V>`: of what the sender signed, so that it cannot show members and hub different things.
    pub framed_content_tbs_hash: VLBytes,
}

/// `SenderData` (RFC 9420, section 6.3.2).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SenderData {
    /// The sender's leaf.
    pub leaf_index: u32,
    /// Which of its messages.
    pub generation: u32,
    /// `opaque reuse_guard[4]`.
    pub reuse_guard: [u8; 4],
}

/// `SenderDataAAD` (RFC 9420, section 6.3.2).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SenderDataAad {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// What the message is.
    pub content_type: ContentType,
}
