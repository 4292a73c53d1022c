//! What every operation of a run is configured by.

use super::app_data::GroupData;
use super::credentials::Issued;
use super::lengths::Lengths;
use crate::app_data::{AppData, AppDataRules};
use crate::ciphersuite::Suite;
use crate::credentials::CredentialLengths;
use crate::engine::EngineConfig;

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) lengths: Lengths,
    pub(super) suite: Suite,
    pub(super) credentials: Issued,
    pub(super) tree_in_welcome: bool,
    pub(super) epoch_tolerance: u64,
    pub(super) padding: u64,
    pub(super) app_data: Option<AppDataRules>,
    pub(super) self_remove: bool,
}

impl Settings {
    /// The application data of a group that begins with this, where groups have any.
    pub(super) fn group_data(&self, data: impl FnOnce() -> AppData) -> Option<GroupData> {
        self.app_data.map(|rules| GroupData::new(rules, data()))
    }

    pub(super) fn new(config: &EngineConfig) -> Self {
        let suite = Suite::of(config.ciphersuite);
        Self {
            lengths: Lengths::new(config.ciphersuite)
                .able_to(
                    config.app_data.is_some(),
                    config.self_remove,
                    config.last_resort,
                    config.tree_sources,
                )
                .with_credentials(CredentialLengths::new(config.credentials, suite.signature)),
            credentials: Issued::new(config.credentials, &suite),
            suite,
            tree_in_welcome: config.tree_in_welcome,
            epoch_tolerance: config.epoch_tolerance as u64,
            padding: config.padding as u64,
            app_data: config.app_data,
            self_remove: config.self_remove,
        }
    }
}
