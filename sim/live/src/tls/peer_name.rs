//! Whether a certificate bears a name. Of whoever asks, the handshake checks chain, time and usage, and no name: one
//! certificate may stand for several domains, so each request is held against the domain in which it is made.

use rustls::pki_types::{CertificateDer, ServerName};
use webpki::EndEntityCert;

/// Whether a certificate is one of a domain (RFC 6125, by subject alternative names alone).
pub(crate) fn bears(certificate: &CertificateDer<'_>, domain: &str) -> bool {
    let Ok(name) = ServerName::try_from(domain) else {
        return false;
    };
    EndEntityCert::try_from(certificate)
        .is_ok_and(|known| known.verify_is_valid_for_subject_name(&name).is_ok())
}
