//! What every operation of a run is configured by.

use super::app_data::GroupData;
use super::credentials::Issued;
use super::lengths::Lengths;
use crate::app_data::{APP_DATA_DICTIONARY, APP_DATA_UPDATE, AppData, AppDataRules};
use crate::ciphersuite::Suite;
use crate::context_work::NEW_FRAMED_CONTENT_TBS;
use crate::credentials::{CredentialLengths, credential_type};
use crate::engine::EngineConfig;
use crate::terms::{LAST_RESORT, Offer, SELF_REMOVE};
use crate::wire::{Capabilities, RATCHET_TREE_SOURCE_DOMAINS};
use throng_workloads::scenario::SignedContext;

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
    /// What KeyPackages are good for.
    pub(super) offer: Offer,
}

impl Settings {
    /// The application data of a group that begins with this, where groups have any.
    pub(super) fn group_data(&self, data: impl FnOnce() -> AppData) -> Option<GroupData> {
        self.app_data
            .map(|rules| GroupData::new(rules, data(), self.lengths.required_capabilities()))
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
                .signing(config.signed_context)
                .with_credentials(CredentialLengths::new(config.credentials, suite.signature)),
            credentials: Issued::new(config.credentials, &suite),
            offer: offer(config, &suite),
            suite,
            tree_in_welcome: config.tree_in_welcome,
            epoch_tolerance: config.epoch_tolerance as u64,
            padding: config.padding as u64,
            app_data: config.app_data,
            self_remove: config.self_remove,
        }
    }
}

/// What OpenMLS's leaves say: one version, the three suites that it prefers, and of all else what the run asks for.
fn offer(config: &EngineConfig, suite: &Suite) -> Offer {
    let (mut extensions, mut proposals) = (Vec::new(), Vec::new());
    if config.app_data.is_some() {
        extensions.push(APP_DATA_DICTIONARY);
        proposals.push(APP_DATA_UPDATE);
    }
    if config.signed_context == SignedContext::Hash {
        extensions.push(NEW_FRAMED_CONTENT_TBS);
    }
    if config.last_resort {
        extensions.push(LAST_RESORT);
    }
    if config.tree_sources {
        extensions.push(RATCHET_TREE_SOURCE_DOMAINS);
    }
    if config.self_remove {
        proposals.push(SELF_REMOVE);
    }
    Offer {
        cipher_suite: suite.code,
        capabilities: Capabilities {
            versions: vec![1],
            cipher_suites: vec![1, 2, 3],
            extensions,
            proposals,
            credentials: vec![credential_type(config.credentials.form)],
        },
    }
}
