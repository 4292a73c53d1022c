//! Why a credential is none.

use crate::tls::Malformed;

/// What is wrong with a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nobody here has credentials of this type.
    #[error("a credential of type {0}, which is not known here")]
    Type(u16),
    /// It is of another type than those of the group.
    #[error("a credential of type {found}, where those of type {wanted} count")]
    OtherType {
        /// Its type.
        found: u16,
        /// That of the others.
        wanted: u16,
    },
    /// A name that cannot stand in it, or none.
    #[error("not exactly one URI, or one that cannot stand in such a credential")]
    Uri,
    /// It is encoded in another way than RFC 9420 has it.
    #[error("malformed credential: {0}")]
    Malformed(&'static str),
    /// A certificate cannot be made or read, or the chain leads to nobody who is trusted.
    #[error("certificate: {0}")]
    Certificate(String),
    /// A token that cannot be read, or is of another issuer or algorithm.
    #[error("token: {0}")]
    Token(&'static str),
    /// It is another key's.
    #[error("the credential of another signature key")]
    Key,
    /// A signature does not hold.
    #[error("the signature of a credential does not hold")]
    Signature,
}

impl From<Malformed> for CredentialError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}
