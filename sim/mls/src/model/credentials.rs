//! Credentials of the model: real encodings, of keys and with signatures that are nothing but as long.
//!
//! Leaves have none: their length is all that counts of them ([`CredentialLengths`](crate::credentials::CredentialLengths)). What MIMI sends beside
//! MLS (requests, answers) has bytes in this engine, too, and so have the credentials in it.

use super::lengths::Lengths;
use super::signature_key::signature_key_of;
use crate::ciphersuite::{Signature, Suite};
use crate::credentials::{
    Authority, AuthorityKey, Checked, CredentialError, SignatureCheck, credential_type,
};
use crate::engine::MlsError;
use crate::wire::Credential;
use crate::work::Work;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use throng_workloads::scenario::{CredentialForm, Credentials};

/// What stands for an authority's key.
#[derive(Debug)]
struct ModelKey {
    public: Vec<u8>,
    signature: Signature,
}

impl AuthorityKey for ModelKey {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, _content: &[u8]) -> Result<Vec<u8>, CredentialError> {
        Ok(stands_for_signature(self.signature))
    }
}

/// A signature by nobody of nothing, as long as they are: of ECDSA two numbers in DER, of which the first takes a byte more.
fn stands_for_signature(signature: Signature) -> Vec<u8> {
    match signature {
        Signature::Ed25519 => vec![0; 64],
        _ => {
            let mut encoded = vec![0; 71];
            encoded[..6].copy_from_slice(&[0x30, 69, 2, 33, 0, 0x80]);
            encoded[37..40].copy_from_slice(&[2, 32, 1]);
            encoded
        }
    }
}

/// Finds every signature right that stands for one, and counts it.
#[derive(Debug)]
struct ModelCheck {
    stands: Vec<u8>,
    signatures: AtomicU64,
    bytes: AtomicU64,
}

impl SignatureCheck for ModelCheck {
    fn holds(&self, _public_key: &[u8], content: &[u8], signature: &[u8]) -> bool {
        self.signatures.fetch_add(1, Ordering::Relaxed);
        let bytes = content.len() as u64;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        signature == self.stands
    }
}

/// The credentials of a run.
#[derive(Debug, Clone)]
pub(super) struct Issued {
    form: CredentialForm,
    signature: Signature,
    authority: Result<Arc<Authority>, CredentialError>,
    credentials: Credentials,
}

impl Issued {
    pub(super) fn new(credentials: Credentials, suite: &Suite) -> Self {
        let made = Authority::new(credentials, suite.signature, |level| {
            let name = format!("authority {level}");
            Ok(Box::new(ModelKey {
                public: signature_key_of(suite.signature_key_len(), name.as_bytes()),
                signature: suite.signature,
            }))
        });
        Self {
            form: credentials.form,
            signature: suite.signature,
            authority: made.map(Arc::new),
            credentials,
        }
    }

    fn authority(&self) -> Result<&Authority, CredentialError> {
        match &self.authority {
            Ok(authority) => Ok(authority),
            Err(error) => Err(error.clone()),
        }
    }

    /// Whether a client of this name can have a credential.
    pub(super) fn check_name(&self, name: &[u8]) -> Result<(), MlsError> {
        crate::credentials::check_name(&self.credentials, name)?;
        Ok(())
    }

    /// The credential of the client with this name and key. There is one for every name that a client can have.
    pub(super) fn issue(&self, name: &[u8], key: &[u8]) -> Credential {
        let issued = self.authority().and_then(|a| a.issue(name, key));
        Credential {
            credential_type: credential_type(self.form),
            content: issued.unwrap_or_default().into(),
        }
    }

    /// The client of a valid credential with this key, and what checking it took.
    pub(super) fn authenticate(
        &self,
        credential: &Credential,
        key: &[u8],
    ) -> (Result<Vec<u8>, MlsError>, Work) {
        let check = ModelCheck {
            stands: stands_for_signature(self.signature),
            signatures: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        };
        let read = (credential.credential_type, credential.content.as_slice());
        let validated = self
            .authority()
            .and_then(|authority| authority.validate(read, key, &check))
            .and_then(|()| Ok(credential.client_uri()?.into_owned()));
        let work = Work {
            credential_checks: check.signatures.into_inner(),
            credential_bytes: check.bytes.into_inner(),
            ..Work::default()
        };
        (validated.map_err(MlsError::from), work)
    }
}

impl Work {
    /// Add that credentials were checked which take this.
    pub(super) fn add_checked(&mut self, checked: Checked) {
        self.credential_checks += checked.signatures;
        self.credential_bytes += checked.bytes;
    }
}

impl Lengths {
    /// What checking the credential of a client with a URI of so many bytes takes.
    pub(super) const fn checked(&self, identity: usize) -> Checked {
        self.credentials.checked(identity as u64)
    }
}
