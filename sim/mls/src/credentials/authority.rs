//! Who issues credentials, and what has to hold of one that is to be relied on.

use super::error::CredentialError;
use super::keys::{AuthorityKey, SignatureCheck};
use super::kinds::{check_name, credential_type};
use super::{jwt, x509};
use crate::ciphersuite::Signature;
use throng_workloads::scenario::{CredentialForm, Credentials};

/// Whoever everybody trusts to say which key is whose, with the authorities between it and the clients.
#[derive(Debug)]
pub(crate) struct Authority {
    credentials: Credentials,
    signature: Signature,
    /// That of the one that is trusted, and of those below it; the last signs what clients have.
    keys: Vec<Box<dyn AuthorityKey>>,
    /// The certificate of the one that is trusted; empty where credentials have none.
    root: Vec<u8>,
    /// The certificates of the others, from the one that signs clients' to the one that the trusted one signed.
    between: Vec<Vec<u8>>,
}

impl Authority {
    /// The authority for such credentials, whose keys `key` makes by their place below the one that is trusted.
    pub(crate) fn new(
        credentials: Credentials,
        signature: Signature,
        key: impl FnMut(u32) -> Result<Box<dyn AuthorityKey>, CredentialError>,
    ) -> Result<Self, CredentialError> {
        let levels = match credentials.form {
            CredentialForm::Basic => 0,
            CredentialForm::X509 => credentials.certificates,
            CredentialForm::Jwt => 1,
        };
        let keys = (0..levels).map(key).collect::<Result<Vec<_>, _>>()?;
        let (mut root, mut between) = (Vec::new(), Vec::new());
        if credentials.form == CredentialForm::X509 {
            root = x509::root(signature, &keys)?;
            between = x509::between(&credentials, signature, &keys)?;
        }
        Ok(Self {
            credentials,
            signature,
            keys,
            root,
            between,
        })
    }

    /// The credential of the client with this name and signature key: its content.
    pub(crate) fn issue(&self, name: &[u8], key: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let uri = check_name(&self.credentials, name)?;
        match self.credentials.form {
            CredentialForm::Basic => Ok(name.to_vec()),
            CredentialForm::X509 => {
                let own = x509::of_client(&self.credentials, self.signature, &self.keys, uri, key)?;
                x509::chain(&own, &self.between)
            }
            CredentialForm::Jwt => {
                let issuer = self.keys.last().ok_or(CredentialError::Signature)?;
                jwt::token(&self.credentials, self.signature, &**issuer, uri, key)
            }
        }
    }

    /// What has to hold before anybody relies on a credential (RFC 9420, section 5.3.1): it is of the group's type, signed by
    /// the authority, names a client, and is that of this signature key.
    pub(crate) fn validate(
        &self,
        (found, content): (u16, &[u8]),
        key: &[u8],
        check: &dyn SignatureCheck,
    ) -> Result<(), CredentialError> {
        let wanted = credential_type(self.credentials.form);
        if found != wanted {
            return Err(CredentialError::OtherType { found, wanted });
        }
        match self.credentials.form {
            CredentialForm::Basic => Ok(()),
            CredentialForm::X509 => {
                x509::validate(self.signature, &self.root, content, key, check)?;
                x509::client_uri(content).map(drop)
            }
            CredentialForm::Jwt => {
                let issuer = self.keys.last().ok_or(CredentialError::Signature)?;
                jwt::validate(self.signature, issuer.public_key(), content, key, check)
            }
        }
    }
}
