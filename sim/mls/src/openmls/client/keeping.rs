//! A client as it is written down, and one that goes on from that.

use super::Client;
use crate::engine::MlsError;
use crate::openmls::crypto::Crypto;
use crate::openmls::kept;
use crate::openmls::settings::Settings;
use crate::openmls::storage::Entry;
use crate::terms::Lifetime;
use crate::work::Work;
use openmls::prelude::CredentialWithKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use throng_cost::stopwatch::Stopwatch;

/// What is written of a client. Its randomness is not: whoever goes on draws from another key, or what two who go on from the same say
/// would be sealed with the same reuse guards and ephemeral keys.
#[derive(Serialize, Deserialize)]
struct Kept {
    identity: Vec<u8>,
    public_key: Vec<u8>,
    private_key: Vec<u8>,
    /// References, and what OpenMLS stored for each.
    key_packages: BTreeMap<Vec<u8>, Entry>,
}

impl Client {
    /// All of it but its randomness.
    pub(crate) fn kept(&self) -> Result<Vec<u8>, MlsError> {
        kept::write(&Kept {
            identity: self.identity().to_vec(),
            public_key: self.signature_key().to_vec(),
            private_key: self.private_key.clone(),
            key_packages: self.key_packages.clone(),
        })
    }

    /// A client from what [`Self::kept`] gave, whose randomness comes from `key` from now on.
    pub(crate) fn restored(
        settings: &Settings,
        kept: &[u8],
        key: [u8; 32],
        measuring: bool,
    ) -> Result<Self, MlsError> {
        let kept: Kept = kept::read(kept)?;
        Ok(Self {
            crypto: Crypto::new(key),
            credential: CredentialWithKey {
                credential: settings
                    .credentials
                    .issue(&kept.identity, &kept.public_key)?,
                signature_key: kept.public_key.into(),
            },
            name: kept.identity,
            scheme: settings.ciphersuite.signature_algorithm(),
            private_key: kept.private_key,
            key_packages: kept.key_packages,
            lifetime: Lifetime::ALWAYS,
            receiver: OnceLock::new(),
            signed_context: settings.signed_context,
            work: Work::default(),
            stopwatch: Stopwatch::new(measuring),
        })
    }
}
