//! What every operation of a run is configured by.

use super::lengths::Lengths;
use crate::mls::engine::EngineConfig;
use openmls_traits::types::VerifiableCiphersuite;
use throng_workloads::scenario::Ciphersuite;

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) lengths: Lengths,
    suite: Ciphersuite,
    pub(super) tree_in_welcome: bool,
    pub(super) epoch_tolerance: u64,
    pub(super) padding: u64,
}

impl Settings {
    pub(super) fn new(config: &EngineConfig) -> Self {
        Self {
            lengths: Lengths::new(config.ciphersuite),
            suite: config.ciphersuite,
            tree_in_welcome: config.tree_in_welcome,
            epoch_tolerance: config.epoch_tolerance as u64,
            padding: config.padding as u64,
        }
    }

    /// The suite's number (RFC 9420, section 17.1).
    pub(super) fn code(&self) -> VerifiableCiphersuite {
        VerifiableCiphersuite::new(match self.suite {
            Ciphersuite::X25519Aes128Sha256Ed25519 => 1,
            Ciphersuite::P256Aes128Sha256P256 => 2,
            Ciphersuite::X25519ChaCha20Sha256Ed25519 => 3,
        })
    }
}
