//! Chains of X.509 certificates (RFC 5280): made by `rcgen`, checked by `rustls-webpki`.
//!
//! A client's certificate has no subject, so that its subject alternative name is critical: the client's URI. What real authorities put
//! into certificates besides (addresses of policies and of lists of what is revoked, timestamps of logs) is stood for by a comment as long as
//! the certificate is to be.

use super::error::CredentialError;
use super::keys::{AuthorityKey, SignatureCheck};
use super::lengths::{AUTHORITY, CredentialLengths, SERIAL, Whose};
use crate::ciphersuite::Signature;
use crate::tls::{Reader, push_vector};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm, SigningKey,
    date_time_ymd,
};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    TrustAnchor, UnixTime, alg_id,
};
use std::time::Duration;
use throng_workloads::scenario::Credentials;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// Netscape's comment, an IA5String that nobody acts on.
const COMMENT: [u64; 7] = [2, 16, 840, 1, 113_730, 1, 13];

fn failed(error: impl std::fmt::Display) -> CredentialError {
    CredentialError::Certificate(error.to_string())
}

const fn algorithm(signature: Signature) -> Result<&'static SignatureAlgorithm, CredentialError> {
    match signature {
        Signature::Ed25519 => Ok(&rcgen::PKCS_ED25519),
        Signature::EcdsaP256 => Ok(&rcgen::PKCS_ECDSA_P256_SHA256),
        _ => Err(CredentialError::Signature),
    }
}

/// A public key of MLS for `rcgen`.
struct Public<'a> {
    key: &'a [u8],
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Public<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

/// An authority's key for `rcgen`.
struct Signs<'a> {
    key: &'a dyn AuthorityKey,
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Signs<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.public_key()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Signs<'_> {
    fn sign(&self, content: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signed = self.key.sign(content);
        signed.map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// What all certificates have: for how long they hold, a number that follows from the key, and by whom they are issued.
fn params(key: &[u8]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(1970, 1, 1);
    params.not_after = date_time_ymd(9999, 12, 31) + Duration::from_secs(24 * 60 * 60 - 1);
    let mut serial = blake3::derive_key("throng 2026 serial number", key)[..SERIAL].to_vec();
    // Neither zero nor a negative number, so that all are as long.
    serial[0] = serial[0] & 0x3f | 0x40;
    params.serial_number = Some(SerialNumber::from(serial));
    params.distinguished_name = DistinguishedName::new();
    params.use_authority_key_identifier_extension = true;
    params
}

/// An IA5String of so many bytes that say nothing.
fn ia5_string(len: usize) -> Vec<u8> {
    const TAG: u8 = 22;
    let mut encoded = vec![TAG];
    match len {
        0..0x80 => encoded.push(len as u8),
        0x80..0x100 => encoded.extend([0x81, len as u8]),
        _ => {
            encoded.push(0x82);
            encoded.extend((len as u16).to_be_bytes());
        }
    }
    encoded.resize(encoded.len() + len, b'.');
    encoded
}

/// Make a certificate longer.
fn pad(params: &mut CertificateParams, len: Option<u64>) {
    if let Some(len) = len {
        let content = ia5_string(len as usize);
        let comment = CustomExtension::from_oid_content(&COMMENT, content);
        params.custom_extensions.push(comment);
    }
}

/// The authority at this place below the one that is trusted, which is at 0.
fn authority(level: usize, key: &dyn AuthorityKey) -> CertificateParams {
    let mut params = params(key.public_key());
    // One digit: there are seven at most.
    let name = format!("{AUTHORITY}{level}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// The certificate of `subject`, signed by the authority at `level`.
fn signed(
    subject: &CertificateParams,
    key: &[u8],
    (level, keys): (usize, &[Box<dyn AuthorityKey>]),
    signature: Signature,
) -> Result<Vec<u8>, CredentialError> {
    let algorithm = algorithm(signature)?;
    let issuer = keys.get(level).ok_or(CredentialError::Signature)?;
    let params = authority(level, &**issuer);
    let signs = Signs {
        key: &**issuer,
        algorithm,
    };
    let certificate = subject.signed_by(
        &Public { key, algorithm },
        &Issuer::from_params(&params, signs),
    );
    Ok(certificate.map_err(failed)?.der().to_vec())
}

/// The certificate of the authority that everybody trusts. Nobody sends it, so that its length matters to nobody.
pub(super) fn root(
    signature: Signature,
    keys: &[Box<dyn AuthorityKey>],
) -> Result<Vec<u8>, CredentialError> {
    let key = keys.first().ok_or(CredentialError::Signature)?;
    signed(
        &authority(0, &**key),
        key.public_key(),
        (0, keys),
        signature,
    )
}

/// The certificates between, from the one that signs clients' to the one that the trusted one signed.
pub(super) fn between(
    credentials: &Credentials,
    signature: Signature,
    keys: &[Box<dyn AuthorityKey>],
) -> Result<Vec<Vec<u8>>, CredentialError> {
    let lengths = CredentialLengths::new(*credentials, signature);
    let levels = (1..keys.len()).rev();
    levels
        .map(|level| {
            let mut params = authority(level, &*keys[level]);
            pad(&mut params, lengths.certificate_padding(Whose::Authority));
            let key = keys[level].public_key();
            signed(&params, key, (level - 1, keys), signature)
        })
        .collect()
}

/// The certificate of a client.
pub(super) fn of_client(
    credentials: &Credentials,
    signature: Signature,
    keys: &[Box<dyn AuthorityKey>],
    uri: &str,
    key: &[u8],
) -> Result<Vec<u8>, CredentialError> {
    let mut params = params(key);
    let name = uri.try_into().map_err(failed)?;
    params.subject_alt_names = vec![SanType::URI(name)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let lengths = CredentialLengths::new(*credentials, signature);
    let whose = Whose::Client {
        uri: uri.len() as u64,
    };
    pad(&mut params, lengths.certificate_padding(whose));
    signed(
        &params,
        key,
        (keys.len().saturating_sub(1), keys),
        signature,
    )
}

/// `Certificate certificates<V>`, each `opaque cert_data<V>`: the client's first, then each the one that certifies that before it.
pub(super) fn chain(own: &[u8], between: &[Vec<u8>]) -> Result<Vec<u8>, CredentialError> {
    let mut content = Vec::new();
    push_vector(&mut content, own)?;
    for certificate in between {
        push_vector(&mut content, certificate)?;
    }
    Ok(content)
}

/// The certificates of a chain.
fn certificates(content: &[u8]) -> Result<Vec<CertificateDer<'_>>, CredentialError> {
    let mut reader = Reader::new(content);
    let mut certificates = Vec::new();
    while !reader.is_empty() {
        certificates.push(CertificateDer::from(reader.vector()?));
    }
    Ok(certificates)
}

/// The one URI in the client's own certificate.
pub(super) fn client_uri(content: &[u8]) -> Result<String, CredentialError> {
    let own = CertificateDer::from(Reader::new(content).vector()?);
    let own = EndEntityCert::try_from(&own).map_err(failed)?;
    let mut names = own.valid_uri_names();
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.to_owned()),
        _ => Err(CredentialError::Uri),
    }
}

/// The suite's signatures as `webpki` asks for them.
#[derive(Debug)]
struct Algorithm<'a> {
    signature: Signature,
    check: &'a dyn SignatureCheck,
}

impl SignatureVerificationAlgorithm for Algorithm<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match self.check.holds(public_key, message, signature) {
            true => Ok(()),
            false => Err(InvalidSignature),
        }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.signature {
            Signature::Ed25519 => alg_id::ED25519,
            _ => alg_id::ECDSA_P256,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.signature {
            Signature::Ed25519 => alg_id::ED25519,
            _ => alg_id::ECDSA_SHA256,
        }
    }
}

/// Check a chain of the client with this key, to the authority that is trusted.
pub(super) fn validate(
    signature: Signature,
    root: &[u8],
    content: &[u8],
    key: &[u8],
    check: &dyn SignatureCheck,
) -> Result<(), CredentialError> {
    let certificates = certificates(content)?;
    let (own, between) = certificates
        .split_first()
        .ok_or(CredentialError::Malformed("a chain without certificates"))?;
    let own = EndEntityCert::try_from(own).map_err(failed)?;
    let algorithm = algorithm(signature)?;
    let spki = Public { key, algorithm }.subject_public_key_info();
    if own.subject_public_key_info().as_ref() != spki {
        return Err(CredentialError::Key);
    }
    let root = CertificateDer::from(root);
    let anchors: [TrustAnchor<'_>; 1] = [anchor_from_trusted_cert(&root).map_err(failed)?];
    own.verify_for_usage(
        &[&Algorithm { signature, check }],
        &anchors,
        between,
        // Whenever: all hold from before it until after all that is simulated.
        UnixTime::since_unix_epoch(Duration::ZERO),
        KeyUsage::client_auth(),
        None,
        None,
    )
    .map(drop)
    .map_err(failed)
}
