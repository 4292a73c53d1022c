//! Which kinds of credentials there are, and who can have one.

use super::error::CredentialError;
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
