//! A certificate authority for demonstrations and tests: made anew by each process, and trusted by whoever is told to.

use crate::error::LiveError;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// An authority, with the key by which it issues.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate as PEM.
    pub certificate: String,
    /// Its key as PEM (PKCS #8).
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// [`LiveError::Issue`] where the system gives no randomness.
    pub fn new() -> Result<Self, LiveError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let name = "throng, for demonstration";
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate,
        })
    }

    /// Its own certificate as PEM: what others have to trust.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate for a provider's domain: it serves there, and asks others in that name.
    ///
    /// # Errors
    /// [`LiveError::Issue`] where the domain is no DNS name.
    pub fn issue(&self, domain: &str) -> Result<Issued, LiveError> {
        self.sign(CertificateParams::new(vec![domain.to_owned()])?, domain)
    }

    /// The same for a time: from the beginning of one year to that of another.
    ///
    /// # Errors
    /// [`LiveError::Issue`] where the domain is no DNS name.
    pub fn issue_for(&self, domain: &str, from: i32, until: i32) -> Result<Issued, LiveError> {
        let mut params = CertificateParams::new(vec![domain.to_owned()])?;
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        self.sign(params, domain)
    }

    fn sign(&self, mut params: CertificateParams, domain: &str) -> Result<Issued, LiveError> {
        let key = KeyPair::generate()?;
        params.distinguished_name.push(DnType::CommonName, domain);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Issued {
            certificate,
            key: key.serialize_pem(),
        })
    }
}
