//! Labels in front of what is signed and encrypted (RFC 9420, sections 5.1.2 and 5.1.3), for what MIMI signs and seals
//! with the same keys.

use crate::engine::MlsError;
use crate::openmls::crypto::Crypto;
use crate::openmls::error::refused;
use crate::tls::push_vector;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::SignatureScheme;

/// `SignContent { opaque label<V> = "MLS 1.0 " + Label; opaque content<V>; }`. EncryptContent has the same form: its
/// second field is the context.
pub(crate) fn labelled(label: &str, content: &[u8]) -> Result<Vec<u8>, MlsError> {
    let mut out = Vec::with_capacity(content.len() + label.len() + 16);
    push_vector(&mut out, &[b"MLS 1.0 ", label.as_bytes()].concat())?;
    push_vector(&mut out, content)?;
    Ok(out)
}

/// VerifyWithLabel.
pub(crate) fn verify(
    crypto: &Crypto,
    scheme: SignatureScheme,
    public_key: &[u8],
    label: &str,
    content: &[u8],
    signature: &[u8],
) -> Result<(), MlsError> {
    let content = labelled(label, content)?;
    crypto
        .verify_signature(scheme, &content, public_key, signature)
        .map_err(refused("verify"))
}

#[cfg(test)]
mod tests {
    use super::labelled;

    #[test]
    fn a_label_says_its_protocol_and_both_fields_their_lengths() {
        let expected = [&[15u8][..], b"MLS 1.0 TestTBS", &[2], b"hi"].concat();
        assert_eq!(labelled("TestTBS", b"hi").unwrap(), expected);
    }
}
