//! ECDSA over P-256 with signatures of one length.
//!
//! RFC 9420 encodes ECDSA signatures in DER, whose length depends on the leading bits of `r` and
//! `s`: 70 to 72 bytes in nearly all cases. Lengths must not depend on secret bits here (they
//! decide transmission times and the fingerprint), so of the many valid signatures of a message
//! this signer makes one of exactly [`SIGNATURE_LEN`] bytes: both `s` and `n − s` are valid, and
//! one of them balances the length of `r`. Where that fails (about one signature in two hundred,
//! with a leading zero byte) the nonce is derived again.

use openmls_traits::types::CryptoError;
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
use p256::ecdsa::signature::rand_core::{CryptoRng, Error, RngCore};
use p256::ecdsa::{Signature, SigningKey};

/// DER: 6 bytes of headers, and 65 of the 64 to 66 that two full-length integers take.
pub(crate) const SIGNATURE_LEN: usize = 71;

/// Sign a SHA-256 digest.
pub(crate) fn sign(key: &[u8], digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let key = SigningKey::from_slice(key).map_err(|_| CryptoError::CryptoLibraryError)?;
    for attempt in 0..=u8::MAX {
        let signature: Signature = key
            .sign_prehash_with_rng(&mut Attempt(attempt), digest)
            .map_err(|_| CryptoError::CryptoLibraryError)?;
        let (r, s) = signature.split_scalars();
        for s in [s, -s] {
            let candidate =
                Signature::from_scalars(r, s).map_err(|_| CryptoError::CryptoLibraryError)?;
            let der = candidate.to_der();
            if der.as_bytes().len() == SIGNATURE_LEN {
                return Ok(der.as_bytes().to_vec());
            }
        }
    }
    Err(CryptoError::InsufficientRandomness)
}

/// The additional input of RFC 6979's nonce (section 3.6): the number of the attempt.
struct Attempt(u8);

impl RngCore for Attempt {
    fn next_u32(&mut self) -> u32 {
        u32::from(self.0)
    }
    fn next_u64(&mut self) -> u64 {
        u64::from(self.0)
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(self.0);
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.fill(self.0);
        Ok(())
    }
}

impl CryptoRng for Attempt {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openmls::crypto::{Crypto, primitives};
    use openmls_traits::crypto::OpenMlsCrypto;
    use openmls_traits::types::{HashType, SignatureScheme};

    #[test]
    fn all_signatures_are_valid_and_of_one_length() {
        let scheme = SignatureScheme::ECDSA_SECP256R1_SHA256;
        let (private, public) = Crypto::new([1; 32]).signature_key_gen(scheme).unwrap();
        // Enough for some that need a second nonce.
        for content in 0..2000u32 {
            let content = content.to_le_bytes();
            let digest = primitives().hash(HashType::Sha2_256, &content).unwrap();
            let signature = sign(&private, &digest).unwrap();
            assert_eq!(signature.len(), SIGNATURE_LEN);
            assert_eq!(signature, sign(&private, &digest).unwrap());
            if content[0].is_multiple_of(16) {
                primitives()
                    .verify_signature(scheme, &content, &public, &signature)
                    .unwrap();
            }
        }
    }

    #[test]
    fn a_key_of_the_wrong_length_is_an_error() {
        assert!(sign(&[1; 5], &[0; 32]).is_err());
        assert!(sign(&[0; 32], &[0; 32]).is_err());
    }
}
