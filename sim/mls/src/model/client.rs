//! One device: its identity, and what it has published.

use super::key_package::{KeyPackage, REFERENCE};
use super::message::{Blob, Content, Kind, Message};
use super::refused;
use super::settings::Settings;
use super::signature_key::signature_key;
use crate::engine::{self, HpkeKey, MlsError, Plaintext};
use crate::terms::{Lifetime, Terms};
use crate::wire::HpkeCiphertext;
use crate::work::Work;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use tls_codec::Serialize;

/// A device of the model.
#[derive(Debug)]
pub struct Client {
    pub(super) identity: Arc<[u8]>,
    key: [u8; 32],
    /// Counts what is drawn from the key.
    drawn: u64,
    /// And whether they may be used more than once.
    key_packages: BTreeMap<[u8; REFERENCE], bool>,
    /// Of what it makes.
    pub(super) lifetime: Lifetime,
    /// What was done since it was asked for last: nothing, for most of the hundreds of thousands that there are.
    work: Option<Box<Work>>,
}

impl Client {
    pub(super) fn new(identity: &[u8], key: [u8; 32]) -> Self {
        Self {
            identity: identity.into(),
            key,
            drawn: 0,
            key_packages: BTreeMap::new(),
            lifetime: Lifetime::ALWAYS,
            work: None,
        }
    }

    /// What it has done, to be added to.
    pub(super) fn work(&mut self) -> &mut Work {
        self.work.get_or_insert_default()
    }

    /// What it has done since this was asked last.
    pub(super) fn take_work(&mut self) -> Work {
        self.work.take().map_or_else(Work::default, |work| *work)
    }

    /// Bytes that nobody else draws: they stand for keys and hashes, which are different from each other
    /// and no more.
    fn draw(&mut self, len: usize) -> Vec<u8> {
        self.drawn += 1;
        let mut bytes = vec![0; len];
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&self.drawn.to_le_bytes());
        hasher.finalize_xof().fill(&mut bytes);
        bytes
    }

    pub(super) fn key_package(
        &mut self,
        settings: &Settings,
        last_resort: bool,
    ) -> engine::KeyPackage<Message> {
        let mut reference = [0; REFERENCE];
        reference.copy_from_slice(&self.draw(REFERENCE));
        self.key_packages.insert(reference, last_resort);
        let identity = Arc::clone(&self.identity);
        let lengths = &settings.lengths;
        let len = lengths.key_package_message(identity.len() as u64, last_resort);
        // The leaf's and the KeyPackage's own signature; the leaf's key pair and the one for the Welcome.
        *self.work() += Work {
            operations: 1,
            key_pairs: 2,
            signatures: 2,
            bytes: len,
            ..Work::default()
        };
        let package = KeyPackage {
            reference,
            identity,
            terms: Terms {
                lifetime: self.lifetime,
                last_resort,
            },
        };
        engine::KeyPackage {
            message: Message::new(len, Kind::KeyPackage(Arc::new(package))),
            reference: reference.to_vec(),
        }
    }

    pub(super) fn has(&self, reference: &[u8; REFERENCE]) -> bool {
        self.key_packages.contains_key(reference)
    }

    /// Somebody joined by it.
    pub(super) fn joined_by(&mut self, reference: &[u8; REFERENCE]) {
        if self.key_packages.get(reference) == Some(&false) {
            self.key_packages.remove(reference);
        }
    }

    pub(super) fn use_up(&mut self, reference: &[u8]) {
        if let Ok(reference) = <[u8; REFERENCE]>::try_from(reference) {
            self.key_packages.remove(&reference);
        }
    }

    pub(super) fn sign(
        &mut self,
        settings: &Settings,
        label: &str,
        content: &impl Serialize,
    ) -> Result<Vec<u8>, MlsError> {
        self.work().signatures += 1;
        let key = signature_key(&settings.lengths, &self.identity);
        signature(settings, &key, label, content)
    }

    pub(super) fn verify(
        &mut self,
        settings: &Settings,
        public_key: &[u8],
        label: &str,
        content: &impl Serialize,
        signed: &[u8],
    ) -> Result<(), MlsError> {
        self.work().verifications += 1;
        match signature(settings, public_key, label, content)? == signed {
            true => Ok(()),
            false => Err(refused("verify", "the signature is not of this key")),
        }
    }

    pub(super) fn hpke_key(&mut self, settings: &Settings) -> HpkeKey {
        self.work().key_pairs += 1;
        HpkeKey {
            public: self.draw(settings.lengths.kem_key as usize),
            private: Vec::new(),
        }
    }

    pub(super) fn seal_group_info<P: Plaintext>(
        &mut self,
        settings: &Settings,
        public_key: &[u8],
        room_id: &[u8],
        plaintext: &P,
    ) -> HpkeCiphertext<Blob> {
        let len = plaintext.tls_serialized_len() as u64;
        *self.work() += Work {
            operations: 1,
            seals: 1,
            bytes: len,
            ..Work::default()
        };
        let content = Content::Sealed {
            public_key: public_key.to_vec(),
            room_id: room_id.to_vec(),
            plaintext: Box::new(plaintext.clone()),
        };
        HpkeCiphertext {
            kem_output: vec![0; settings.lengths.kem_output as usize].into(),
            ciphertext: Blob::new(len + crate::ciphersuite::AEAD_TAG_LEN, content),
        }
    }

    pub(super) fn open_group_info<P: Plaintext>(
        &mut self,
        key: &HpkeKey,
        room_id: &[u8],
        sealed: &HpkeCiphertext<Blob>,
    ) -> Result<P, MlsError> {
        self.work().operations += 1;
        self.work().bytes += sealed.ciphertext.len();
        self.work().opens += 1;
        match sealed.ciphertext.content() {
            Content::Sealed {
                public_key: to,
                room_id: context,
                plaintext,
            } if *to == key.public && context == room_id => {
                let plaintext = plaintext.downcast_ref::<P>();
                let plaintext =
                    plaintext.ok_or_else(|| refused("open GroupInfo", "another plaintext"))?;
                Ok(plaintext.clone())
            }
            _ => Err(refused(
                "open GroupInfo",
                "sealed to another key, or for another room",
            )),
        }
    }
}

/// What stands for a signature: a function of the key, of the label and of what is signed. Anybody could make it, and
/// nobody does; one of something else, or by somebody else, is another.
fn signature(
    settings: &Settings,
    public_key: &[u8],
    label: &str,
    content: &impl Serialize,
) -> Result<Vec<u8>, MlsError> {
    let mut digest = Digest {
        hasher: blake3::Hasher::new_derive_key("throng 2026 model signature"),
        left: MOST_DIGESTED,
    };
    let len = content
        .tls_serialize(&mut digest)
        .map_err(|error| MlsError::Malformed(error.to_string()))?;
    let mut hasher = digest.hasher;
    for part in [&len.to_le_bytes()[..], label.as_bytes(), public_key] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut signature = vec![0; settings.lengths.signature as usize];
    hasher.finalize_xof().fill(&mut signature);
    Ok(signature)
}

/// How much of what is signed is looked at: beyond come the zeros of a sealed tree, which may be 100 MB.
const MOST_DIGESTED: usize = 4096;

struct Digest {
    hasher: blake3::Hasher,
    left: usize,
}

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(self.left);
        self.hasher.update(&bytes[..taken]);
        self.left -= taken;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
