//! What every operation of a run is configured by.

use super::lengths::Lengths;
use crate::ciphersuite::Suite;
use crate::engine::EngineConfig;

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) lengths: Lengths,
    pub(super) suite: Suite,
    pub(super) tree_in_welcome: bool,
    pub(super) epoch_tolerance: u64,
    pub(super) padding: u64,
}

impl Settings {
    pub(super) fn new(config: &EngineConfig) -> Self {
        Self {
            lengths: Lengths::new(config.ciphersuite),
            suite: Suite::of(config.ciphersuite),
            tree_in_welcome: config.tree_in_welcome,
            epoch_tolerance: config.epoch_tolerance as u64,
            padding: config.padding as u64,
        }
    }
}
