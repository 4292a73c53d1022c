//! HPKE (RFC 9180) with a chosen encapsulation.
//!
//! `hpke-rs` draws the ephemeral key from a generator of its own, seeded from entropy.
//! Encapsulation is therefore done here, from given randomness, out of the same crate's primitives
//! (`DeriveKeyPair`, `DH`, HKDF); the key schedule and the AEAD stay with `hpke-rs`.

use hpke_rs::{Hpke, Mode};
use hpke_rs_crypto::HpkeCrypto;
use hpke_rs_crypto::types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs_rust_crypto::HpkeRustCrypto;
use openmls_traits::types::{
    CryptoError, HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType, HpkeKemType,
};

/// A sender's side of base mode, set up.
pub(crate) struct Sender {
    /// The encapsulated key (`enc`).
    pub(crate) kem_output: Vec<u8>,
    /// What seals and exports.
    pub(crate) context: hpke_rs::Context<HpkeRustCrypto>,
}

/// `SetupBaseS` (RFC 9180, section 5.1.1) with the ephemeral key that `DeriveKeyPair` makes of
/// `randomness`.
pub(crate) fn setup_sender(
    config: HpkeConfig,
    public_key: &[u8],
    info: &[u8],
    randomness: &[u8; 32],
) -> Result<Sender, CryptoError> {
    let (kem, kdf, aead) = algorithms(config)?;
    let hpke = Hpke::<HpkeRustCrypto>::new(Mode::Base, kem, kdf, aead);
    let (ephemeral, kem_output) = hpke
        .derive_key_pair(randomness)
        .map_err(|_| CryptoError::SenderSetupError)?
        .into_keys();
    let kem_output = kem_output.as_slice().to_vec();
    let shared = encapsulate(kem, public_key, ephemeral.as_slice(), &kem_output)
        .map_err(|_| CryptoError::SenderSetupError)?;
    let context = hpke
        .key_schedule(&shared, info, &[], &[])
        .map_err(|_| CryptoError::SenderSetupError)?;
    Ok(Sender {
        kem_output,
        context,
    })
}

/// `Encap` of DHKEM (RFC 9180, section 4.1) after the ephemeral key pair is chosen.
fn encapsulate(
    kem: KemAlgorithm,
    public_key: &[u8],
    ephemeral: &[u8],
    kem_output: &[u8],
) -> Result<Vec<u8>, hpke_rs_crypto::error::Error> {
    let shared_point = HpkeRustCrypto::dh(kem, public_key, ephemeral)?;
    let mut suite = b"KEM".to_vec();
    suite.extend_from_slice(&(kem as u16).to_be_bytes());
    // ExtractAndExpand: LabeledExtract, then LabeledExpand (section 4).
    let labeled_ikm = [b"HPKE-v1", &suite[..], b"eae_prk", &shared_point].concat();
    let pseudorandom_key = HpkeRustCrypto::kdf_extract(kem.into(), &[], &labeled_ikm)?;
    let length = kem.shared_secret_len();
    let labeled_info = [
        &(length as u16).to_be_bytes()[..],
        b"HPKE-v1",
        &suite,
        b"shared_secret",
        kem_output,
        public_key,
    ]
    .concat();
    HpkeRustCrypto::kdf_expand(kem.into(), &pseudorandom_key, &labeled_info, length)
}

/// Something sealed, as OpenMLS has it.
pub(crate) fn sealed(kem_output: &[u8], ciphertext: &[u8]) -> HpkeCiphertext {
    HpkeCiphertext {
        kem_output: kem_output.to_vec().into(),
        ciphertext: ciphertext.to_vec().into(),
    }
}

/// OpenMLS's names of the algorithms in `hpke-rs`'s, as far as a ciphersuite here uses them.
fn algorithms(
    HpkeConfig(kem, kdf, aead): HpkeConfig,
) -> Result<(KemAlgorithm, KdfAlgorithm, AeadAlgorithm), CryptoError> {
    let kem = match kem {
        HpkeKemType::DhKem25519 => KemAlgorithm::DhKem25519,
        HpkeKemType::DhKemP256 => KemAlgorithm::DhKemP256,
        _ => return Err(CryptoError::UnsupportedCiphersuite),
    };
    let kdf = match kdf {
        HpkeKdfType::HkdfSha256 => KdfAlgorithm::HkdfSha256,
        _ => return Err(CryptoError::UnsupportedCiphersuite),
    };
    let aead = match aead {
        HpkeAeadType::AesGcm128 => AeadAlgorithm::Aes128Gcm,
        HpkeAeadType::ChaCha20Poly1305 => AeadAlgorithm::ChaCha20Poly1305,
        _ => return Err(CryptoError::UnsupportedCiphersuite),
    };
    Ok((kem, kdf, aead))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// RFC 9180, appendix A.1.1: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
    #[test]
    fn the_vector_of_rfc_9180() {
        let config = HpkeConfig(
            HpkeKemType::DhKem25519,
            HpkeKdfType::HkdfSha256,
            HpkeAeadType::AesGcm128,
        );
        let public_key = bytes("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
        let info = bytes("4f6465206f6e2061204772656369616e2055726e");
        let randomness = bytes("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234");
        let randomness = randomness.try_into().unwrap();
        let mut sender = setup_sender(config, &public_key, &info, &randomness).unwrap();
        let kem_output = bytes("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
        assert_eq!(sender.kem_output, kem_output);
        let sealed = sender
            .context
            .seal(b"Count-0", b"Beauty is truth, truth beauty")
            .unwrap();
        let expected = "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9\
                        6d8770ac83d07bea87e13c512a";
        assert_eq!(sealed, bytes(expected));
    }
}
