//! Credentials in OpenMLS's terms: issued with real keys, and validated where RFC 9420 leaves that to the application (section 5.3.1).
//!
//! | when | which |
//! |---|---|
//! | a KeyPackage is used to add somebody | its leaf's |
//! | an Add is received, proposed or in a commit | its leaf's |
//! | an Update or a path is received | its leaf's, unless it is the one that the member had |
//! | a commit comes from outside | its path's leaf's |
//! | somebody joins, or a hub begins, by a GroupInfo and its tree | those of all leaves |
//!
//! OpenMLS checks that a leaf is signed with the key in it, and nothing of whose key that is.

use crate::ciphersuite::Suite;
use crate::credentials::{
    Authority, AuthorityKey, CredentialError, SignatureCheck, client_uri, credential_type,
};
use crate::engine::{EngineConfig, MlsError};
use crate::openmls::crypto::{Crypto, primitives};
use crate::openmls::ecdsa;
use crate::openmls::error::refused;
use openmls::prelude::{Credential, CredentialType, LeafNode, SignaturePublicKey};
use openmls::prelude::{OpenMlsCrypto, ProposalOrRefType, QueuedProposal, StagedCommit};
use openmls::treesync::TreeSync;
use openmls_traits::types::{HashType, SignatureScheme};
use std::sync::Arc;
use throng_workloads::scenario::{Ciphersuite, CredentialForm, Credentials};

/// An authority's key pair.
#[derive(Debug)]
struct RealKey {
    scheme: SignatureScheme,
    private: Vec<u8>,
    public: Vec<u8>,
}

impl AuthorityKey for RealKey {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, content: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let signed = match self.scheme {
            SignatureScheme::ECDSA_SECP256R1_SHA256 => primitives()
                .hash(HashType::Sha2_256, content)
                .and_then(|digest| ecdsa::sign(&self.private, &digest)),
            scheme => primitives().sign(scheme, content, &self.private),
        };
        signed.map_err(|_| CredentialError::Signature)
    }
}

/// The authority for such credentials, whose keys follow from `seed`.
pub(crate) fn authority(
    credentials: Credentials,
    suite: Ciphersuite,
    seed: [u8; 32],
) -> Result<Authority, CredentialError> {
    let suite = Suite::of(suite);
    let scheme = match suite.signature {
        crate::ciphersuite::Signature::Ed25519 => SignatureScheme::ED25519,
        _ => SignatureScheme::ECDSA_SECP256R1_SHA256,
    };
    Authority::new(credentials, suite.signature, |level| {
        let mut key = blake3::Hasher::new_keyed(&seed);
        key.update(&level.to_le_bytes());
        let pair = Crypto::new(*key.finalize().as_bytes()).signature_key_gen(scheme);
        let (private, public) = pair.map_err(|_| CredentialError::Signature)?;
        Ok(Box::new(RealKey {
            scheme,
            private,
            public,
        }))
    })
}

/// Signatures of credentials, checked and counted by somebody's cryptography.
#[derive(Debug)]
pub(crate) struct RealCheck<'a> {
    crypto: &'a Crypto,
    scheme: SignatureScheme,
}

impl<'a> RealCheck<'a> {
    pub(crate) fn new(crypto: &'a Crypto, scheme: SignatureScheme) -> Self {
        Self { crypto, scheme }
    }
}

impl SignatureCheck for RealCheck<'_> {
    fn holds(&self, public_key: &[u8], content: &[u8], signature: &[u8]) -> bool {
        let checked =
            self.crypto
                .verify_credential_signature(self.scheme, content, public_key, signature);
        checked.is_ok()
    }
}

/// The credentials of a run.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    form: CredentialForm,
    scheme: SignatureScheme,
    authority: Result<Arc<Authority>, CredentialError>,
}

impl Issued {
    pub(crate) fn new(config: &EngineConfig, scheme: SignatureScheme) -> Self {
        let made = authority(config.credentials, config.ciphersuite, config.authority);
        Self {
            form: config.credentials.form,
            scheme,
            authority: made.map(Arc::new),
        }
    }

    fn authority(&self) -> Result<&Authority, CredentialError> {
        match &self.authority {
            Ok(authority) => Ok(authority),
            Err(error) => Err(error.clone()),
        }
    }

    /// The type that leaves say their clients know.
    pub(crate) fn credential_type(&self) -> CredentialType {
        credential_type(self.form).into()
    }

    /// The credential of the client with this name and key.
    pub(crate) fn issue(&self, name: &[u8], key: &[u8]) -> Result<Credential, MlsError> {
        let issued = self.authority().and_then(|a| a.issue(name, key));
        let content = issued.map_err(refused("credential"))?;
        Ok(Credential::new(self.credential_type(), content))
    }

    /// What has to hold of a credential with this key before anybody relies on it.
    pub(crate) fn validate(
        &self,
        crypto: &Crypto,
        (found, content): (u16, &[u8]),
        key: &[u8],
    ) -> Result<(), MlsError> {
        let check = RealCheck::new(crypto, self.scheme);
        self.authority()
            .and_then(|authority| authority.validate((found, content), key, &check))
            .map_err(refused("credential"))
    }

    /// The same of one that OpenMLS read.
    pub(crate) fn validate_read(
        &self,
        crypto: &Crypto,
        credential: &Credential,
        key: &SignaturePublicKey,
    ) -> Result<(), MlsError> {
        let found = credential.credential_type().into();
        self.validate(
            crypto,
            (found, credential.serialized_content()),
            key.as_slice(),
        )
    }

    /// The credential of a leaf.
    pub(crate) fn validate_leaf(&self, crypto: &Crypto, leaf: &LeafNode) -> Result<(), MlsError> {
        self.validate_read(crypto, leaf.credential(), leaf.signature_key())
    }

    /// The credentials of all members.
    pub(crate) fn validate_tree(&self, crypto: &Crypto, tree: &TreeSync) -> Result<(), MlsError> {
        let mut leaves = tree.full_leaves();
        leaves.try_for_each(|(_, leaf)| self.validate_leaf(crypto, leaf))
    }

    /// A leaf that takes the place of another, which is a member's: either it has the same credential, or one of the same client.
    pub(crate) fn validate_new_leaf(
        &self,
        crypto: &Crypto,
        (old, new): (Option<&LeafNode>, &LeafNode),
    ) -> Result<(), MlsError> {
        let old = old.ok_or_else(|| refused("credential")("there is no member at the leaf"))?;
        if old.credential() == new.credential() && old.signature_key() == new.signature_key() {
            return Ok(());
        }
        self.validate_leaf(crypto, new)?;
        match uri(new.credential()) == uri(old.credential()) {
            true => Ok(()),
            false => Err(refused("credential")("the credential of another client")),
        }
    }

    /// Those that come with a commit: of whom it adds by value, and the committer's, whose leaf was `committer` so far unless it comes
    /// from outside.
    pub(crate) fn validate_commit(
        &self,
        crypto: &Crypto,
        commit: &StagedCommit,
        committer: Committer<'_>,
    ) -> Result<(), MlsError> {
        let by_value =
            |queued: &&QueuedProposal| queued.proposal_or_ref_type() == ProposalOrRefType::Proposal;
        for queued in commit.queued_proposals().filter(by_value) {
            if let openmls::prelude::Proposal::Add(add) = queued.proposal() {
                self.validate_leaf(crypto, add.key_package().leaf_node())?;
            }
        }
        match (commit.update_path_leaf_node(), committer) {
            (Some(leaf), Committer::Outsider) => self.validate_leaf(crypto, leaf),
            (Some(leaf), Committer::Member(old)) => self.validate_new_leaf(crypto, (old, leaf)),
            (None, _) => Ok(()),
        }
    }
}

/// Who commits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Committer<'a> {
    /// A member, whose leaf this was before.
    Member(Option<&'a LeafNode>),
    /// Somebody from outside.
    Outsider,
}

/// The URI of the client with this credential; an empty one where it names none, which no validated credential does.
pub(crate) fn uri(credential: &Credential) -> Vec<u8> {
    let content = credential.serialized_content();
    let uri = client_uri(credential.credential_type().into(), content);
    uri.map(std::borrow::Cow::into_owned).unwrap_or_default()
}
