//! How long credentials are, and what checking one takes, from the length of the URI in it.
//!
//! Of certificates the lengths are those of DER (ITU-T X.690): everything has a tag and a length of one byte or more in front of it. Keys,
//! serial numbers and signatures have one length each, so nothing depends on secrets. What is padded gets as much padding as leaves it no
//! longer than asked for; as lengths of lengths grow in steps, it can be a few bytes less.

use super::claims;
use crate::ciphersuite::Signature;
use crate::tls::vector_len;
use std::ops::{AddAssign, SubAssign};
use throng_workloads::scenario::{CredentialForm, Credentials};

/// Bytes of a certificate's serial number.
pub(super) const SERIAL: usize = 16;
/// What an authority's common name begins with; a digit follows.
pub(super) const AUTHORITY: &str = "throng authority ";

/// Base64url without padding (RFC 4648, section 5).
const fn base64(bytes: u64) -> u64 {
    (4 * bytes).div_ceil(3)
}

/// A value of DER with so many bytes of content.
const fn der(content: u64) -> u64 {
    let length = match content {
        0..0x80 => 1,
        0x80..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 4,
    };
    1 + length + content
}

/// What checking a credential takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// Signatures.
    pub signatures: u64,
    /// Bytes under them.
    pub bytes: u64,
}

impl AddAssign for Checked {
    fn add_assign(&mut self, other: Self) {
        self.signatures += other.signatures;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Checked {
    fn sub_assign(&mut self, other: Self) {
        self.signatures -= other.signatures;
        self.bytes -= other.bytes;
    }
}

/// The lengths of one form of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialLengths {
    credentials: Credentials,
    signature: Signature,
}

impl CredentialLengths {
    /// Those of basic credentials, whatever the suite.
    pub const BASIC: Self = Self::new(Credentials::BASIC, Signature::Ed25519);

    /// Those of these credentials, with signatures of this kind: Ed25519, or else ECDSA over P-256.
    pub const fn new(credentials: Credentials, signature: Signature) -> Self {
        Self {
            credentials,
            signature,
        }
    }

    /// The content of the credential of a client with a URI of so many bytes.
    pub const fn content(&self, uri: u64) -> u64 {
        match self.credentials.form {
            CredentialForm::Basic => uri,
            CredentialForm::X509 => {
                let (own, other) = (Whose::Client { uri }, Whose::Authority);
                let own = self.certificate(own, self.certificate_padding(own));
                let other = self.certificate(other, self.certificate_padding(other));
                vector_len(own) + self.between() * vector_len(other)
            }
            CredentialForm::Jwt => self.token(uri, self.token_padding(uri)),
        }
    }

    /// What checking it takes: a signature of each certificate, or that of the token.
    pub const fn checked(&self, uri: u64) -> Checked {
        match self.credentials.form {
            CredentialForm::Basic => Checked {
                signatures: 0,
                bytes: 0,
            },
            CredentialForm::X509 => {
                let (own, other) = (Whose::Client { uri }, Whose::Authority);
                let own = self.tbs_certificate(own, self.certificate_padding(own));
                let other = self.tbs_certificate(other, self.certificate_padding(other));
                Checked {
                    signatures: 1 + self.between(),
                    bytes: own + self.between() * other,
                }
            }
            CredentialForm::Jwt => Checked {
                signatures: 1,
                bytes: self.signed_of_token(uri, self.token_padding(uri)),
            },
        }
    }

    /// Certificates in a chain beside the client's.
    const fn between(&self) -> u64 {
        self.credentials.certificates as u64 - 1
    }

    // ---- certificates ----

    /// `AlgorithmIdentifier` of the signatures.
    const fn algorithm(&self) -> u64 {
        match self.signature {
            Signature::Ed25519 => der(der(3)),
            _ => der(der(8)),
        }
    }

    /// `SubjectPublicKeyInfo`.
    const fn public_key(&self) -> u64 {
        match self.signature {
            Signature::Ed25519 => der(der(der(3)) + der(1 + 32)),
            _ => der(der(der(7) + der(8)) + der(1 + 65)),
        }
    }

    /// The value of a signature.
    const fn signature(&self) -> u64 {
        match self.signature {
            Signature::Ed25519 => 64,
            _ => 71,
        }
    }

    /// An extension with an identifier of so many bytes and so long a value.
    const fn extension(identifier: u64, critical: bool, value: u64) -> u64 {
        der(der(identifier) + if critical { der(1) } else { 0 } + der(value))
    }

    /// All extensions but the comment: the key identifier of the authority above and what the key is for, and what only clients have, or
    /// only authorities: their own key's identifier, and that they are authorities.
    const fn extensions(whose: Whose) -> u64 {
        let common = Self::extension(3, false, der(der(20))) + Self::extension(3, true, der(2));
        common
            + match whose {
                Whose::Client { uri } => Self::extension(3, true, der(der(uri))),
                Whose::Authority => {
                    Self::extension(3, false, der(20)) + Self::extension(3, true, der(der(1)))
                }
            }
    }

    /// `TBSCertificate`, which is what is signed.
    const fn tbs_certificate(&self, whose: Whose, padding: Option<u64>) -> u64 {
        let version = der(der(1));
        let issuer = der(der(der(der(3) + der(AUTHORITY.len() as u64 + 1))));
        // UTCTime and GeneralizedTime.
        let validity = der(der(13) + der(15));
        let subject = match whose {
            Whose::Client { .. } => der(0),
            Whose::Authority => issuer,
        };
        let comment = match padding {
            Some(padding) => Self::extension(9, false, der(padding)),
            None => 0,
        };
        der(version
            + der(SERIAL as u64)
            + self.algorithm()
            + issuer
            + validity
            + subject
            + self.public_key()
            + der(der(Self::extensions(whose) + comment)))
    }

    /// `Certificate`.
    const fn certificate(&self, whose: Whose, padding: Option<u64>) -> u64 {
        let signed = self.tbs_certificate(whose, padding);
        der(signed + self.algorithm() + der(1 + self.signature()))
    }

    /// The padding of a certificate.
    pub(super) const fn certificate_padding(&self, whose: Whose) -> Option<u64> {
        let wanted = self.credentials.bytes as u64;
        let mut padding = match wanted.checked_sub(self.certificate(whose, Some(0))) {
            Some(padding) => padding,
            None => return None,
        };
        while self.certificate(whose, Some(padding)) > wanted {
            padding -= 1;
        }
        Some(padding)
    }

    // ---- tokens ----

    /// Header and claims, which are what is signed.
    const fn signed_of_token(&self, uri: u64, padding: Option<u64>) -> u64 {
        let header = claims::header_len(self.signature);
        base64(header) + 1 + base64(claims::len(self.signature, uri, base64(32), padding))
    }

    const fn token(&self, uri: u64, padding: Option<u64>) -> u64 {
        // Either kind of signature has two numbers of 32 bytes there.
        self.signed_of_token(uri, padding) + 1 + base64(64)
    }

    /// The padding of a token.
    pub(super) const fn token_padding(&self, uri: u64) -> Option<u64> {
        let wanted = self.credentials.bytes as u64;
        let mut padding = match wanted.checked_sub(self.token(uri, Some(0))) {
            // Four characters of base64url are three bytes.
            Some(missing) => missing * 3 / 4 + 3,
            None => return None,
        };
        while self.token(uri, Some(padding)) > wanted {
            padding -= 1;
        }
        Some(padding)
    }
}

/// Whose certificate it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// That of a client with a URI of so many bytes.
    Client { uri: u64 },
    /// That of an authority which is not the one that everybody trusts.
    Authority,
}
