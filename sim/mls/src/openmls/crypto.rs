//! The cryptography that OpenMLS is given: RustCrypto's primitives, one client's randomness, and
//! counters.

use crate::openmls::random::Randomness;
use crate::openmls::{ecdsa, hpke};
use crate::work::Work;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::random::OpenMlsRand;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
    HpkeKeyPair, KemOutput, SignatureScheme,
};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use tls_codec::SecretVLBytes;

/// RustCrypto's provider, of which only the deterministic half is used. It seeds a generator of its
/// own from entropy when it is made, and `hpke-rs` does the same for every HPKE context; nothing
/// is ever drawn from either.
static PRIMITIVES: LazyLock<RustCrypto> = LazyLock::new(RustCrypto::default);

/// The primitives, for what needs neither randomness nor counters.
pub(crate) fn primitives() -> &'static RustCrypto {
    &PRIMITIVES
}

/// One client's cryptography. OpenMLS calls it from rayon's threads too, so the counters are atomic
/// and belong to the client, not to a thread (whose tasks may be another client's).
#[derive(Debug)]
pub(crate) struct Crypto {
    randomness: Randomness,
    counters: Counters,
    /// Signatures that were found valid, while a warm start shares them between clients.
    verified: Option<Arc<super::verified::Verified>>,
}

/// What was done since the last [`Crypto::take_counts`]. Sums do not depend on the order of
/// threads.
#[derive(Debug, Default)]
struct Counters {
    seals: AtomicU64,
    opens: AtomicU64,
    key_pairs: AtomicU64,
    signatures: AtomicU64,
    verifications: AtomicU64,
    credential_checks: AtomicU64,
    credential_bytes: AtomicU64,
    /// HKDF-Expands, which nobody pays for on their own: tests hold counts of other things against them.
    #[cfg(test)]
    expansions: AtomicU64,
    /// Bytes that were signed, that were under signatures checked, and that were the context of something sealed, opened, derived
    /// or tagged.
    #[cfg(test)]
    bytes: [AtomicU64; 3],
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Crypto {
    /// The cryptography of the client with this key.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            randomness: Randomness::new(key),
            counters: Counters::default(),
            verified: None,
        }
    }

    /// Ask `verified` before checking a signature, and tell it of those that are valid.
    pub(crate) fn share_verified(&mut self, verified: Option<Arc<super::verified::Verified>>) {
        self.verified = verified;
    }

    /// HKDF-Expands since the last call.
    #[cfg(test)]
    pub(crate) fn take_expansions(&self) -> u64 {
        self.counters.expansions.swap(0, Ordering::Relaxed)
    }

    /// Bytes signed, checked and taken as context since the last call.
    #[cfg(test)]
    pub(crate) fn take_bytes(&self) -> [u64; 3] {
        std::array::from_fn(|kind| self.counters.bytes[kind].swap(0, Ordering::Relaxed))
    }

    #[cfg(test)]
    fn count_bytes(&self, kind: usize, bytes: &[u8]) {
        self.counters.bytes[kind].fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    /// Check a signature in a credential, which is counted by itself.
    pub(crate) fn verify_credential_signature(
        &self,
        algorithm: SignatureScheme,
        data: &[u8],
        public_key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        count(&self.counters.credential_checks);
        let bytes = data.len() as u64;
        self.counters
            .credential_bytes
            .fetch_add(bytes, Ordering::Relaxed);
        self.check_signature(algorithm, data, public_key, signature)
    }

    fn check_signature(
        &self,
        algorithm: SignatureScheme,
        data: &[u8],
        public_key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let check = || PRIMITIVES.verify_signature(algorithm, data, public_key, signature);
        match &self.verified {
            None => check(),
            Some(verified) => verified.check_once(&[public_key, data, signature], check),
        }
    }

    /// The operations counted since the last call, in a [`Work`] that holds nothing else.
    pub(crate) fn take_counts(&self) -> Work {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        Work {
            seals: take(&self.counters.seals),
            opens: take(&self.counters.opens),
            key_pairs: take(&self.counters.key_pairs),
            signatures: take(&self.counters.signatures),
            verifications: take(&self.counters.verifications),
            credential_checks: take(&self.counters.credential_checks),
            credential_bytes: take(&self.counters.credential_bytes),
            ..Work::default()
        }
    }
}

impl OpenMlsRand for Crypto {
    type Error = Infallible;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Self::Error> {
        let mut out = [0; N];
        self.randomness.fill(&mut out);
        Ok(out)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Self::Error> {
        let mut out = vec![0; len];
        self.randomness.fill(&mut out);
        Ok(out)
    }
}

impl OpenMlsCrypto for Crypto {
    fn supports(&self, ciphersuite: Ciphersuite) -> Result<(), CryptoError> {
        match self.supported_ciphersuites().contains(&ciphersuite) {
            true => Ok(()),
            false => Err(CryptoError::UnsupportedCiphersuite),
        }
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        vec![
            Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
            Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
            Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
        ]
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        PRIMITIVES.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(
        &self,
        hash: HashType,
        key: &[u8],
        message: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        #[cfg(test)]
        self.count_bytes(2, message);
        PRIMITIVES.hmac(hash, key, message)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        #[cfg(test)]
        count(&self.counters.expansions);
        #[cfg(test)]
        self.count_bytes(2, info);
        PRIMITIVES.hkdf_expand(hash, prk, info, len)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        PRIMITIVES.hash(hash, data)
    }

    fn aead_encrypt(
        &self,
        algorithm: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        PRIMITIVES.aead_encrypt(algorithm, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        algorithm: AeadType,
        key: &[u8],
        ciphertext: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        PRIMITIVES.aead_decrypt(algorithm, key, ciphertext, nonce, aad)
    }

    /// Private key and public key, from the client's own randomness. Not counted: MLS makes one a
    /// client.
    fn signature_key_gen(
        &self,
        algorithm: SignatureScheme,
    ) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let mut seed = [0; 32];
        self.randomness.fill(&mut seed);
        match algorithm {
            SignatureScheme::ED25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(&seed);
                Ok((seed.to_vec(), key.verifying_key().to_bytes().to_vec()))
            }
            SignatureScheme::ECDSA_SECP256R1_SHA256 => {
                // An ECDSA key pair over P-256 has the form of a DHKEM(P-256) one, and
                // DeriveKeyPair takes care of seeds outside the field.
                let suite = Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256;
                let pair = PRIMITIVES.derive_hpke_keypair(suite.hpke_config(), &seed)?;
                Ok((pair.private.to_vec(), pair.public))
            }
            _ => Err(CryptoError::UnsupportedSignatureScheme),
        }
    }

    fn verify_signature(
        &self,
        algorithm: SignatureScheme,
        data: &[u8],
        public_key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        count(&self.counters.verifications);
        #[cfg(test)]
        self.count_bytes(1, data);
        self.check_signature(algorithm, data, public_key, signature)
    }

    fn sign(
        &self,
        algorithm: SignatureScheme,
        data: &[u8],
        key: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        count(&self.counters.signatures);
        #[cfg(test)]
        self.count_bytes(0, data);
        match algorithm {
            SignatureScheme::ECDSA_SECP256R1_SHA256 => {
                ecdsa::sign(key, &PRIMITIVES.hash(HashType::Sha2_256, data)?)
            }
            _ => PRIMITIVES.sign(algorithm, data, key),
        }
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        public_key: &[u8],
        info: &[u8],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        count(&self.counters.seals);
        #[cfg(test)]
        self.count_bytes(2, info);
        let randomness = self
            .randomness
            .derive("hpke seal", &[public_key, aad, plaintext]);
        let mut sender = hpke::setup_sender(config, public_key, info, &randomness)?;
        let ciphertext = sender
            .context
            .seal(aad, plaintext)
            .map_err(|_| CryptoError::HpkeEncryptionError)?;
        Ok(HpkeCiphertext {
            kem_output: sender.kem_output.into(),
            ciphertext: ciphertext.into(),
        })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        private_key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        count(&self.counters.opens);
        #[cfg(test)]
        self.count_bytes(2, info);
        PRIMITIVES.hpke_open(config, input, private_key, info, aad)
    }

    /// The external init of RFC 9420, section 8.3. The randomness takes part in the new epoch's
    /// secrets and a joiner may try again with the same GroupInfo, so it is drawn in program order
    /// (OpenMLS calls this on its caller's thread).
    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        public_key: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        count(&self.counters.seals);
        #[cfg(test)]
        self.count_bytes(2, info);
        let mut randomness = [0; 32];
        self.randomness.fill(&mut randomness);
        let sender = hpke::setup_sender(config, public_key, info, &randomness)?;
        let exported = sender
            .context
            .export(exporter_context, len)
            .map_err(|_| CryptoError::ExporterError)?;
        Ok((sender.kem_output, exported.into()))
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        kem_output: &[u8],
        private_key: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        len: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        count(&self.counters.opens);
        #[cfg(test)]
        self.count_bytes(2, info);
        PRIMITIVES.hpke_setup_receiver_and_export(
            config,
            kem_output,
            private_key,
            info,
            exporter_context,
            len,
        )
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        count(&self.counters.key_pairs);
        PRIMITIVES.derive_hpke_keypair(config, ikm)
    }
}
