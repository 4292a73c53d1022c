//! Credentials (RFC 9420, section 5.3): by what a client proves that a name and a signature key belong together.
//!
//! A client has a URI, by which everybody knows it, and a credential in which that stands. In a basic one it is all there is, and nothing
//! proves it. An X.509 credential is a chain of certificates, of which the client's own bears the URI as a subject alternative name. A
//! third kind is a JSON Web Token (RFC 7519) with the URI as its subject and the client's key to confirm (RFC 7800), of a credential type for
//! private use: no RFC has tokens as credentials.
//!
//! - [`client_uri`]: from a credential to the URI. There is no other way to it.
//! - `authority`: who issues credentials, and what has to hold of one.
//! - `x509`, `jwt`: the two kinds that are signed, each made and read in one place; `claims`: the text of tokens.
//! - `kinds`, `keys`: which kinds there are, and what they are signed and checked by.
//! - `lengths`: [`CredentialLengths`]: how long they are and what checking one takes, from the length of the URI alone.
//!
//! Both engines make and read the same encodings. What they differ in is the signatures: the model's are nothing but as long.
//!
//! Credentials hold from the beginning of 1970 to the end of 9999, which RFC 5280, section 4.1.2.5, calls no well-defined expiration: engines
//! have no clock. Nobody revokes any.

mod authority;
mod claims;
mod error;
mod jwt;
mod keys;
mod kinds;
mod lengths;
mod x509;

pub(crate) use authority::Authority;
pub use error::CredentialError;
pub(crate) use keys::{AuthorityKey, SignatureCheck};
pub(crate) use kinds::check_name;
pub use kinds::{BASIC, JWT, X509, credential_type};
pub use lengths::{Checked, CredentialLengths};

use std::borrow::Cow;

/// The URI of the client whose credential has this type and this content. Nothing is verified.
///
/// # Errors
/// [`CredentialError`] where the type is unknown, or the content cannot be read, or does not name exactly one URI.
///
/// ```
/// use throng_mls::credentials::{BASIC, client_uri};
///
/// assert_eq!(client_uri(BASIC, b"mimi://a.example/d/u1.1")?, &b"mimi://a.example/d/u1.1"[..]);
/// assert!(client_uri(7, b"").is_err());
/// # Ok::<(), throng_mls::credentials::CredentialError>(())
/// ```
pub fn client_uri(credential_type: u16, content: &[u8]) -> Result<Cow<'_, [u8]>, CredentialError> {
    match credential_type {
        BASIC => Ok(Cow::Borrowed(content)),
        X509 => x509::client_uri(content).map(|uri| Cow::Owned(uri.into_bytes())),
        JWT => jwt::client_uri(content).map(|uri| Cow::Owned(uri.into_bytes())),
        other => Err(CredentialError::Type(other)),
    }
}
