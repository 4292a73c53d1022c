//! An MLSMessage read whole.
//!
//! MIMI puts MLSMessages into its structs without a length in front, so where one ends is known only to who has read it.

pub use super::content::ContentType;
use super::embedded::Embedded;
use super::group_info::GroupInfo;
use super::hpke::HpkeCiphertext;
use super::key_package::KeyPackage;
use super::leaf_node::LeafNode;
use super::proposal::Proposal;
use super::semi_private::{SEMI_PRIVATE, SemiPrivateMessage};
use super::welcome::Welcome;
use std::io::Read;
use tls_codec::{Deserialize, Error, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `ProtocolVersion mls10`.
const MLS10: u16 = 1;

/// `MLSMessage` (RFC 9420, section 6) of version MLS 1.0.
///
/// It is read, not written: whoever passes a message on keeps its bytes
/// ([`MlsBytes`](super::MlsBytes)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MlsMessage {
    /// `mls_public_message`.
    Public(Box<PublicMessage>),
    /// `mls_private_message`.
    Private(PrivateMessage),
    /// `mls_semiprivate_message`.
    SemiPrivate(Box<SemiPrivateMessage>),
    /// `mls_welcome`.
    Welcome(Welcome),
    /// `mls_group_info`.
    GroupInfo(GroupInfo),
    /// `mls_key_package`.
    KeyPackage(Box<KeyPackage>),
}

impl MlsMessage {
    /// What the message is.
    pub fn content(&self) -> Embedded {
        match self {
            Self::Public(message) => match message.content {
                Content::Proposal(_) => Embedded::Proposal,
                Content::Commit { .. } => Embedded::Commit,
            },
            Self::Private(message) => message.content_type.into(),
            Self::SemiPrivate(message) => message.header.content_type.into(),
            Self::Welcome(_) => Embedded::Welcome,
            Self::GroupInfo(_) => Embedded::GroupInfo,
            Self::KeyPackage(_) => Embedded::KeyPackage,
        }
    }
}

impl Size for MlsMessage {
    fn tls_serialized_len(&self) -> usize {
        super::MLS_HEADER_LEN
            + match self {
                Self::Public(message) => message.tls_serialized_len(),
                Self::Private(message) => message.tls_serialized_len(),
                Self::SemiPrivate(message) => message.tls_serialized_len(),
                Self::Welcome(message) => message.tls_serialized_len(),
                Self::GroupInfo(message) => message.tls_serialized_len(),
                Self::KeyPackage(message) => message.tls_serialized_len(),
            }
    }
}

impl Deserialize for MlsMessage {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let version = u16::tls_deserialize(bytes)?;
        if version != MLS10 {
            return Err(Error::UnknownValue(version.into()));
        }
        Ok(match u16::tls_deserialize(bytes)? {
            1 => Self::Public(Box::tls_deserialize(bytes)?),
            2 => Self::Private(PrivateMessage::tls_deserialize(bytes)?),
            SEMI_PRIVATE => Self::SemiPrivate(handshake(Box::tls_deserialize(bytes)?)?),
            super::embedded::WELCOME => Self::Welcome(Welcome::tls_deserialize(bytes)?),
            super::embedded::GROUP_INFO => Self::GroupInfo(GroupInfo::tls_deserialize(bytes)?),
            super::embedded::KEY_PACKAGE => Self::KeyPackage(Box::tls_deserialize(bytes)?),
            other => return Err(Error::UnknownValue(other.into())),
        })
    }
}

/// A SemiPrivateMessage has a proposal or a commit in it.
fn handshake(message: Box<SemiPrivateMessage>) -> Result<Box<SemiPrivateMessage>, Error> {
    match message.header.content_type {
        ContentType::Proposal | ContentType::Commit => Ok(message),
        ContentType::Application => Err(Error::DecodingError(
            "application data in a SemiPrivateMessage".into(),
        )),
    }
}

/// `PrivateMessage` (RFC 9420, section 6.3).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PrivateMessage {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// In clear, although the content is not.
    pub content_type: ContentType,
    /// `opaque authenticated_data<V>`.
    pub authenticated_data: VLBytes,
    /// `opaque encrypted_sender_data<V>`.
    pub encrypted_sender_data: VLBytes,
    /// `opaque ciphertext<V>`.
    pub ciphertext: VLBytes,
}

/// `Sender` (RFC 9420, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Sender {
    /// The member at this leaf index.
    #[tls_codec(discriminant = 1)]
    Member(u32),
    /// The external sender of this index.
    #[tls_codec(discriminant = 2)]
    External(u32),
    /// Who proposes to be added.
    #[tls_codec(discriminant = 3)]
    NewMemberProposal,
    /// Who joins from outside.
    #[tls_codec(discriminant = 4)]
    NewMemberCommit,
}

/// `PublicMessage` (RFC 9420, section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicMessage {
    /// `opaque group_id<V>`.
    pub group_id: VLBytes,
    /// The epoch.
    pub epoch: u64,
    /// Who sent it.
    pub sender: Sender,
    /// `opaque authenticated_data<V>`.
    pub authenticated_data: VLBytes,
    /// What it says. Application data is never sent so (section 6).
    pub content: Content,
    /// `opaque signature<V>`.
    pub signature: VLBytes,
    /// `MAC confirmation_tag`, `opaque <V>`, of a commit.
    pub confirmation_tag: Option<VLBytes>,
    /// `MAC membership_tag`, `opaque <V>`, of a member.
    pub membership_tag: Option<VLBytes>,
}

/// What a PublicMessage says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most are commits, and none is kept"
)]
pub enum Content {
    /// A proposal.
    Proposal(Proposal),
    /// A commit (RFC 9420, section 12.4).
    Commit {
        /// `ProposalOrRef proposals<V>`.
        proposals: Vec<ProposalOrRef>,
        /// `optional<UpdatePath> path`.
        path: Option<UpdatePath>,
    },
}

/// `ProposalOrRef`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum ProposalOrRef {
    /// By value.
    #[tls_codec(discriminant = 1)]
    Proposal(Proposal),
    /// By `ProposalRef`, `opaque <V>`.
    #[tls_codec(discriminant = 2)]
    Reference(VLBytes),
}

/// `UpdatePath` (RFC 9420, section 7.6).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UpdatePath {
    /// The committer's new leaf.
    pub leaf_node: LeafNode,
    /// `UpdatePathNode nodes<V>`.
    pub nodes: Vec<UpdatePathNode>,
}

/// `UpdatePathNode`.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UpdatePathNode {
    /// `HPKEPublicKey encryption_key`, `opaque <V>`.
    pub encryption_key: VLBytes,
    /// `HPKECiphertext encrypted_path_secret<V>`.
    pub encrypted_path_secret: Vec<HpkeCiphertext<VLBytes>>,
}

impl Size for Content {
    fn tls_serialized_len(&self) -> usize {
        match self {
            Self::Proposal(proposal) => proposal.tls_serialized_len(),
            Self::Commit { proposals, path } => {
                proposals.tls_serialized_len() + path.tls_serialized_len()
            }
        }
    }
}

impl Size for PublicMessage {
    fn tls_serialized_len(&self) -> usize {
        let tag = |tag: &Option<VLBytes>| tag.as_ref().map_or(0, Size::tls_serialized_len);
        self.group_id.tls_serialized_len()
            + self.epoch.tls_serialized_len()
            + self.sender.tls_serialized_len()
            + self.authenticated_data.tls_serialized_len()
            + ContentType::Commit.tls_serialized_len()
            + self.content.tls_serialized_len()
            + self.signature.tls_serialized_len()
            + tag(&self.confirmation_tag)
            + tag(&self.membership_tag)
    }
}

impl Deserialize for PublicMessage {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let group_id = VLBytes::tls_deserialize(bytes)?;
        let epoch = u64::tls_deserialize(bytes)?;
        let sender = Sender::tls_deserialize(bytes)?;
        let authenticated_data = VLBytes::tls_deserialize(bytes)?;
        let content = match ContentType::tls_deserialize(bytes)? {
            ContentType::Proposal => Content::Proposal(Proposal::tls_deserialize(bytes)?),
            ContentType::Commit => Content::Commit {
                proposals: Vec::tls_deserialize(bytes)?,
                path: Option::tls_deserialize(bytes)?,
            },
            ContentType::Application => {
                return Err(Error::DecodingError(
                    "application data in a PublicMessage".into(),
                ));
            }
        };
        let signature = VLBytes::tls_deserialize(bytes)?;
        let confirmation_tag = match content {
            Content::Commit { .. } => Some(VLBytes::tls_deserialize(bytes)?),
            Content::Proposal(_) => None,
        };
        let membership_tag = match sender {
            Sender::Member(_) => Some(VLBytes::tls_deserialize(bytes)?),
            _ => None,
        };
        Ok(Self {
            group_id,
            epoch,
            sender,
            authenticated_data,
            content,
            signature,
            confirmation_tag,
            membership_tag,
        })
    }
}
