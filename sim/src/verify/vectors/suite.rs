//! What is known of a ciphersuite (RFC 9420, section 17.1).

use crate::mls::model::lengths::Lengths;
use sha2::{Digest, Sha256, Sha384, Sha512};
use throng_workloads::scenario::Ciphersuite;

/// A ciphersuite by its number, known or not: the structure of a tree does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suite(pub(super) u16);

impl Suite {
    /// Lengths, for the suites that the model simulates.
    pub(super) fn lengths(self) -> Option<Lengths> {
        let suite = match self.0 {
            1 => Ciphersuite::X25519Aes128Sha256Ed25519,
            2 => Ciphersuite::P256Aes128Sha256P256,
            3 => Ciphersuite::X25519ChaCha20Sha256Ed25519,
            _ => return None,
        };
        Some(Lengths::new(suite))
    }

    /// Its hash of `input`; `None` for suites that RFC 9420 does not have.
    pub(super) fn hash(self, input: &[u8]) -> Option<Vec<u8>> {
        Some(match self.0 {
            1..=3 => Sha256::digest(input).to_vec(),
            4..=6 => Sha512::digest(input).to_vec(),
            7 => Sha384::digest(input).to_vec(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Suite;
    use data_encoding::HEXLOWER;

    /// FIPS 180-4's examples of "abc", their beginnings.
    #[test]
    fn suites_have_their_hashes() {
        let begins = |suite| {
            Suite(suite)
                .hash(b"abc")
                .map(|h| (h.len(), HEXLOWER.encode(&h[..4])))
        };
        let known = |len, begin: &str| Some((len, begin.to_owned()));
        for (suite, expected) in [
            (0, None),
            (1, known(32, "ba7816bf")),
            (2, known(32, "ba7816bf")),
            (3, known(32, "ba7816bf")),
            (4, known(64, "ddaf35a1")),
            (5, known(64, "ddaf35a1")),
            (6, known(64, "ddaf35a1")),
            (7, known(48, "cb00753f")),
            (8, None),
        ] {
            assert_eq!(begins(suite), expected, "suite {suite}");
        }
    }
}
