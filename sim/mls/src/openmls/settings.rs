//! The engine's configuration in OpenMLS's terms.

use crate::app_data::{AppData, AppDataRules};
use crate::context_work::NEW_FRAMED_CONTENT_TBS;
use crate::engine::{EngineConfig, MlsError};
use crate::openmls::app_data;
use crate::openmls::credentials::Issued;
use crate::openmls::error::refused;
use crate::openmls::storage::Storage;
use crate::terms;
use crate::wire::RATCHET_TREE_SOURCE_DOMAINS;
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, Lifetime, MlsGroupCreateConfig,
    MlsGroupJoinConfig, PURE_PLAINTEXT_WIRE_FORMAT_POLICY, ProposalType,
    SenderRatchetConfiguration,
};
use throng_workloads::scenario::SignedContext;

/// A lifetime as OpenMLS has it.
pub(crate) fn lifetime(lifetime: terms::Lifetime) -> Lifetime {
    let written = lifetime.written();
    Lifetime::init(written.not_before, written.not_after)
}

/// What every operation of a run is configured by.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) ciphersuite: Ciphersuite,
    pub(crate) tree_in_welcome: bool,
    pub(crate) epoch_tolerance: usize,
    pub(crate) join: MlsGroupJoinConfig,
    pub(crate) app_data: Option<AppDataRules>,
    /// Whether clients know SelfRemove.
    pub(crate) self_remove: bool,
    last_resort: bool,
    /// What signatures are counted as if they were made over.
    pub(crate) signed_context: SignedContext,
    tree_sources: bool,
    /// What clients say by who they are.
    pub(crate) credentials: Issued,
    /// Whether members are going to be written down.
    pub(crate) kept: bool,
}

impl Settings {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        use throng_workloads::scenario::Ciphersuite as Scenario;
        let ciphersuite = match config.ciphersuite {
            Scenario::X25519Aes128Sha256Ed25519 => {
                Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
            }
            Scenario::P256Aes128Sha256P256 => Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
            Scenario::X25519ChaCha20Sha256Ed25519 => {
                Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
            }
        };
        // As many skipped messages may still arrive later as may be skipped at all.
        let window = SenderRatchetConfiguration::new(config.max_forward, config.max_forward);
        // Handshake messages in clear, so that the hub can follow (draft-ietf-mimi-protocol,
        // section 5.3); application messages are always encrypted.
        let join = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .padding_size(config.padding)
            .max_past_epochs(config.epoch_tolerance)
            .sender_ratchet_configuration(window)
            .use_ratchet_tree_extension(config.tree_in_welcome)
            .build();
        Self {
            ciphersuite,
            tree_in_welcome: config.tree_in_welcome,
            epoch_tolerance: config.epoch_tolerance,
            join,
            app_data: config.app_data,
            self_remove: config.self_remove,
            last_resort: config.last_resort,
            signed_context: config.signed_context,
            tree_sources: config.tree_sources,
            credentials: Issued::new(config, ciphersuite.signature_algorithm()),
            kept: false,
        }
    }

    /// The storage of a new member.
    pub(crate) fn storage(&self) -> Storage {
        match self.kept {
            true => Storage::of_kept(),
            false => Storage::default(),
        }
    }

    /// The same, but for members that keep no past epochs.
    pub(crate) fn without_past_epochs(&self) -> Self {
        let join = MlsGroupJoinConfig::builder()
            .wire_format_policy(self.join.wire_format_policy())
            .sender_ratchet_configuration(*self.join.sender_ratchet_configuration())
            .max_past_epochs(0)
            .build();
        Self {
            join,
            epoch_tolerance: 0,
            ..self.clone()
        }
    }

    /// The encoded list of a new group, where it is kept beside the GroupContext.
    pub(crate) fn list_beside(&self, app_data: &AppData) -> Result<Option<Vec<u8>>, MlsError> {
        match self.app_data {
            Some(rules) if rules.list_is_beside() => {
                let list = app_data.participants.encode();
                Ok(Some(list.map_err(refused("application data"))?))
            }
            _ => Ok(None),
        }
    }

    /// What the leaves of clients say that they can do, if it is more than OpenMLS says by itself.
    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        let (mut extensions, mut proposals) = (Vec::new(), Vec::new());
        if self.app_data.is_some() {
            extensions.push(ExtensionType::AppDataDictionary);
            proposals.push(ProposalType::AppDataUpdate);
        }
        if self.signed_context == SignedContext::Hash {
            extensions.push(ExtensionType::Unknown(NEW_FRAMED_CONTENT_TBS));
        }
        if self.last_resort {
            extensions.push(ExtensionType::LastResort);
        }
        if self.tree_sources {
            extensions.push(ExtensionType::Unknown(RATCHET_TREE_SOURCE_DOMAINS));
        }
        if self.self_remove {
            proposals.push(ProposalType::SelfRemove);
        }
        let credentials = [self.credentials.credential_type()];
        let more = !extensions.is_empty()
            || !proposals.is_empty()
            || credentials != [CredentialType::Basic];
        more.then(|| {
            let (extensions, proposals) = (Some(&extensions[..]), Some(&proposals[..]));
            Capabilities::new(None, None, extensions, proposals, Some(&credentials))
        })
    }

    /// The configuration of a new group, whose only leaf has this lifetime.
    pub(crate) fn create(
        &self,
        app_data: &AppData,
        leaf: terms::Lifetime,
    ) -> Result<MlsGroupCreateConfig, MlsError> {
        let mut config = MlsGroupCreateConfig::builder();
        if let Some(capabilities) = self.capabilities() {
            config = config.capabilities(capabilities);
        }
        if let Some(rules) = self.app_data {
            config = config.with_group_context_extensions(app_data::extensions(
                rules,
                app_data,
                self.signed_context,
            )?);
        }
        let config = config
            .ciphersuite(self.ciphersuite)
            .lifetime(lifetime(leaf))
            .wire_format_policy(self.join.wire_format_policy())
            .padding_size(self.join.padding_size())
            .max_past_epochs(self.epoch_tolerance)
            .sender_ratchet_configuration(*self.join.sender_ratchet_configuration())
            .use_ratchet_tree_extension(self.tree_in_welcome);
        Ok(config.build())
    }
}
