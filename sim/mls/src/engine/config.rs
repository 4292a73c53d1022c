//! What every engine of a run is told.

use crate::app_data::AppDataRules;
use throng_workloads::scenario::{Ciphersuite, Credentials, SignedContext};

/// What every engine of a run is told.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineConfig {
    /// The ciphersuite of every group.
    pub ciphersuite: Ciphersuite,
    /// Whether Welcomes carry the ratchet tree in their GroupInfo.
    pub tree_in_welcome: bool,
    /// Past epochs whose messages members can still read.
    pub epoch_tolerance: usize,
    /// Private messages are padded to a multiple of this; 0 and 1 mean no padding.
    pub padding: usize,
    /// How many messages of one sender may be skipped.
    pub max_forward: u32,
    /// What updates of application data mean; `None` where groups have no application data, and leaves do not say that they
    /// could.
    pub app_data: Option<AppDataRules>,
    /// Whether leaves say that their clients know SelfRemove (draft-ietf-mls-extensions, "SelfRemove Proposal"). Where they do not,
    /// nobody can propose it.
    pub self_remove: bool,
    /// Whether clients can be added by last-resort KeyPackages: then each leaf says so.
    pub last_resort: bool,
    /// What members' signatures are made over, as far as is counted ([`context_work`](crate::context_work)).
    pub signed_context: SignedContext,
    /// Whether leaves say that their clients know `ratchet_tree_source_domains`. Where they do not, no group can have it.
    pub tree_sources: bool,
    /// What clients say by who they are.
    pub credentials: Credentials,
    /// What the keys of the authority follow from that issues credentials. Everybody trusts the same one.
    pub authority: [u8; 32],
}

impl EngineConfig {
    /// Groups of this ciphersuite whose Welcomes carry the tree, with messages of two past epochs readable, no padding, 100 messages to be
    /// skipped at most, no application data, no SelfRemove, no last-resort KeyPackages and basic credentials.
    pub fn new(ciphersuite: Ciphersuite) -> Self {
        Self {
            ciphersuite,
            tree_in_welcome: true,
            epoch_tolerance: 2,
            padding: 0,
            max_forward: 100,
            app_data: None,
            self_remove: false,
            last_resort: false,
            signed_context: SignedContext::Whole,
            tree_sources: false,
            credentials: Credentials::BASIC,
            authority: [0; 32],
        }
    }
}
