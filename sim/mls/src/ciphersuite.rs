//! The ciphersuites of RFC 9420, section 17.1: one table from which every part takes what it has to know of one.

use sha2::{Digest, Sha256, Sha384, Sha512};
use throng_workloads::scenario::Ciphersuite;

/// The hash function of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The key encapsulation of a suite's HPKE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kem {
    /// DHKEM over X25519.
    X25519,
    /// DHKEM over NIST P-256.
    P256,
    /// DHKEM over X448.
    X448,
    /// DHKEM over NIST P-521.
    P521,
    /// DHKEM over NIST P-384.
    P384,
}

/// The signature scheme of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Ed25519.
    Ed25519,
    /// ECDSA over NIST P-256.
    EcdsaP256,
    /// Ed448.
    Ed448,
    /// ECDSA over NIST P-521.
    EcdsaP521,
    /// ECDSA over NIST P-384.
    EcdsaP384,
}

/// What every AEAD of RFC 9420's suites adds, in bytes.
pub const AEAD_TAG_LEN: u64 = 16;

/// A ciphersuite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite {
    /// Its number.
    pub code: u16,
    /// Its name in RFC 9420.
    pub name: &'static str,
    /// Its hash.
    pub hash: Hash,
    /// Its key encapsulation.
    pub kem: Kem,
    /// Its signatures.
    pub signature: Signature,
}

const fn suite(code: u16, name: &'static str, kem: Kem, hash: Hash, signature: Signature) -> Suite {
    Suite {
        code,
        name,
        hash,
        kem,
        signature,
    }
}

/// All of RFC 9420, by number. The scenarios' engines know those of [`Suite::of`].
pub const SUITES: [Suite; 7] = [
    suite(
        1,
        "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        Kem::X25519,
        Hash::Sha256,
        Signature::Ed25519,
    ),
    suite(
        2,
        "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        Kem::P256,
        Hash::Sha256,
        Signature::EcdsaP256,
    ),
    suite(
        3,
        "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        Kem::X25519,
        Hash::Sha256,
        Signature::Ed25519,
    ),
    suite(
        4,
        "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
        Kem::X448,
        Hash::Sha512,
        Signature::Ed448,
    ),
    suite(
        5,
        "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
        Kem::P521,
        Hash::Sha512,
        Signature::EcdsaP521,
    ),
    suite(
        6,
        "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
        Kem::X448,
        Hash::Sha512,
        Signature::Ed448,
    ),
    suite(
        7,
        "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
        Kem::P384,
        Hash::Sha384,
        Signature::EcdsaP384,
    ),
];

impl Suite {
    /// Length of the AEAD's key in bytes: AES-128's, or that of AES-256 and ChaCha20.
    pub const fn aead_key_len(&self) -> u64 {
        match self.code {
            1 | 2 => 16,
            _ => 32,
        }
    }

    /// The suite of this number; `None` where RFC 9420 has none.
    pub const fn by_code(code: u16) -> Option<Self> {
        match code {
            1..=7 => Some(SUITES[code as usize - 1]),
            _ => None,
        }
    }

    /// The suite that a scenario names.
    ///
    /// ```
    /// use throng_mls::ciphersuite::Suite;
    /// use throng_workloads::scenario::Ciphersuite;
    /// assert_eq!(Suite::of(Ciphersuite::P256Aes128Sha256P256).code, 2);
    /// ```
    pub const fn of(ciphersuite: Ciphersuite) -> Self {
        SUITES[match ciphersuite {
            Ciphersuite::X25519Aes128Sha256Ed25519 => 0,
            Ciphersuite::P256Aes128Sha256P256 => 1,
            Ciphersuite::X25519ChaCha20Sha256Ed25519 => 2,
        }]
    }

    /// Length of hashes, MACs and secrets, in bytes.
    pub const fn hash_len(&self) -> u64 {
        match self.hash {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The hash of `input`.
    pub fn digest(&self, input: &[u8]) -> Vec<u8> {
        match self.hash {
            Hash::Sha256 => Sha256::digest(input).to_vec(),
            Hash::Sha384 => Sha384::digest(input).to_vec(),
            Hash::Sha512 => Sha512::digest(input).to_vec(),
        }
    }

    /// Length of an HPKE public key, and of what HPKE puts before a ciphertext (RFC 9180, section 7.1), in bytes.
    pub const fn kem_len(&self) -> u64 {
        match self.kem {
            Kem::X25519 => 32,
            Kem::P256 => 65,
            Kem::X448 => 56,
            Kem::P521 => 133,
            Kem::P384 => 97,
        }
    }

    /// Length of a signature public key, in bytes.
    pub const fn signature_key_len(&self) -> u64 {
        match self.signature {
            Signature::Ed25519 => 32,
            Signature::EcdsaP256 => 65,
            Signature::Ed448 => 57,
            Signature::EcdsaP521 => 133,
            Signature::EcdsaP384 => 97,
        }
    }

    /// Length of a signature, in bytes. ECDSA signatures are DER and vary by a few bytes in general, so there is none; those over
    /// P-256 of `throng`'s OpenMLS engine do not vary (see [`crate::openmls`]).
    pub const fn signature_len(&self) -> Option<u64> {
        match self.signature {
            Signature::Ed25519 => Some(64),
            Signature::EcdsaP256 => Some(71),
            Signature::Ed448 => Some(114),
            Signature::EcdsaP521 | Signature::EcdsaP384 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn suites_are_found_by_their_numbers() {
        for suite in SUITES {
            assert_eq!(Suite::by_code(suite.code), Some(suite));
            let strength = if matches!(suite.code, 1..=3) {
                "MLS_128"
            } else {
                "MLS_256"
            };
            assert!(suite.name.starts_with(strength), "{}", suite.name);
        }
        assert_eq!((Suite::by_code(0), Suite::by_code(8)), (None, None));
    }

    /// FIPS 180-4's examples of "abc", their beginnings.
    #[test]
    fn suites_have_their_hashes() {
        for (code, len, begin) in [
            (1, 32, "ba7816bf"),
            (2, 32, "ba7816bf"),
            (3, 32, "ba7816bf"),
            (4, 64, "ddaf35a1"),
            (5, 64, "ddaf35a1"),
            (6, 64, "ddaf35a1"),
            (7, 48, "cb00753f"),
        ] {
            let suite = Suite::by_code(code).expect("one of RFC 9420");
            let digest = suite.digest(b"abc");
            assert_eq!(HEXLOWER.encode(&digest[..4]), begin, "suite {code}");
            assert_eq!((digest.len() as u64, suite.hash_len()), (len, len));
        }
    }
}
