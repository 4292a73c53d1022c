//! Messages that are their structure and their length.

use super::commit::Commit;
use super::key_package::{KeyPackage, REFERENCE};
use super::lengths::Lengths;
use super::proposal::Proposal;
use super::version::{History, Version};
use crate::ciphersuite::AEAD_TAG_LEN as AEAD_TAG;
use crate::engine::MlsError;
use crate::wire::{Embedded, EmbeddedMessage, SafeAadItem};
use std::any::Any;
use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use tls_codec::{Deserialize, Error, Serialize, Size};

/// An MLSMessage of the model; a copy costs a counter.
///
/// It is as long as OpenMLS's, and encodes as so many zeros. There is no way back from bytes: packets of
/// this engine carry it as it is.
#[derive(Clone)]
pub struct Message(Arc<Body>);

struct Body {
    len: u64,
    kind: Kind,
    sealed: Option<Box<Sealed>>,
}

/// What makes a handshake a SemiPrivateMessage.
#[derive(Clone)]
pub(super) struct Sealed {
    /// Keys of the receivers outside.
    pub(super) receivers: Arc<[Vec<u8>]>,
    /// Its length as a PublicMessage, in bytes.
    clear_len: u64,
}

/// What a message says. Of hundreds of thousands of clients each has KeyPackages: all others are apart, so that those are short.
#[derive(Clone)]
pub(super) enum Kind {
    KeyPackage(Arc<KeyPackage>),
    Commit(Arc<Commit>),
    Proposal(Box<Proposal>),
    Application(Box<Application>),
    Welcome(Box<Welcome>),
    GroupInfo(Place),
}

/// An application message.
#[derive(Clone)]
pub(super) struct Application {
    pub(super) epoch: u64,
    pub(super) sender: u32,
    pub(super) content: Arc<[u8]>,
    pub(super) safe_aad: Vec<SafeAadItem>,
}

/// A Welcome.
#[derive(Clone)]
pub(super) struct Welcome {
    pub(super) references: Vec<[u8; REFERENCE]>,
    /// Of each which of those it is for whom the commit adds.
    pub(super) places: Vec<usize>,
    pub(super) commit: Arc<Commit>,
    pub(super) tree_inside: bool,
    /// Length of the encrypted GroupInfo, in bytes.
    pub(super) sealed_group_info: u64,
}

impl Welcome {
    /// The same for the KeyPackages of these references alone.
    pub(super) fn cut(&self, lengths: &Lengths, wanted: &[Vec<u8>]) -> Result<Message, MlsError> {
        let all = self.references.iter().zip(&self.places);
        let theirs = all.filter(|(reference, _)| wanted.iter().any(|one| one == *reference));
        let (references, places): (Vec<_>, Vec<_>) = theirs.unzip();
        if references.len() != wanted.len() {
            return Err(MlsError::WrongParts("the Welcome is not for all of them"));
        }
        let members = references.len() as u64;
        let len = lengths.welcome_message(
            members,
            self.commit.path.is_some(),
            self.sealed_group_info - AEAD_TAG,
        );
        let cut = Self {
            references,
            places,
            commit: Arc::clone(&self.commit),
            ..*self
        };
        Ok(Message::new(len, Kind::Welcome(Box::new(cut))))
    }
}

/// A version of a group that may not be known yet: the one after a commit.
#[derive(Debug, Clone)]
pub(super) enum Place {
    At(Arc<Version>),
    After(Arc<Commit>),
}

impl Place {
    pub(super) fn history(&self) -> &History {
        match self {
            Self::At(version) => version.history(),
            Self::After(commit) => commit.base.history(),
        }
    }

    pub(super) fn version(&self) -> Version {
        match self {
            Self::At(version) => Version::clone(version),
            Self::After(commit) => commit.applied_to(&commit.base),
        }
    }
}

impl Message {
    pub(super) fn new(len: u64, kind: Kind) -> Self {
        Self(Arc::new(Body {
            len,
            kind,
            sealed: None,
        }))
    }

    /// A handshake as a SemiPrivateMessage of this length, for these receivers outside.
    pub(super) fn into_sealed(self, len: u64, receivers: Arc<[Vec<u8>]>) -> Self {
        let clear_len = self.len();
        Self(Arc::new(Body {
            len,
            kind: self.0.kind.clone(),
            sealed: Some(Box::new(Sealed {
                receivers,
                clear_len,
            })),
        }))
    }

    /// What is around it where it is a SemiPrivateMessage.
    pub(super) fn sealed(&self) -> Option<&Sealed> {
        self.0.sealed.as_deref()
    }

    /// Its length as a PublicMessage where it is a handshake, in bytes.
    pub(super) fn clear_len(&self) -> u64 {
        self.sealed().map_or(self.len(), |sealed| sealed.clear_len)
    }

    /// The PublicMessage in it, or itself.
    pub(super) fn opened(&self) -> Self {
        match self.sealed() {
            Some(_) => Self::new(self.clear_len(), self.0.kind.clone()),
            None => self.clone(),
        }
    }

    /// What it says where anybody can read that.
    pub(super) fn in_clear(&self) -> Option<&Kind> {
        match self.sealed() {
            Some(_) => None,
            None => Some(self.kind()),
        }
    }

    /// The GroupInfo of the epoch that a commit creates.
    pub(super) fn group_info_after(commit: &Arc<Commit>) -> Self {
        let lengths = commit.base.history().lengths;
        Self::new(
            lengths.group_info_message(commit.context),
            Kind::GroupInfo(Place::After(Arc::clone(commit))),
        )
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// Its length on the wire, in bytes.
    pub fn len(&self) -> u64 {
        self.0.len
    }

    /// Never: every message has a header.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    pub(super) fn key_package(&self) -> Result<&Arc<KeyPackage>, MlsError> {
        match self.kind() {
            Kind::KeyPackage(package) => Ok(package),
            _ => Err(MlsError::Malformed("not a KeyPackage".to_owned())),
        }
    }
}

/// The epoch that a handshake or application message states.
pub(super) fn epoch_of(message: &Message) -> Result<u64, MlsError> {
    match message.kind() {
        Kind::Commit(commit) => Ok(commit.base.epoch()),
        Kind::Proposal(proposal) => Ok(proposal.id.epoch),
        Kind::Application(application) => Ok(application.epoch),
        _ => Err(MlsError::Malformed(
            "neither handshake nor application message".to_owned(),
        )),
    }
}

impl EmbeddedMessage for Message {
    type Opaque = Blob;
    const ENCODED: bool = false;

    fn content(&self) -> Embedded {
        match self.kind() {
            Kind::KeyPackage(_) => Embedded::KeyPackage,
            Kind::Commit(_) => Embedded::Commit,
            Kind::Proposal(_) => Embedded::Proposal,
            Kind::Application(_) => Embedded::Application,
            Kind::Welcome(_) => Embedded::Welcome,
            Kind::GroupInfo(_) => Embedded::GroupInfo,
        }
    }

    fn is_sealed(&self) -> bool {
        self.sealed().is_some()
    }
}

/// The same message, not one that says the same.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Message {}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({:?}, {} B)", self.content(), self.len())
    }
}

/// A vector into which MIMI does not look: a ratchet tree, or something sealed.
#[derive(Clone)]
pub struct Blob(Arc<BlobBody>);

struct BlobBody {
    /// Of the content, without the vector's own length.
    len: u64,
    content: Content,
}

pub(super) enum Content {
    /// The tree of a version. Nobody reads it: the version says all.
    Tree,
    Sealed {
        /// To whose key.
        public_key: Vec<u8>,
        /// For which room.
        room_id: Vec<u8>,
        /// A [`Plaintext`](crate::engine::Plaintext).
        plaintext: Box<dyn Any + Send + Sync>,
    },
}

impl Blob {
    pub(super) fn new(len: u64, content: Content) -> Self {
        Self(Arc::new(BlobBody { len, content }))
    }

    pub(super) fn content(&self) -> &Content {
        &self.0.content
    }

    /// Length of the content, in bytes.
    pub fn len(&self) -> u64 {
        self.0.len
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Blob {}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} B)", self.len())
    }
}

impl Size for Message {
    fn tls_serialized_len(&self) -> usize {
        self.0.len as usize
    }
}

impl Size for Blob {
    fn tls_serialized_len(&self) -> usize {
        super::lengths::vector(self.0.len) as usize
    }
}

fn zeros<W: Write>(len: usize, writer: &mut W) -> Result<usize, Error> {
    let written = std::io::copy(&mut std::io::repeat(0).take(len as u64), writer)?;
    Ok(written as usize)
}

impl Serialize for Message {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        zeros(self.tls_serialized_len(), writer)
    }
}

impl Serialize for Blob {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        zeros(self.tls_serialized_len(), writer)
    }
}

const NO_BYTES: &str = "a modelled message has a length and no bytes";

impl Deserialize for Message {
    fn tls_deserialize<R: Read>(_: &mut R) -> Result<Self, Error> {
        Err(Error::DecodingError(NO_BYTES.to_owned()))
    }
}

impl Deserialize for Blob {
    fn tls_deserialize<R: Read>(_: &mut R) -> Result<Self, Error> {
        Err(Error::DecodingError(NO_BYTES.to_owned()))
    }
}
