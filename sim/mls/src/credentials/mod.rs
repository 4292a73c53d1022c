//! Credentials (RFC 9420, section 5.3): by what a client proves that a name and a signature key belong together.
//!
//! A client has a URI, by which everybody knows it, and a credential in which that stands. In a basic one it is all there is, and nothing
//! proves it. An X.509 credential is a chain of certificates, of which the client's own bears the URI as a subject alternative name. A
//! third kind is a JSON Web Token (RFC 7519) with the URI as its subject and the client's key to confirm (RFC 7800), of a credential type for
//! private use: no RFC has tokens as credentials.
//!
//! - [`client_uri`]: from a credential to the URI. There is no other way to it.
//! - `authority`: [`Authority`]: who issues credentials, and what has to hold of one.
//! - `x509`, `jwt`: the two kinds that are signed, each made and read in one place; `claims`: the text of tokens.
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
mod lengths;
mod x509;

pub(crate) use authority::{Authority, AuthorityKey, SignatureCheck};
pub use error::CredentialError;
pub use lengths::{Checked, CredentialLengths};

use std::borrow::Cow;
use throng_workloads::scenario::{CredentialForm, Credentials};

/// `basic` (RFC 9420, section 17.5).
pub const BASIC: u16 = 1;
/// `x509`.
pub const X509: u16 = 2;
/// A JSON Web Token: one of the types for private use.
pub const JWT: u16 = 0xf000;

/// The credential type of this form.
pub const fn credential_type(form: CredentialForm) -> u16 {
    match form {
        CredentialForm::Basic => BASIC,
        CredentialForm::X509 => X509,
        CredentialForm::Jwt => JWT,
    }
}

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

/// Whether a client of this name can have such a credential: those that are signed hold visible ASCII, and a token none that JSON escapes.
///
/// # Errors
/// [`CredentialError::Uri`] where it cannot.
pub(crate) fn check_name<'a>(
    credentials: &Credentials,
    name: &'a [u8],
) -> Result<&'a str, CredentialError> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let text = std::str::from_utf8(name);
    match (credentials.form, text) {
        (CredentialForm::Basic, _) => Ok(text.unwrap_or_default()),
        (_, Ok(text)) if name.iter().all(plain) && !name.is_empty() => Ok(text),
        _ => Err(CredentialError::Uri),
    }
}
