//! The public state of one group, as MIMI's hub keeps it. `checked`: what was found to be right; `proposals`: those that wait;
//! `commits`: what is accepted; `keeping`: how it is
//! written down.

mod checked;
mod commits;
mod keeping;
mod proposals;

use crate::app_data::{AppDataRules, ComponentId};
use crate::context_work::ContextOperation;
use crate::engine::{HubAccepted, MlsError};
use crate::openmls::app_data;
use crate::openmls::beside::{self, Beside};
use crate::openmls::credentials::Issued;
use crate::openmls::crypto::Crypto;
use crate::openmls::error::{malformed, refused};
use crate::openmls::framing::{self, ContentType, Sender};
use crate::openmls::group::{context_len, parse, parse_group_info};
use crate::openmls::settings::Settings;
use crate::openmls::storage::Storage;
use crate::openmls::tree::{self, Survey};
use crate::tree_health::NodeState;
use crate::tree_health::TreeHealth;
use crate::tree_stats::TreeStats;
use crate::tree_work::TreeOperation;
use crate::wire::{ExternalSender, MlsBytes, OpaqueBytes};
use crate::work::Work;
pub use checked::{CheckedCommit, CheckedProposals};
use checked::{CheckedProposal, Handshake, Pending};
use openmls::prelude::{
    GroupContext, LeafNode, LeafNodeIndex, ProcessedMessageContent, Proposal, ProposalStore,
    PublicGroup,
};
use throng_cost::stopwatch::Stopwatch;
use throng_workloads::scenario::SignedContext;
use tls_codec::Size as _;

/// A hub's view of a group in the OpenMLS engine.
#[derive(Debug)]
pub struct Hub {
    group: PublicGroup,
    crypto: Crypto,
    storage: Storage,
    pending: Vec<Pending>,
    health: TreeHealth,
    survey: Survey,
    work: Work,
    stopwatch: Stopwatch,
    app_data: Option<AppDataRules>,
    signed_context: SignedContext,
    credentials: Issued,
    /// The encoded participant list, where it is kept beside the GroupContext.
    list: Option<Vec<u8>>,
}

impl Hub {
    /// Start from a GroupInfo and its tree, whose signatures and hashes are all checked. `keeping`: so that it can be written down.
    pub(crate) fn begin(
        settings: &Settings,
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        (measuring, keeping): (bool, bool),
    ) -> Result<Self, MlsError> {
        let storage = match keeping {
            true => Storage::capturing(),
            false => Storage::default(),
        };
        let mut stopwatch = Stopwatch::new(measuring);
        let began = stopwatch.begin();
        let mut hub = Self::new(settings, group_info, tree, storage, &mut stopwatch)?;
        stopwatch.end(began);
        hub.stopwatch = stopwatch;
        Ok(hub)
    }

    fn new(
        settings: &Settings,
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        storage: Storage,
        stopwatch: &mut Stopwatch,
    ) -> Result<Self, MlsError> {
        let app_data = settings.app_data;
        let verifiable = parse_group_info(group_info)?;
        let crypto = crypto_of(verifiable.group_id().as_slice());
        let beside = Beside::new(app_data, Some(tree))?;
        let (group, _) = PublicGroup::from_external(
            &crypto,
            &storage,
            beside.tree()?,
            verifiable,
            ProposalStore::new(),
        )
        .map_err(refused("hub"))?;
        settings
            .credentials
            .validate_tree(&crypto, group.treesync())?;
        let list = beside.list_of(app_data, group.group_context())?;
        let survey = stopwatch.leave_out(|| tree::survey(group.treesync()))?;
        let mut work = Work {
            operations: 1,
            bytes: (group_info.as_slice().len() + tree.as_slice().len()) as u64,
            ..Work::default()
        };
        work.add_tree(TreeOperation::Validate, &survey.stats);
        let context = context_len(group.group_context());
        let read = ContextOperation::TakeOver { context };
        work.add_context(read, settings.signed_context);
        if let Some(list) = &list {
            work.add_list(list.len() as u64, true);
        }
        Ok(Self {
            health: survey.health(),
            survey,
            group,
            crypto,
            storage,
            pending: Vec::new(),
            work,
            stopwatch: Stopwatch::default(),
            app_data,
            signed_context: settings.signed_context,
            credentials: settings.credentials.clone(),
            list,
        })
    }

    /// Its cryptography, which counts.
    #[cfg(test)]
    pub(crate) fn crypto(&self) -> &Crypto {
        &self.crypto
    }

    pub(crate) fn group_id(&self) -> &[u8] {
        self.group.group_id().as_slice()
    }

    pub(crate) fn context(&self) -> &GroupContext {
        self.group.group_context()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.group.group_context().epoch().as_u64()
    }

    pub(crate) fn health(&self) -> TreeHealth {
        self.health
    }

    /// Counts of the tree.
    pub fn tree_stats(&self) -> TreeStats {
        self.survey.stats
    }

    pub(crate) fn nodes(&self) -> Vec<NodeState> {
        let mut nodes = self.survey.nodes.clone();
        // OpenMLS leaves out blank nodes at the end.
        nodes.resize(self.survey.stats.nodes() as usize, NodeState::Blank);
        nodes
    }

    /// What goes beside a GroupInfo.
    pub(crate) fn tree(&self) -> Result<OpaqueBytes, MlsError> {
        let tree = tree::encode(&self.group.export_ratchet_tree())?;
        beside::with_tree(tree, self.list.as_deref())
    }

    /// What goes beside a Welcome that has the tree in it, or has it not.
    pub(crate) fn beside_welcome(
        &self,
        tree_in_welcome: bool,
    ) -> Result<Option<OpaqueBytes>, MlsError> {
        match tree_in_welcome {
            true => beside::without_tree(self.list.as_deref()),
            false => self.tree().map(Some),
        }
    }

    pub(crate) fn members(&self) -> Vec<(u32, Vec<u8>)> {
        tree::members(self.group.treesync())
    }

    pub(crate) fn take_work(&mut self) -> Work {
        let mut work = std::mem::take(&mut self.work);
        work += self.crypto.take_counts();
        work.measured_ns += self.stopwatch.take();
        work
    }

    /// Length of the tree on the wire, in bytes.
    pub(crate) fn tree_len(&self) -> usize {
        let tree = self.group.export_ratchet_tree().tls_serialized_len();
        match &self.list {
            None => tree,
            Some(list) => framing::vector_len((tree + list.len()) as u64) as usize,
        }
    }

    pub(crate) fn has_member(&self, identity: &[u8], signature_key: &[u8]) -> bool {
        let mut leaves = self.group.treesync().full_leaves();
        leaves.any(|(_, leaf)| {
            leaf.signature_key().as_slice() == signature_key && tree::identity(leaf) == identity
        })
    }

    fn count_context(&mut self, operation: ContextOperation) {
        self.work.add_context(operation, self.signed_context);
    }

    /// Do something with the stopwatch running.
    pub(crate) fn timed<T>(&mut self, operation: impl FnOnce(&mut Self) -> T) -> T {
        let began = self.stopwatch.begin();
        let result = operation(self);
        self.stopwatch.end(began);
        result
    }

    /// Validate a handshake message and take it into the state.
    pub(crate) fn accept(&mut self, message: &MlsBytes) -> Result<HubAccepted, MlsError> {
        match self.check(message, &[])? {
            Handshake::Proposal(proposal) => {
                let reference = proposal.pending.reference.clone();
                self.take_proposals(CheckedProposals(vec![proposal]))?;
                Ok(HubAccepted::Proposal { reference })
            }
            Handshake::Commit(commit) => self.take_commit(commit).map(HubAccepted::Commit),
        }
    }

    /// Validate a handshake message. `earlier` are proposals that are to be taken before it.
    fn check(
        &mut self,
        message: &MlsBytes,
        earlier: &[CheckedProposal],
    ) -> Result<Handshake, MlsError> {
        let header = framing::header(message.as_slice())?;
        let (got, current) = (header.epoch, self.epoch());
        if got != current {
            return Err(MlsError::WrongEpoch { got, current });
        }
        self.work.operations += 1;
        self.work.bytes += message.as_slice().len() as u64;
        let protocol = parse(message)?
            .try_into_protocol_message()
            .map_err(malformed)?;
        let processed = self
            .group
            .process_message(&self.crypto, protocol)
            .map_err(refused("accept"))?;
        let sender = header.sender.ok_or_else(|| malformed("no sender"))?;
        match processed.into_content() {
            ProcessedMessageContent::ProposalMessage(proposal)
            | ProcessedMessageContent::ExternalJoinProposalMessage(proposal) => {
                // An external sender signs no GroupContext (RFC 9420, section 6.1).
                if !matches!(sender, Sender::External(_)) {
                    self.count_context(ContextOperation::ReadProposal {
                        context: context_len(self.group.group_context()),
                        member: false,
                    });
                }
                if let Proposal::Add(add) = proposal.proposal() {
                    let leaf = add.key_package().leaf_node();
                    self.credentials.validate_leaf(&self.crypto, leaf)?;
                }
                let pending = Pending {
                    target: self.check_proposal(&proposal, earlier)?,
                    reference: proposal.proposal_reference_ref().as_slice().to_vec(),
                };
                Ok(Handshake::Proposal(CheckedProposal {
                    sender: match sender {
                        Sender::Member(leaf) => self.identity(leaf),
                        _ => Vec::new(),
                    },
                    proposal,
                    pending,
                }))
            }
            ProcessedMessageContent::StagedCommitMessage(staged)
                if header.content_type == ContentType::Commit =>
            {
                self.check_commit_message(*staged, &header)
                    .map(Handshake::Commit)
            }
            ProcessedMessageContent::UnresolvedAppDataCommit(unresolved) => {
                let mut applied = app_data::apply(
                    self.app_data,
                    self.list.as_deref(),
                    self.group.app_data_dictionary_updater(),
                    unresolved.app_data_update_proposals(),
                )?;
                applied.count(self.app_data, &mut self.work);
                let staged = self
                    .group
                    .stage_app_data_commit(&self.crypto, *unresolved, applied.updates.take())
                    .map_err(refused("accept"))?;
                let mut commit = self.check_commit_message(staged, &header)?;
                commit.list = applied.beside(self.app_data);
                Ok(Handshake::Commit(commit))
            }
            _ => Err(refused("accept")("not a handshake message")),
        }
    }

    pub(crate) fn component(&self, component: ComponentId) -> Option<Vec<u8>> {
        app_data::component(self.app_data, self.group.group_context(), component)
    }

    pub(crate) fn external_senders(&self) -> Vec<ExternalSender> {
        app_data::external_senders(self.group.group_context())
    }

    /// The encoded participant list.
    pub(crate) fn list(&self) -> Option<&[u8]> {
        match &self.list {
            Some(list) => Some(list),
            None => app_data::list(self.app_data, self.group.group_context()),
        }
    }

    /// Whoever holds a leaf stays who it is: those in the group have been looked at when they came in.
    fn check_identity(&self, leaf: u32, new: &LeafNode) -> Result<(), MlsError> {
        let old = self.group.leaf(LeafNodeIndex::new(leaf));
        match old.is_some_and(|old| old.credential() == new.credential()) {
            true => Ok(()),
            false => Err(refused("accept")("another credential at a member's leaf")),
        }
    }

    fn identity(&self, leaf: u32) -> Vec<u8> {
        self.group
            .leaf(LeafNodeIndex::new(leaf))
            .map_or_else(Vec::new, tree::identity)
    }
}

/// The cryptography of the hub of this group. It draws no randomness but for sealing, which mixes in all that is sealed.
fn crypto_of(group_id: &[u8]) -> Crypto {
    Crypto::new(blake3::derive_key("throng 2026 hub", group_id))
}

#[cfg(test)]
mod tests;
