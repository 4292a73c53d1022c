//! What credentials are signed and checked by, which each engine has in its own way.

use super::error::CredentialError;
use std::fmt;

/// A key by which credentials are signed.
pub(crate) trait AuthorityKey: fmt::Debug + Send + Sync {
    /// The public key, as MLS has it.
    fn public_key(&self) -> &[u8];
    /// A signature, as MLS has it.
    fn sign(&self, content: &[u8]) -> Result<Vec<u8>, CredentialError>;
}

/// Checks signatures, and counts them.
pub(crate) trait SignatureCheck: fmt::Debug + Send + Sync {
    /// Whether this is a signature of `content` by this key, as MLS has both.
    fn holds(&self, public_key: &[u8], content: &[u8], signature: &[u8]) -> bool;
}
