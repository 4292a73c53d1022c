//! What OpenMLS is handed for one call: a client's cryptography and a group's storage.

use crate::openmls::crypto::Crypto;
use crate::openmls::storage::Storage;
use openmls_traits::OpenMlsProvider;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;

/// A client's cryptography (and randomness) together with the storage of one of its groups.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider<'a> {
    pub(crate) crypto: &'a Crypto,
    pub(crate) storage: &'a Storage,
}

impl OpenMlsProvider for Provider<'_> {
    type CryptoProvider = Crypto;
    type RandProvider = Crypto;
    type StorageProvider = Storage;

    fn storage(&self) -> &Storage {
        self.storage
    }

    fn crypto(&self) -> &Crypto {
        self.crypto
    }

    fn rand(&self) -> &Crypto {
        self.crypto
    }
}

/// A client's signature key, signing through its counted cryptography.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientSigner<'a> {
    pub(crate) crypto: &'a Crypto,
    pub(crate) scheme: SignatureScheme,
    pub(crate) private_key: &'a [u8],
}

impl Signer for ClientSigner<'_> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.crypto
            .sign(self.scheme, payload, self.private_key)
            .map_err(SignerError::CryptoError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
