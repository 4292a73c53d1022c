//! JSON Web Tokens (RFC 7519) as credentials: the client's URI is the subject, its signature key stands in the claim `cnf` (RFC 7800) as a
//! JSON Web Key (RFC 7517, RFC 8037), and the authority signs (RFC 7515).
//!
//! What real tokens say besides (names, addresses, groups, pictures) is stood for by a claim as long as the token is to be.

use super::claims;
use super::error::CredentialError;
use super::keys::{AuthorityKey, SignatureCheck};
use super::lengths::CredentialLengths;
use crate::ciphersuite::Signature;
use data_encoding::BASE64URL_NOPAD as BASE64URL;
use p256::ecdsa::Signature as EcdsaSignature;
use serde::Deserialize;
use std::borrow::Cow;
use throng_workloads::scenario::Credentials;

/// What of the header counts.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
}

/// The claims that count.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    cnf: Confirmation<'a>,
}

#[derive(Deserialize)]
struct Confirmation<'a> {
    #[serde(borrow)]
    jwk: Jwk<'a>,
}

#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    crv: Cow<'a, str>,
    #[serde(borrow)]
    x: Cow<'a, str>,
    #[serde(borrow)]
    y: Option<Cow<'a, str>>,
}

/// A token, taken apart.
struct Token {
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
    /// What is signed: header and claims as they stand there.
    signed: usize,
}

impl Token {
    fn read(content: &[u8]) -> Result<Self, CredentialError> {
        let mut parts = content.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CredentialError::Token("not three parts"));
        };
        let decoded = |part: &[u8]| {
            let decoded = BASE64URL.decode(part);
            decoded.map_err(|_| CredentialError::Token("a part that is not base64url"))
        };
        Ok(Self {
            header: decoded(header)?,
            claims: decoded(claims)?,
            signature: decoded(signature)?,
            signed: header.len() + 1 + claims.len(),
        })
    }

    fn header(&self) -> Result<Header<'_>, CredentialError> {
        let header = serde_json::from_slice(&self.header);
        header.map_err(|_| CredentialError::Token("not a header"))
    }

    fn claims(&self) -> Result<Claims<'_>, CredentialError> {
        let claims = serde_json::from_slice(&self.claims);
        claims.map_err(|_| CredentialError::Token("claims are missing"))
    }
}

/// The key of MLS that a JSON Web Key is.
fn public_key(signature: Signature, jwk: &Jwk<'_>) -> Option<Vec<u8>> {
    let decoded = |text: &str| BASE64URL.decode(text.as_bytes()).ok();
    let x = decoded(&jwk.x)?;
    match (signature, &*jwk.kty, &*jwk.crv, jwk.y.as_deref()) {
        (Signature::Ed25519, "OKP", "Ed25519", None) => Some(x),
        (Signature::EcdsaP256, "EC", "P-256", Some(y)) => {
            // RFC 9420 has keys uncompressed (section 5.1.1).
            Some([&[4][..], &x, &decoded(y)?].concat())
        }
        _ => None,
    }
}

fn jwk(signature: Signature, key: &[u8]) -> Result<String, CredentialError> {
    match (signature, key) {
        (Signature::Ed25519, key) => Ok(claims::ed25519_jwk(&BASE64URL.encode(key))),
        (Signature::EcdsaP256, [4, point @ ..]) if point.len() == 64 => {
            let (x, y) = point.split_at(32);
            Ok(claims::p256_jwk(&BASE64URL.encode(x), &BASE64URL.encode(y)))
        }
        _ => Err(CredentialError::Key),
    }
}

/// The token of the client with this URI and key.
pub(super) fn token(
    credentials: &Credentials,
    signature: Signature,
    issuer: &dyn AuthorityKey,
    uri: &str,
    key: &[u8],
) -> Result<Vec<u8>, CredentialError> {
    let padding = CredentialLengths::new(*credentials, signature).token_padding(uri.len() as u64);
    let text = claims::text(uri, &jwk(signature, key)?, padding);
    let header = BASE64URL.encode(claims::header(signature).as_bytes());
    let mut token = format!("{header}.{}", BASE64URL.encode(text.as_bytes()));
    let signed = issuer.sign(token.as_bytes())?;
    let signed = match signature {
        // JSON Web Signatures have ECDSA's two numbers one after the other (RFC 7518, section 3.4).
        Signature::EcdsaP256 => EcdsaSignature::from_der(&signed)
            .map_err(|_| CredentialError::Signature)?
            .to_bytes()
            .to_vec(),
        _ => signed,
    };
    token.push('.');
    token.push_str(&BASE64URL.encode(&signed));
    Ok(token.into_bytes())
}

/// The subject of a token.
pub(super) fn client_uri(content: &[u8]) -> Result<String, CredentialError> {
    let token = Token::read(content)?;
    Ok(token.claims()?.sub.into_owned())
}

/// Check the token of the client with this key, of the issuer with that one.
pub(super) fn validate(
    signature: Signature,
    issuer: &[u8],
    content: &[u8],
    key: &[u8],
    check: &dyn SignatureCheck,
) -> Result<(), CredentialError> {
    let token = Token::read(content)?;
    if token.header()?.alg != claims::algorithm(signature) {
        return Err(CredentialError::Token("another algorithm"));
    }
    let said = token.claims()?;
    if said.iss != claims::ISSUER {
        return Err(CredentialError::Token("another issuer"));
    }
    if public_key(signature, &said.cnf.jwk).as_deref() != Some(key) {
        return Err(CredentialError::Key);
    }
    let signed = match signature {
        Signature::EcdsaP256 => EcdsaSignature::from_slice(&token.signature)
            .map_err(|_| CredentialError::Signature)?
            .to_der()
            .as_bytes()
            .to_vec(),
        _ => token.signature,
    };
    match check.holds(issuer, &content[..token.signed], &signed) {
        true => Ok(()),
        false => Err(CredentialError::Signature),
    }
}
