//! Signatures that were already found valid.
//!
//! A warm start lets many clients of one process read the same tree, whose leaves all carry a
//! signature. Checking is a pure function of key, content and signature, so a check that one
//! client made holds for the others.

use openmls_traits::types::CryptoError;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Digests of valid (key, content, signature) triples.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<BTreeSet<[u8; 32]>>);

impl Verified {
    /// Run `check` unless the same triple passed before.
    pub(crate) fn check_once(
        &self,
        triple: &[&[u8]; 3],
        check: impl FnOnce() -> Result<(), CryptoError>,
    ) -> Result<(), CryptoError> {
        let mut hasher = blake3::Hasher::new();
        for part in triple {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest = *hasher.finalize().as_bytes();
        // A poisoned lock means a panic elsewhere; the set itself is never half-written.
        let known = |set: &Mutex<BTreeSet<_>>| match set.lock() {
            Ok(set) => set.contains(&digest),
            Err(poisoned) => poisoned.into_inner().contains(&digest),
        };
        if known(&self.0) {
            return Ok(());
        }
        check()?;
        match self.0.lock() {
            Ok(mut set) => set.insert(digest),
            Err(poisoned) => poisoned.into_inner().insert(digest),
        };
        Ok(())
    }
}
