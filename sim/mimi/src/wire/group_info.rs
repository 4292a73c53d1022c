//! `POST /groupInfo/{roomId}`: what an external joiner needs (draft-ietf-mimi-protocol-06, "Claim group
//! key information").

use super::identity::{IdentifierUri, Protocol};
use super::ratchet_tree::RatchetTreeOption;
use std::fmt::Debug;
use throng_mls::wire::embedded::{BareGroupInfo, EmbeddedMessage};
use throng_mls::wire::{Credential, ExternalSender, HpkeCiphertext};
use tls_codec::{Deserialize, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// Asks for the GroupInfo of a room. Goes from the joiner's provider to the hub.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfoRequest {
    /// What is signed.
    pub content: GroupInfoRequestTbs,
    /// SignWithLabel over the content with the joiner's key, label [`GroupInfoRequestTbs::LABEL`].
    pub signature: VLBytes,
}

/// `GroupInfoRequestTBS`: the request without its signature.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfoRequestTbs {
    /// MLS 1.0.
    pub protocol: Protocol,
    /// What the signatures of request and response are made with.
    pub cipher_suite: u16,
    /// `SignaturePublicKey`, `opaque <V>`.
    pub requesting_signature_key: VLBytes,
    /// The joiner's credential.
    pub requesting_credential: Credential,
    /// `HPKEPublicKey`, `opaque <V>`: what the answer is encrypted to.
    pub group_info_public_key: VLBytes,
    /// Permission by knowledge of a code. The draft has it optional in what is signed and not in what is
    /// sent; here it is optional in both.
    pub joining_code: Option<VLBytes>,
}

impl GroupInfoRequestTbs {
    /// The label of the signature.
    pub const LABEL: &str = "GroupInfoRequestTBS";
}

/// The hub's answer. `V` is [`EmbeddedMessage::Opaque`].
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfoResponse<V: Size + Serialize + Deserialize + Debug> {
    /// MLS 1.0; the draft calls this one `version`.
    pub version: Protocol,
    /// Which room, `opaque room_id<V>`.
    pub room_id: IdentifierUri,
    /// The answer.
    pub outcome: GroupInfoOutcome<V>,
}

/// Whether the joiner gets the GroupInfo.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum GroupInfoOutcome<V: Size + Serialize + Deserialize + Debug> {
    /// It does.
    #[tls_codec(discriminant = 1)]
    Success(GroupInfoGranted<V>),
    /// It may not.
    #[tls_codec(discriminant = 2)]
    NotAuthorized,
    /// There is no such room.
    #[tls_codec(discriminant = 3)]
    NoSuchRoom,
}

/// What a joiner gets.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfoGranted<V: Size + Serialize + Deserialize + Debug> {
    /// As in the request.
    pub cipher_suite: u16,
    /// The hub as an external sender of the group.
    pub hub_sender: ExternalSender,
    /// [`GroupInfoRatchetTree`], encrypted to the joiner.
    pub encrypted_group_info_and_tree: HpkeCiphertext<V>,
    /// SignWithLabel over [`GroupInfoResponseTbs`] with the hub's key.
    pub signature: VLBytes,
}

/// `GroupInfoResponseTBS`: a response that grants the GroupInfo, without its signature.
#[derive(Debug, TlsSize, TlsSerialize)]
pub struct GroupInfoResponseTbs<'a, V: Size + Serialize + Deserialize + Debug> {
    /// MLS 1.0.
    pub version: Protocol,
    /// Which room.
    pub room_id: IdentifierUri,
    /// Success: nothing else is signed.
    pub status: GroupInfoCode,
    /// As in the response.
    pub cipher_suite: u16,
    /// The hub.
    pub hub_sender: &'a ExternalSender,
    /// What is sealed to the joiner.
    pub encrypted_group_info_and_tree: &'a HpkeCiphertext<V>,
}

impl<V: Size + Serialize + Deserialize + Debug> GroupInfoResponseTbs<'_, V> {
    /// The label of the signature.
    pub const LABEL: &'static str = "GroupInfoResponseTBS";
}

/// The code of a [`GroupInfoOutcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum GroupInfoCode {
    /// See [`GroupInfoOutcome::Success`].
    Success = 1,
    /// See [`GroupInfoOutcome::NotAuthorized`].
    NotAuthorized = 2,
    /// See [`GroupInfoOutcome::NoSuchRoom`].
    NoSuchRoom = 3,
}

/// `GroupInfoRatchetTreeTBE`: the plaintext, encrypted by EncryptWithLabel with the label
/// `GroupInfo and ratchet_tree encryption` and the room's identifier as context.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct GroupInfoRatchetTree<M: EmbeddedMessage> {
    /// Without the ratchet tree.
    pub group_info: BareGroupInfo<M>,
    /// The tree.
    pub ratchet_tree: RatchetTreeOption<M::Opaque>,
    /// What the next commit must cover.
    pub pending_proposals: Vec<PendingProposal<M>>,
}

/// A proposal that the hub accepted and no commit covers yet.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PendingProposal<M: EmbeddedMessage> {
    /// The proposal.
    pub proposal: M,
    /// When, in milliseconds since the epoch of the clock.
    pub hub_accepted_time: u64,
}
