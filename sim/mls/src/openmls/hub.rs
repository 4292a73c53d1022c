//! The public state of one group, as MIMI's hub keeps it. `keeping`: how it is written down.

mod keeping;

use crate::app_data::{AppDataError, AppDataRules, AppDataUpdate};
use crate::context_work::{CommitReader, ContextOperation};
use crate::engine::{
    Checked, CommitEffect, CommitParts, HubAccepted, MlsError, SentGroupInfo, Uncoverable,
};
use crate::openmls::app_data;
use crate::openmls::beside::{self, Beside};
use crate::openmls::crypto::Crypto;
use crate::openmls::error::{malformed, refused};
use crate::openmls::framing::{self, ContentType, Sender};
use crate::openmls::group::{context_len, parse, parse_group_info};
use crate::openmls::labelled;
use crate::openmls::pending;
use crate::openmls::storage::Storage;
use crate::openmls::tree::{self, LeafChanges, Survey};
use crate::tree_health::NodeState;
use crate::tree_health::TreeHealth;
use crate::tree_stats::TreeStats;
use crate::tree_work::TreeOperation;
use crate::wire::{MlsBytes, OpaqueBytes};
use crate::work::Work;
use openmls::framing::Sender as MlsSender;
use openmls::prelude::{
    LeafNode, LeafNodeIndex, ProcessedMessageContent, Proposal, ProposalStore, PublicGroup,
    QueuedProposal, StagedCommit,
};
use std::collections::BTreeSet;
use throng_cost::stopwatch::Stopwatch;
use tls_codec::{Serialize as _, Size as _};

/// Hubs have the tree.
const WITH_TREE: MlsError = MlsError::WrongParts("the GroupInfo has the tree in it");

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
    /// The encoded participant list, where it is kept beside the GroupContext.
    list: Option<Vec<u8>>,
}

/// A proposal that waits for a commit.
#[derive(Debug)]
struct Pending {
    reference: Vec<u8>,
    target: Target,
}

impl Pending {
    /// The leaf that it removes.
    fn removes(&self) -> Option<u32> {
        match self.target {
            Target::Remove(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// The application data that it updates.
    fn updates(&self) -> Option<AppDataUpdate> {
        match &self.target {
            Target::AppData(update) => Some(update.clone()),
            _ => None,
        }
    }

    /// The identity of whoever it adds.
    fn adds(&self) -> Option<Vec<u8>> {
        match &self.target {
            Target::Add { identity, .. } => Some(identity.clone()),
            _ => None,
        }
    }
}

/// A handshake message found to be right.
enum Handshake {
    Proposal(CheckedProposal),
    Commit(CheckedCommit),
}

/// A commit found to be right, not merged.
#[derive(Debug)]
pub struct CheckedCommit {
    staged: Box<StagedCommit>,
    committer_key: Vec<u8>,
    changes: LeafChanges,
    /// The participant list, where it is a new one and kept beside the GroupContext.
    list: Option<Vec<u8>>,
    /// What it will have done, but for the tree afterwards.
    effect: CommitEffect,
}

/// Proposals found to be right, not cached.
#[derive(Debug)]
pub struct CheckedProposals(Vec<CheckedProposal>);

#[derive(Debug)]
struct CheckedProposal {
    /// Empty where it is no member.
    sender: Vec<u8>,
    proposal: Box<QueuedProposal>,
    pending: Pending,
}

/// What a pending proposal is about.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// Add the client of this identity, with this signature key.
    Add { identity: Vec<u8>, key: Vec<u8> },
    /// Update this leaf.
    Update(u32),
    /// Remove this leaf.
    Remove(u32),
    /// Update application data.
    AppData(AppDataUpdate),
}

impl Hub {
    /// Start from a GroupInfo and its tree, whose signatures and hashes are all checked. `keeping`: so that it can be written down.
    pub(crate) fn begin(
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        app_data: Option<AppDataRules>,
        measuring: bool,
        keeping: bool,
    ) -> Result<Self, MlsError> {
        let storage = match keeping {
            true => Storage::capturing(),
            false => Storage::default(),
        };
        let mut stopwatch = Stopwatch::new(measuring);
        let began = stopwatch.begin();
        let mut hub = Self::new(group_info, tree, app_data, storage, &mut stopwatch)?;
        stopwatch.end(began);
        hub.stopwatch = stopwatch;
        Ok(hub)
    }

    fn new(
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        app_data: Option<AppDataRules>,
        storage: Storage,
        stopwatch: &mut Stopwatch,
    ) -> Result<Self, MlsError> {
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
        let list = beside.list_of(app_data, group.group_context())?;
        let survey = stopwatch.leave_out(|| tree::survey(group.treesync()))?;
        let mut work = Work {
            operations: 1,
            bytes: (group_info.as_slice().len() + tree.as_slice().len()) as u64,
            ..Work::default()
        };
        work.add_tree(TreeOperation::Validate, &survey.stats);
        work.add_context(ContextOperation::CheckGroupInfo {
            context: context_len(group.group_context()),
        });
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
            leaf.signature_key().as_slice() == signature_key
                && leaf.credential().serialized_content() == identity
        })
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
                self.work.add_context(ContextOperation::ReadProposal {
                    context: context_len(self.group.group_context()),
                    member: false,
                });
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
                let list = applied.beside(self.app_data);
                let commit = self.check_commit_message(staged, &header)?;
                Ok(Handshake::Commit(CheckedCommit { list, ..commit }))
            }
            _ => Err(refused("accept")("not a handshake message")),
        }
    }

    /// Check a commit that OpenMLS found to be right.
    fn check_commit_message(
        &mut self,
        staged: StagedCommit,
        header: &framing::Header<'_>,
    ) -> Result<CheckedCommit, MlsError> {
        let sender = header.sender.ok_or_else(|| malformed("no sender"))?;
        self.work.add_context(ContextOperation::ReadCommit {
            before: context_len(self.group.group_context()),
            after: context_len(staged.group_context()),
            by: CommitReader::Hub,
            external: sender == Sender::NewMemberCommit,
        });
        // The commit follows the header; signature and tags follow the commit.
        let ciphertexts = framing::path_ciphertexts(header.rest)?;
        self.check_coverage_of(staged, sender, ciphertexts)
    }

    /// Check proposals that stand or fall together.
    pub(crate) fn check_proposals(
        &mut self,
        proposals: &[MlsBytes],
    ) -> Result<Checked<CheckedProposals>, MlsError> {
        let mut checked: Vec<CheckedProposal> = Vec::with_capacity(proposals.len());
        for message in proposals {
            match self.check(message, &checked)? {
                Handshake::Proposal(proposal) => checked.push(proposal),
                Handshake::Commit(_) => return Err(refused("accept")("not a proposal")),
            }
        }
        let sender = match checked.first() {
            Some(first) if checked.iter().all(|other| other.sender == first.sender) => {
                first.sender.clone()
            }
            _ => {
                return Err(refused("accept")(
                    "proposals of several senders, or of none",
                ));
            }
        };
        let removed = checked.iter().filter_map(|p| p.pending.removes());
        Ok(Checked {
            sender,
            admits: checked.iter().filter_map(|p| p.pending.adds()).collect(),
            excludes: removed.map(|leaf| self.identity(leaf)).collect(),
            app_data: checked.iter().filter_map(|p| p.pending.updates()).collect(),
            handshake: CheckedProposals(checked),
        })
    }

    pub(crate) fn take_proposals(&mut self, proposals: CheckedProposals) -> Result<(), MlsError> {
        for CheckedProposal {
            proposal, pending, ..
        } in proposals.0
        {
            if self
                .pending
                .iter()
                .all(|known| known.reference != pending.reference)
            {
                self.group
                    .add_proposal(&self.storage, *proposal)
                    .map_err(refused("accept"))?;
                self.pending.push(pending);
            }
        }
        Ok(())
    }

    /// What OpenMLS checks only when the proposal is committed. A proposal that no commit can cover
    /// must not be cached: every commit would be refused for leaving it out.
    fn check_proposal(
        &mut self,
        proposal: &QueuedProposal,
        earlier: &[CheckedProposal],
    ) -> Result<Target, MlsError> {
        let invalid = |reason| MlsError::InvalidProposal {
            reference: proposal.proposal_reference_ref().as_slice().to_vec(),
            reason,
        };
        let member = |leaf: LeafNodeIndex| match self.group.leaf(leaf) {
            Some(_) => Ok(leaf.u32()),
            None => Err(invalid(Uncoverable::NoMember)),
        };
        match (proposal.proposal(), proposal.sender()) {
            (Proposal::Remove(remove), _) => {
                let leaf = member(remove.removed())?;
                match self.somebody_stays(leaf, earlier) {
                    true => Ok(Target::Remove(leaf)),
                    false => Err(invalid(Uncoverable::NobodyStays)),
                }
            }
            (Proposal::Update(update), MlsSender::Member(leaf)) => {
                let leaf = member(*leaf)?;
                self.check_identity(leaf, update.leaf_node())?;
                Ok(Target::Update(leaf))
            }
            (Proposal::Add(add), _) => {
                // A client is one by its name, whatever its key; and MLS wants no key twice.
                let node = add.key_package().leaf_node();
                let (name, key) = (node.credential(), node.signature_key());
                let mut leaves = self.group.treesync().full_leaves();
                if leaves.any(|(_, leaf)| leaf.credential() == name || leaf.signature_key() == key)
                {
                    return Err(invalid(Uncoverable::MemberAlready));
                }
                let mut waiting = self
                    .pending
                    .iter()
                    .chain(earlier.iter().map(|checked| &checked.pending));
                let (name, key) = (name.serialized_content(), key.as_slice());
                let same = |pending: &Pending| match &pending.target {
                    Target::Add {
                        identity,
                        key: other,
                    } => identity == name || other == key,
                    _ => false,
                };
                if waiting.any(same) {
                    return Err(invalid(Uncoverable::AddedAlready));
                }
                Ok(Target::Add {
                    identity: name.to_vec(),
                    key: key.to_vec(),
                })
            }
            (other, _) => match app_data::update(other) {
                Some(update) => {
                    self.check_update(&update, earlier)
                        .map_err(|error| invalid(Uncoverable::AppData(error)))?;
                    Ok(Target::AppData(update))
                }
                None => Err(invalid(Uncoverable::OtherKind)),
            },
        }
    }

    /// Whether application data can be updated so, together with what waits.
    fn check_update(
        &mut self,
        update: &AppDataUpdate,
        earlier: &[CheckedProposal],
    ) -> Result<(), AppDataError> {
        let rules = self.app_data.ok_or(AppDataError::Malformed)?;
        let pending = self
            .pending
            .iter()
            .chain(earlier.iter().map(|checked| &checked.pending));
        let updates = pending.filter_map(|pending| match &pending.target {
            Target::AppData(other) if other.component == update.component => {
                Some(other.update.as_slice())
            }
            _ => None,
        });
        let mut updates: Vec<&[u8]> = updates.collect();
        updates.push(&update.update);
        let of_list = update.component == rules.participants;
        let old = match of_list {
            true => self.list(),
            false => app_data::data(self.group.group_context(), update.component),
        };
        let new = rules.apply(update.component, old, &updates)?;
        if of_list {
            self.work.add_list(new.len() as u64, false);
        }
        Ok(())
    }

    /// Updates of application data that the cached proposals make.
    pub(crate) fn pending_app_data(&self) -> Vec<AppDataUpdate> {
        self.pending.iter().filter_map(Pending::updates).collect()
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

    /// Whether a member would be left to commit once `leaf` is to be removed, too.
    fn somebody_stays(&self, leaf: u32, earlier: &[CheckedProposal]) -> bool {
        let waiting = self
            .pending
            .iter()
            .chain(earlier.iter().map(|checked| &checked.pending));
        let mut going: BTreeSet<u32> = waiting.filter_map(Pending::removes).collect();
        going.insert(leaf);
        going.len() < self.health.members as usize
    }

    /// Check a commit with all that comes with it.
    pub(crate) fn check_commit(
        &mut self,
        parts: CommitParts<'_, MlsBytes>,
    ) -> Result<(Checked<CheckedCommit>, MlsBytes), MlsError> {
        let Handshake::Commit(commit) = self.check(parts.commit, &[])? else {
            return Err(refused("accept")("not a commit"));
        };
        self.check_welcome(&commit.staged, parts.welcome)?;
        let group_info = self.check_group_info(parts, &commit)?;
        let effect = &commit.effect;
        let outsider = effect.external.then_some(&effect.committer);
        let added = effect.adds.iter().map(|(_, identity)| identity);
        let removed = effect.removes.iter().map(|(_, identity)| identity);
        let checked = Checked {
            sender: effect.committer.clone(),
            admits: added.chain(outsider).cloned().collect(),
            excludes: removed.cloned().collect(),
            app_data: commit
                .staged
                .queued_proposals()
                .filter_map(|queued| app_data::update(queued.proposal()))
                .collect(),
            handshake: commit,
        };
        Ok((checked, group_info))
    }

    /// A Welcome exactly where somebody is added, and for those.
    fn check_welcome(
        &self,
        staged: &StagedCommit,
        welcome: Option<&MlsBytes>,
    ) -> Result<(), MlsError> {
        let references = staged.add_proposals().map(|queued| {
            let reference = queued.add_proposal().key_package().hash_ref(&self.crypto);
            reference.map(|reference| reference.as_slice().to_vec())
        });
        let mut added = references
            .collect::<Result<Vec<_>, _>>()
            .map_err(refused("accept"))?;
        let mut welcomed = match welcome {
            Some(welcome) => framing::welcome_references(welcome.as_slice())?,
            None => Vec::new(),
        };
        added.sort_unstable();
        welcomed.sort_unstable();
        match added == welcomed && welcome.is_some() != added.is_empty() {
            true => Ok(()),
            false => Err(MlsError::WrongParts("the Welcome is not for those added")),
        }
    }

    /// The GroupInfo of the epoch that the commit creates, as far as public state knows that epoch: all but the external
    /// public key, which only members can derive. Whole, however it came.
    fn check_group_info(
        &mut self,
        parts: CommitParts<'_, MlsBytes>,
        commit: &CheckedCommit,
    ) -> Result<MlsBytes, MlsError> {
        let context = commit
            .staged
            .group_context()
            .tls_serialize_detached()
            .map_err(malformed)?;
        let header = framing::header(parts.commit.as_slice())?;
        let confirmation_tag = framing::confirmation_tag(header.rest)?;
        let wrong = |what| Err::<(), _>(MlsError::WrongParts(what));
        let group_info = match parts.group_info {
            SentGroupInfo::Whole(group_info) => group_info.clone(),
            SentGroupInfo::Partial(partial) => {
                if partial.ratchet_tree_presence.is_here() {
                    return Err(WITH_TREE);
                }
                let signer = commit.effect.committer_leaf;
                framing::whole_group_info(&context, confirmation_tag, signer, partial)?
            }
        };
        self.work.bytes += group_info.as_slice().len() as u64;
        self.work.add_context(ContextOperation::CheckGroupInfo {
            context: context.len() as u64,
        });
        let said = framing::group_info(group_info.as_slice())?;
        match () {
            () if said.group_context != context => {
                wrong("the GroupInfo is of another group or epoch")
            }
            () if said.confirmation_tag != confirmation_tag => {
                wrong("the GroupInfo has another confirmation tag")
            }
            () if said.signer != commit.effect.committer_leaf => {
                wrong("the GroupInfo is not signed by the committer")
            }
            () if !said.has_external_pub => wrong("nobody can join by the GroupInfo"),
            () if said.has_ratchet_tree => Err(WITH_TREE),
            () => labelled::verify(
                &self.crypto,
                self.group.ciphersuite().signature_algorithm(),
                &commit.committer_key,
                "GroupInfoTBS",
                said.to_be_signed,
                said.signature,
            ),
        }?;
        Ok(group_info)
    }

    fn check_coverage_of(
        &self,
        staged: StagedCommit,
        sender: Sender,
        ciphertexts: Option<u32>,
    ) -> Result<CheckedCommit, MlsError> {
        let external = sender == Sender::NewMemberCommit;
        // What replaced the GroupContext's extensions, say, would replace the room's state with them.
        let taken = |proposal: &Proposal| {
            matches!(
                proposal,
                Proposal::Add(_)
                    | Proposal::Update(_)
                    | Proposal::Remove(_)
                    | Proposal::ExternalInit(_)
            ) || app_data::update(proposal).is_some()
        };
        let mut others = staged
            .queued_proposals()
            .map(|queued| queued.proposal())
            .filter(|proposal| !taken(proposal));
        if others.next().is_some() {
            return Err(refused("accept")("a proposal of a kind that is not taken"));
        }
        drop(others);
        let committer_leaf = match sender {
            Sender::Member(leaf) => leaf,
            _ => self
                .group
                .ext_commit_sender_index(&staged)
                .map_err(refused("accept"))?
                .u32(),
        };
        if !external {
            self.check_coverage(&staged, committer_leaf)?;
        }
        let leaf = match staged.update_path_leaf_node() {
            Some(leaf) if external => leaf,
            Some(leaf) => {
                self.check_identity(committer_leaf, leaf)?;
                leaf
            }
            None => self
                .group
                .leaf(LeafNodeIndex::new(committer_leaf))
                .ok_or_else(|| refused("accept")("no member at the committer's leaf"))?,
        };
        let changes = LeafChanges::new(self.group.treesync(), &staged);
        Ok(CheckedCommit {
            committer_key: leaf.signature_key().as_slice().to_vec(),
            effect: CommitEffect {
                epoch: staged.epoch().as_u64(),
                committer_leaf,
                committer: tree::identity(leaf),
                external,
                path: ciphertexts.is_some(),
                ciphertexts: ciphertexts.unwrap_or(0),
                ..self.effects(&staged, &changes)
            },
            changes,
            list: None,
            staged: Box::new(staged),
        })
    }

    pub(crate) fn take_commit(&mut self, commit: CheckedCommit) -> Result<CommitEffect, MlsError> {
        let CheckedCommit {
            staged,
            changes,
            list,
            mut effect,
            ..
        } = commit;
        let on_tree = pending::on_tree(&changes, &staged, effect.external);
        self.group
            .merge_commit(&self.storage, *staged)
            .map_err(refused("accept"))?;
        if list.is_some() {
            self.list = list;
        }
        // Proposals live as long as their epoch, covered or not.
        self.pending.clear();
        self.survey = self
            .stopwatch
            .leave_out(|| tree::survey(self.group.treesync()))?;
        self.health = self.survey.health();
        effect.health = self.health;
        self.work
            .add_tree(TreeOperation::Read(on_tree), &self.survey.stats);
        self.work.ciphertexts += u64::from(effect.ciphertexts);
        Ok(effect)
    }

    /// Adds, removes and updates of a commit; the tree is still the one before it.
    fn effects(&self, staged: &StagedCommit, changes: &LeafChanges) -> CommitEffect {
        let mut effect = CommitEffect::default();
        let joined = staged.add_proposals().map(|queued| {
            let leaf = queued.add_proposal().key_package().leaf_node().clone();
            tree::identity(&leaf)
        });
        effect.adds = changes.added.iter().copied().zip(joined).collect();
        effect.removes = changes
            .removed
            .iter()
            .map(|leaf| (*leaf, self.identity(*leaf)))
            .collect();
        effect.updates = updated(staged).collect();
        effect.adds.sort_unstable();
        effect.removes.sort_unstable();
        effect.updates.sort_unstable();
        effect
    }

    fn identity(&self, leaf: u32) -> Vec<u8> {
        self.group
            .leaf(LeafNodeIndex::new(leaf))
            .map_or_else(Vec::new, tree::identity)
    }

    /// A commit must cover every cached proposal. As RFC 9420, section 12.2 has it, of several
    /// proposals about one leaf it can carry only one, and none of the committer's own Updates,
    /// which its path replaces; those count as covered. A Remove is covered by nothing but a Remove:
    /// whoever is to go and does not know it yet cannot commit themselves back into the room.
    fn check_coverage(&self, staged: &StagedCommit, committer: u32) -> Result<(), MlsError> {
        let removed: Vec<u32> = staged
            .remove_proposals()
            .map(|queued| queued.remove_proposal().removed().u32())
            .collect();
        let mut leaves = removed.clone();
        leaves.extend(updated(staged));
        if staged.update_path_leaf_node().is_some() {
            leaves.push(committer);
        }
        let covered = |pending: &&Pending| match &pending.target {
            Target::Update(leaf) => leaves.contains(leaf),
            Target::Remove(leaf) => removed.contains(leaf),
            _ => staged
                .queued_proposals()
                .any(|queued| queued.proposal_reference_ref().as_slice() == pending.reference),
        };
        match self
            .pending
            .iter()
            .filter(|pending| !covered(pending))
            .count()
        {
            0 => Ok(()),
            missing => Err(MlsError::MissingProposals { missing }),
        }
    }
}

/// The cryptography of the hub of this group. It draws no randomness but for sealing, which mixes in all that is sealed.
fn crypto_of(group_id: &[u8]) -> Crypto {
    Crypto::new(blake3::derive_key("throng 2026 hub", group_id))
}

/// Leaves that Update proposals of a commit refresh.
fn updated(staged: &StagedCommit) -> impl Iterator<Item = u32> + '_ {
    staged
        .update_proposals()
        .filter_map(|queued| match queued.sender() {
            MlsSender::Member(leaf) => Some(leaf.u32()),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use crate::app_data::{AppData, AppDataRules};
    use crate::engine::{Engine, EngineConfig, MlsError, Uncoverable};
    use crate::openmls::error::encode;
    use crate::openmls::{OpenMlsEngine, app_data};
    use openmls::prelude::{
        BasicCredential, CredentialWithKey, LeafNodeParameters, ProposalOrRefType, Propose,
    };
    use throng_workloads::scenario::Ciphersuite;
    use throng_workloads::stream::{StreamOwner, Streams};

    /// What would take a component out of the GroupContext, or replace all that is in it, is no proposal that waits for a commit. (A commit
    /// that brings the latter along OpenMLS does not make, as no capability is required of members.)
    #[test]
    fn nothing_else_changes_the_groups_context() {
        let engine = OpenMlsEngine::new(EngineConfig {
            app_data: Some(AppDataRules::MIMI),
            ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
        });
        let (streams, owner) = (Streams::new(1, 0), StreamOwner::Client(0));
        let mut client = engine.client(b"alice", &streams, owner).unwrap();
        let mut group = engine.create(&mut client, b"group").unwrap();
        let (info, tree) = engine.group_info(&mut client, &group).unwrap();
        let mut hub = engine.hub(&info, &tree).unwrap();
        let (provider, signer) = (client.provider(&group.storage), client.signer());
        let other = AppDataRules {
            participants: 0x99,
            ..AppDataRules::MIMI
        };
        let extensions = app_data::extensions(other, &AppData::default()).unwrap();
        for propose in [
            Propose::RemoveAppDataComponent {
                component_id: AppDataRules::MIMI.participants,
            },
            Propose::GroupContextExtensions(extensions),
        ] {
            let by_reference = ProposalOrRefType::Reference;
            let proposal = group.mls.propose(&provider, &signer, propose, by_reference);
            let proposal = encode(&proposal.unwrap().0).unwrap();
            let refused = hub.check_proposals(&[proposal]);
            let kind = matches!(
                refused,
                Err(MlsError::InvalidProposal {
                    reason: Uncoverable::OtherKind,
                    ..
                })
            );
            assert!(kind, "{refused:?}");
            group.mls.clear_pending_proposals(&group.storage).unwrap();
        }
    }

    /// Whoever is in has been looked at when it came in.
    #[test]
    fn nobody_becomes_another_by_a_new_leaf() {
        let engine = OpenMlsEngine::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
        let (streams, owner) = (Streams::new(1, 0), StreamOwner::Client(0));
        let mut client = engine.client(b"alice", &streams, owner).unwrap();
        let mut group = engine.create(&mut client, b"group").unwrap();
        let (info, tree) = engine.group_info(&mut client, &group).unwrap();
        let mut hub = engine.hub(&info, &tree).unwrap();
        let named = |name: &[u8]| {
            let credential = CredentialWithKey {
                credential: BasicCredential::new(name.to_vec()).into(),
                ..client.credential.clone()
            };
            let builder = LeafNodeParameters::builder();
            builder.with_credential_with_key(credential).build()
        };
        let (provider, signer) = (client.provider(&group.storage), client.signer());
        for (name, taken) in [(b"mallory".as_slice(), false), (b"alice", true)] {
            let update = group
                .mls
                .propose_self_update(&provider, &signer, named(name));
            let update = encode(&update.unwrap().0).unwrap();
            let checked = hub.check_proposals(&[update]);
            assert_eq!(checked.is_ok(), taken, "{checked:?}");
            group.mls.clear_pending_proposals(&group.storage).unwrap();
            let commit = group.mls.self_update(&provider, &signer, named(name));
            let commit = encode(&commit.unwrap().into_commit()).unwrap();
            let checked = hub.check(&commit, &[]);
            assert_eq!(checked.is_ok(), taken, "{:?}", checked.err());
            group.mls.clear_pending_commit(&group.storage).unwrap();
        }
    }
}
