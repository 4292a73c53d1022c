//! Lengths of what MLS puts on the wire, in bytes, from RFC 9420's structs.
//!
//! Everything of variable length is a vector whose length takes 1, 2 or 4 bytes (section 2.1.2), so no
//! length here is a sum of constants: [`vector`] is everywhere.

use crate::ciphersuite::{AEAD_TAG_LEN as AEAD_TAG, Hash, Suite};
use crate::credentials::CredentialLengths;
use crate::tls::vector_len;
use throng_workloads::scenario::{Ciphersuite, SignedContext};

/// `opaque<V>` with `len` bytes of content (RFC 9420, section 2.1.2).
pub const fn vector(len: u64) -> u64 {
    vector_len(len)
}

/// `ProtocolVersion` and `WireFormat` in front of every MLSMessage (section 6).
const MLS_HEADER: u64 = 4;
/// Hashes, MACs and secrets: all suites here use SHA-256.
const HASH: u64 = 32;
/// What capabilities come to that are OpenMLS's default ones (one version, three suites, one type of credential) with so many extensions
/// and proposals beside.
const fn capabilities(extensions: u64, proposals: u64) -> u64 {
    vector(2) + vector(3 * 2) + vector(2 * extensions) + vector(2 * proposals) + vector(2)
}
/// A nonce of any AEAD here.
const NONCE: u64 = 12;
/// A reuse guard (section 6.3.1).
const REUSE_GUARD: u64 = 4;
/// A leaf's index.
const LEAF_INDEX: u64 = 4;
/// SenderData (section 6.3.2), encrypted: leaf, generation and reuse guard.
const SENDER_DATA: u64 = LEAF_INDEX + 4 + REUSE_GUARD + AEAD_TAG;
/// A KeyPackage's or leaf's lifetime: two times of 8 bytes.
const LIFETIME: u64 = 16;
/// What has no extensions ends with an empty vector.
const NO_EXTENSIONS: u64 = vector(0);

/// Where a leaf node comes from (section 7.2); it decides what it says besides keys and credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafSource {
    /// A KeyPackage: the leaf states its lifetime.
    KeyPackage,
    /// An Update proposal.
    Update,
    /// A commit's path, with a parent hash; empty where the path has no node.
    Commit {
        /// Whether the path has a node.
        parent_hash: bool,
    },
}

/// The lengths that a ciphersuite and a group decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// An HPKE public key.
    pub kem_key: u64,
    /// What HPKE puts before its ciphertext.
    pub kem_output: u64,
    /// The key of a message.
    pub aead_key: u64,
    /// A signature public key.
    pub signature_key: u64,
    /// A signature. ECDSA signatures vary by a few bytes in general; those of `throng`'s OpenMLS engine do not
    /// (see [`crate::openmls`]).
    pub signature: u64,
    /// What a leaf says that its client is capable of.
    pub capabilities: u64,
    /// How long credentials are.
    pub credentials: CredentialLengths,
    /// What members' signatures are made over.
    pub signed_context: SignedContext,
    /// Whether the `authenticated_data` of the group's messages begins with a SafeAAD.
    pub safe_aad: bool,
}

impl Lengths {
    /// The lengths of a ciphersuite.
    pub const fn new(suite: Ciphersuite) -> Self {
        match Self::of(&Suite::of(suite)) {
            Some(lengths) => lengths,
            None => panic!("a scenario's suites have SHA-256 and signatures of one length"),
        }
    }

    /// The lengths of any suite with SHA-256, and with signatures of one length; `None` of others.
    pub const fn of(suite: &Suite) -> Option<Self> {
        match (suite.hash, suite.signature_len()) {
            (Hash::Sha256, Some(signature)) => Some(Self {
                kem_key: suite.kem_len(),
                kem_output: suite.kem_len(),
                aead_key: suite.aead_key_len(),
                signature_key: suite.signature_key_len(),
                signature,
                capabilities: capabilities(0, 0),
                credentials: CredentialLengths::BASIC,
                signed_context: SignedContext::Whole,
                safe_aad: false,
            }),
            _ => None,
        }
    }

    /// The same for clients that take part in groups with application data (an extension and a proposal), know SelfRemove (a proposal),
    /// have last-resort KeyPackages (an extension), or know from where trees may be fetched (an extension).
    pub const fn able_to(
        self,
        app_data: bool,
        self_remove: bool,
        last_resort: bool,
        tree_sources: bool,
    ) -> Self {
        let data = app_data as u64;
        let extensions = data + last_resort as u64 + tree_sources as u64;
        Self {
            capabilities: capabilities(extensions, data + self_remove as u64),
            ..self
        }
    }

    /// The same for clients that sign this (an extension that they are capable of, where it is a hash).
    pub const fn signing(self, signed_context: SignedContext) -> Self {
        let more = match signed_context {
            SignedContext::Whole => 0,
            SignedContext::Hash => 2,
        };
        Self {
            // The vector of extensions stays one of fewer than 64 bytes.
            capabilities: self.capabilities + more,
            signed_context,
            ..self
        }
    }

    /// The extension of a GroupContext that requires that of its members, where they sign a hash.
    pub const fn required_capabilities(&self) -> u64 {
        match self.signed_context {
            SignedContext::Whole => 0,
            SignedContext::Hash => Self::extension(vector(2) + vector(0) + vector(0)),
        }
    }

    /// The same for clients with such credentials.
    pub const fn with_credentials(self, credentials: CredentialLengths) -> Self {
        Self {
            credentials,
            ..self
        }
    }

    /// A LeafNode (section 7.2) with the credential of a client whose URI has `identity` bytes.
    pub const fn leaf_node(&self, identity: u64, source: LeafSource) -> u64 {
        let source = 1 + match source {
            LeafSource::KeyPackage => LIFETIME,
            LeafSource::Update => 0,
            LeafSource::Commit { parent_hash: true } => vector(HASH),
            LeafSource::Commit { parent_hash: false } => vector(0),
        };
        vector(self.kem_key)
            + vector(self.signature_key)
            + 2
            + vector(self.credentials.content(identity))
            + self.capabilities
            + source
            + NO_EXTENSIONS
            + vector(self.signature)
    }

    /// A KeyPackage (section 10), without the MLSMessage around it.
    pub const fn key_package(&self, identity: u64, last_resort: bool) -> u64 {
        let extensions = if last_resort { Self::extension(0) } else { 0 };
        2 + 2
            + vector(self.kem_key)
            + self.leaf_node(identity, LeafSource::KeyPackage)
            + vector(extensions)
            + vector(self.signature)
    }

    /// The same as an MLSMessage.
    pub const fn key_package_message(&self, identity: u64, last_resort: bool) -> u64 {
        MLS_HEADER + self.key_package(identity, last_resort)
    }

    /// A ParentNode (section 7.1).
    pub const fn parent_node(&self, parent_hash: bool, unmerged: u64) -> u64 {
        let hash = if parent_hash { HASH } else { 0 };
        vector(self.kem_key) + vector(hash) + vector(4 * unmerged)
    }

    /// An HPKECiphertext (section 7.6) of `plaintext` bytes.
    pub const fn hpke_ciphertext(&self, plaintext: u64) -> u64 {
        vector(self.kem_output) + vector(plaintext + AEAD_TAG)
    }

    /// An HPKECiphertext of a path secret.
    pub const fn path_ciphertext(&self) -> u64 {
        self.hpke_ciphertext(HASH)
    }

    /// One node of an UpdatePath (section 7.6), with `ciphertexts` of them.
    pub const fn update_path_node(&self, ciphertexts: u64) -> u64 {
        vector(self.kem_key) + vector(ciphertexts * self.path_ciphertext())
    }

    /// A GroupContext (section 8.1) at `epoch` with so many bytes of extensions; before the first commit there is no transcript.
    pub const fn group_context(&self, group_id: u64, epoch: u64, extensions: u64) -> u64 {
        let transcript = if epoch == 0 { 0 } else { HASH };
        2 + 2 + vector(group_id) + 8 + vector(HASH) + vector(transcript) + vector(extensions)
    }

    /// A GroupInfo (section 12.4.3) around a GroupContext of so many bytes, with so many bytes of extensions of its own, without
    /// the MLSMessage around it.
    const fn group_info(&self, context: u64, extensions: u64) -> u64 {
        context + vector(extensions) + vector(HASH) + 4 + vector(self.signature)
    }

    /// The GroupInfo for those who join from outside, as an MLSMessage: it has the external public key.
    pub const fn group_info_message(&self, context: u64) -> u64 {
        MLS_HEADER + self.group_info(context, self.group_info_extensions())
    }

    /// Its extensions.
    pub const fn group_info_extensions(&self) -> u64 {
        Self::extension(vector(self.kem_key))
    }

    /// The GroupInfo in a Welcome: it has the ratchet tree, if `tree` says how long its content is, and
    /// nothing else.
    pub const fn welcome_group_info(&self, context: u64, tree: Option<u64>) -> u64 {
        let extensions = match tree {
            Some(content) => Self::extension(vector(content)),
            None => 0,
        };
        self.group_info(context, extensions)
    }

    /// An extension (section 13) with `data` bytes.
    pub const fn extension(data: u64) -> u64 {
        2 + vector(data)
    }

    /// A proposal's content in a PublicMessage or by value in a commit (section 12.1).
    pub const fn proposal(&self, kind: ProposalLength) -> u64 {
        2 + match kind {
            ProposalLength::Add {
                identity,
                last_resort,
            } => self.key_package(identity, last_resort),
            ProposalLength::Update { identity } => self.leaf_node(identity, LeafSource::Update),
            ProposalLength::Remove => 4,
            ProposalLength::SelfRemove => 0,
            // Component and operation before it.
            ProposalLength::AppData { update } => 2 + 1 + vector(update),
            ProposalLength::ExternalInit => vector(self.kem_output),
        }
    }

    /// A proposal by value among a commit's (section 12.4).
    pub const fn by_value(&self, kind: ProposalLength) -> u64 {
        1 + self.proposal(kind)
    }

    /// A proposal by reference among a commit's.
    pub const fn by_reference(&self) -> u64 {
        1 + vector(HASH)
    }

    /// A PublicMessage (section 6.2) as an MLSMessage.
    pub const fn public_message(&self, group_id: u64, sender: SenderLength, content: u64) -> u64 {
        let (sender, tag) = match sender {
            SenderLength::Member => (1 + 4, vector(HASH)),
            SenderLength::External => (1 + 4, 0),
            SenderLength::NewMember => (1, 0),
        };
        let framed = vector(group_id) + 8 + sender + self.authenticated_data(0) + 1 + content;
        MLS_HEADER + framed + vector(self.signature) + tag
    }

    /// A proposal, as an MLSMessage.
    pub const fn proposal_message(
        &self,
        group_id: u64,
        sender: SenderLength,
        kind: ProposalLength,
    ) -> u64 {
        self.public_message(group_id, sender, self.proposal(kind))
    }

    /// A commit (section 12.4), as an MLSMessage. `proposals` is the sum of [`Lengths::by_value`] and
    /// [`Lengths::by_reference`], `path` the length of the UpdatePath.
    pub const fn commit_message(
        &self,
        group_id: u64,
        sender: SenderLength,
        proposals: u64,
        path: Option<u64>,
    ) -> u64 {
        let path = match path {
            Some(path) => 1 + path,
            None => 1,
        };
        let content = vector(proposals) + path + vector(HASH);
        self.public_message(group_id, sender, content)
    }

    /// An UpdatePath (section 7.6): the committer's leaf, and the sum of its nodes.
    pub const fn update_path(&self, leaf_node: u64, nodes: u64) -> u64 {
        leaf_node + vector(nodes)
    }

    /// The GroupSecrets of a new member (section 12.4.3.1).
    pub const fn group_secrets(&self, path_secret: bool) -> u64 {
        let path_secret = if path_secret { 1 + vector(HASH) } else { 1 };
        vector(HASH) + path_secret + vector(0)
    }

    /// A Welcome (section 12.4.3.1) for `members`, as an MLSMessage.
    pub const fn welcome_message(&self, members: u64, path: bool, group_info: u64) -> u64 {
        let secret = vector(HASH) + self.hpke_ciphertext(self.group_secrets(path));
        MLS_HEADER + 2 + vector(members * secret) + vector(group_info + AEAD_TAG)
    }

    /// A message's `authenticated_data`, with so many bytes of Safe AAD items where the group's messages have any.
    const fn authenticated_data(&self, items: u64) -> u64 {
        match self.safe_aad {
            true => vector(vector(items)),
            false => vector(0),
        }
    }

    /// An application message (section 6.3): a PrivateMessage of `content` bytes and so many of Safe AAD items, padded to a multiple
    /// of `padding` as OpenMLS does it, as an MLSMessage.
    pub const fn application_message(
        &self,
        group_id: u64,
        (content, items): (u64, u64),
        padding: u64,
    ) -> u64 {
        let plain = vector(content) + vector(self.signature);
        let framed = vector(group_id) + 8 + 1 + self.authenticated_data(items);
        MLS_HEADER + framed + vector(SENDER_DATA) + vector(sealed(plain, padding))
    }

    /// The PrivateMessage (section 6.3) of a member's handshake that comes to `public` bytes as a PublicMessage, padded as application messages
    /// are, as an MLSMessage. Nobody here sends such: hubs could not read them.
    pub const fn private_handshake(&self, group_id: u64, public: u64, padding: u64) -> u64 {
        let aad = self.authenticated_data(0);
        let head = MLS_HEADER + vector(group_id) + 8 + (1 + LEAF_INDEX) + aad + 1;
        let plain = public - head - vector(HASH);
        MLS_HEADER
            + vector(group_id)
            + 8
            + 1
            + aad
            + vector(SENDER_DATA)
            + vector(sealed(plain, padding))
    }

    /// The SemiPrivateMessage (draft-mahy-mls-semiprivatemessage-07) of a member's handshake that comes to `public` bytes as a
    /// PublicMessage, for so many receivers outside, padded as application messages are, as an MLSMessage. With the handshake its membership
    /// tag is encrypted, as [`crate::openmls`] does it.
    pub const fn semi_private_message(
        &self,
        group_id: u64,
        public: u64,
        receivers: u64,
        padding: u64,
    ) -> u64 {
        let aad = self.authenticated_data(0);
        let head = MLS_HEADER + vector(group_id) + 8 + (1 + LEAF_INDEX) + aad + 1;
        let keys = vector(self.aead_key) + vector(NONCE) + REUSE_GUARD + LEAF_INDEX;
        let for_receiver = vector(HASH) + self.hpke_ciphertext(keys);
        MLS_HEADER
            + vector(group_id)
            + 8
            + 1
            + aad
            + vector(HASH)
            + vector(receivers * for_receiver)
            + vector(HASH)
            + vector(SENDER_DATA)
            + vector(sealed(public - head, padding))
    }
}

/// What an AEAD makes of a plaintext that is filled up so that it comes to a multiple of `padding`; 0: to any length.
const fn sealed(plain: u64, padding: u64) -> u64 {
    let sealed = plain + AEAD_TAG;
    if padding > 0 {
        sealed + (padding - sealed % padding) % padding
    } else {
        sealed
    }
}

/// What a proposal's length depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalLength {
    /// An Add of the client with an identity of so many bytes.
    Add {
        /// Length of the identity.
        identity: u64,
        /// Whether the KeyPackage may be used more than once.
        last_resort: bool,
    },
    /// An Update of the member with an identity of so many bytes.
    Update {
        /// Length of the identity.
        identity: u64,
    },
    /// A Remove.
    Remove,
    /// A SelfRemove (draft-ietf-mls-extensions, "SelfRemove Proposal"): its type alone.
    SelfRemove,
    /// An AppDataUpdate (draft-ietf-mls-extensions, section 4.7) with an update of so many bytes.
    AppData {
        /// Length of the update.
        update: u64,
    },
    /// The ExternalInit of an external commit.
    ExternalInit,
}

/// What a PublicMessage's sender comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderLength {
    /// A member: its leaf, and a membership tag at the end.
    Member,
    /// One of the group's external senders: its place among them.
    External,
    /// Somebody who joins by external commit.
    NewMember,
}
