//! The text of tokens, and how long it is: header and claims are written here alone, and `jwt` reads them as any others.

use crate::ciphersuite::Signature;

/// Who issues tokens.
pub(super) const ISSUER: &str = "https://identity.throng.invalid";

const HEADER: &str = r#"{"typ":"JWT","kid":"throng","alg":""#;
const HEADER_END: &str = r#""}"#;

const ISSUED_BY: &str = r#"{"iss":""#;
/// `exp` is the last second of the year 9999.
const SUBJECT: &str = r#"","iat":0,"exp":253402300799,"sub":""#;
const CONFIRMS: &str = r#"","cnf":{"jwk":"#;
const CONFIRMS_END: &str = "}";
const MORE: &str = r#","more":""#;
const MORE_END: &str = r#"""#;
const END: &str = "}";

const OKP: &str = r#"{"kty":"OKP","crv":"Ed25519","x":""#;
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":""#;
const EC_Y: &str = r#"","y":""#;
const JWK_END: &str = r#""}"#;

/// The name of signatures in tokens (RFC 7518, RFC 8037).
pub(super) const fn algorithm(signature: Signature) -> &'static str {
    match signature {
        Signature::Ed25519 => "EdDSA",
        _ => "ES256",
    }
}

/// A token's header.
pub(super) fn header(signature: Signature) -> String {
    [HEADER, algorithm(signature), HEADER_END].concat()
}

/// How long it is.
pub(super) const fn header_len(signature: Signature) -> u64 {
    (HEADER.len() + algorithm(signature).len() + HEADER_END.len()) as u64
}

/// The claims of a client with this URI and this key, and so many bytes more.
pub(super) fn text(uri: &str, jwk: &str, padding: Option<u64>) -> String {
    let parts = [ISSUED_BY, ISSUER, SUBJECT, uri, CONFIRMS, jwk, CONFIRMS_END];
    let mut claims = parts.concat();
    if let Some(padding) = padding {
        claims.push_str(MORE);
        claims.extend(std::iter::repeat_n('.', padding as usize));
        claims.push_str(MORE_END);
    }
    claims.push_str(END);
    claims
}

/// How long they are, of the length of the URI and of each coordinate of the key.
pub(super) const fn len(
    signature: Signature,
    uri: u64,
    coordinate: u64,
    padding: Option<u64>,
) -> u64 {
    let around = ISSUED_BY.len() + ISSUER.len() + SUBJECT.len() + CONFIRMS.len();
    let jwk = match signature {
        Signature::Ed25519 => (OKP.len() + JWK_END.len()) as u64 + coordinate,
        _ => (EC.len() + EC_Y.len() + JWK_END.len()) as u64 + 2 * coordinate,
    };
    let more = match padding {
        Some(padding) => (MORE.len() + MORE_END.len()) as u64 + padding,
        None => 0,
    };
    around as u64 + uri + jwk + (CONFIRMS_END.len() + END.len()) as u64 + more
}

/// An Ed25519 key as a JSON Web Key.
pub(super) fn ed25519_jwk(x: &str) -> String {
    [OKP, x, JWK_END].concat()
}

/// A P-256 key as a JSON Web Key.
pub(super) fn p256_jwk(x: &str, y: &str) -> String {
    [EC, x, EC_Y, y, JWK_END].concat()
}
