//! HPKE (RFC 9180) with a chosen encapsulation.
//!
//! `hpke-rs` draws the ephemeral key from a generator of its own, seeded from entropy. Encapsulation is
//! therefore done here, from given randomness, out of the same crate's primitives (`DeriveKeyPair`, `DH`, HKDF); the
//! key schedule and the AEAD stay with `hpke-rs`.

use hpke_rs::{Hpke, Mode};
use hpke_rs_crypto::HpkeCrypto;
use hpke_rs_crypto::types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs_rust_crypto::HpkeRustCrypto;
use openmls_traits::types::{CryptoError, HpkeAeadType, HpkeConfig, HpkeKdfType, HpkeKemType};

/// A sender's side of base mode, set up.
pub(crate) struct Sender {
    /// The encapsulated key (`enc`).
    pub(crate) kem_output: Vec<u8>,
    /// What seals and exports.
    pub(crate) context: hpke_rs::Context<HpkeRustCrypto>,
}

/// `SetupBaseS` (RFC 9180, section 5.1.1) with the ephemeral key that `DeriveKeyPair` makes of `randomness`.
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
