//! The public state of one group, as MIMI's hub keeps it.

use super::app_data::{beside_welcome_len, with_tree_len};
use super::commit::Commit;
use super::group::{commit_checks, commit_merged, proposal_checks};
use super::lengths::{Lengths, SenderLength};
use super::message::{Blob, Content, Kind, Message, Place, epoch_of};
use super::proposal::{Proposal, ProposalId, Proposer, Says, What, updates_of};
use super::refused;
use super::signature_key::signature_key;
use super::version::{State, Version};
use crate::app_data::{AppDataError, AppDataUpdate, ComponentId, Listed};
use crate::context_work::{CommitReader, ContextOperation};
use crate::engine::{
    Checked, CommitEffect, CommitParts, HubAccepted, MlsError, SentGroupInfo, Uncoverable,
};
use crate::tree_health::NodeState;
use crate::tree_health::TreeHealth;
use crate::tree_work::TreeOperation;
use crate::wire::ExternalSender;
use crate::work::Work;
use std::collections::BTreeSet;
use std::sync::Arc;
use tls_codec::VLBytes;

/// A hub's view of a group in the model.
#[derive(Debug)]
pub struct Hub {
    version: Version,
    pending: Vec<Proposal>,
    health: TreeHealth,
    tree_len: u64,
    /// Length of the participant list where it is kept beside the GroupContext.
    list_beside: Option<u64>,
    pub(super) work: Work,
}

/// A handshake message found to be right.
enum Handshake {
    Proposal(Proposal),
    Commit(Arc<Commit>),
}

/// A commit found to be right, not merged.
#[derive(Debug)]
pub struct CheckedCommit(Arc<Commit>);

/// Proposals found to be right, not cached.
#[derive(Debug)]
pub struct CheckedProposals(Vec<Proposal>);

impl Hub {
    /// Start from a GroupInfo and its tree.
    pub(super) fn new(group_info: &Message, tree: &Blob) -> Result<Self, MlsError> {
        let Kind::GroupInfo(place) = group_info.kind() else {
            return Err(MlsError::Malformed("not a GroupInfo".to_owned()));
        };
        let mut hub = Self::at(place.version());
        hub.work = Work {
            operations: 1,
            verifications: 1 + u64::from(hub.health.members),
            bytes: group_info.len() + tree.len(),
            ..Work::default()
        };
        let look = |state: &mut State| (state.tree.stats(), state.roster.checked());
        let (stats, checked) = hub.version.look(look);
        hub.work.add_checked(checked);
        hub.work.add_tree(TreeOperation::Validate, &stats);
        let signed = hub.version.history().lengths.signed_context;
        hub.work.add_context(
            ContextOperation::TakeOver {
                context: hub.version.context(),
            },
            signed,
        );
        if let Some(list) = hub.list_beside {
            hub.work.add_list(list, true);
        }
        Ok(hub)
    }

    /// A hub that is there already.
    pub(super) fn at(version: Version) -> Self {
        let (health, tree_len) =
            version.look(|state| (state.tree.health(), state.tree.encoded_len()));
        Self {
            list_beside: version.list_beside(),
            version,
            pending: Vec::new(),
            health,
            tree_len,
            work: Work::default(),
        }
    }

    /// Memory of the group's newest tree and of who holds its leaves, in bytes. All who are in the group share
    /// it.
    pub fn memory(&self) -> usize {
        self.version.memory()
    }

    pub(super) fn group_id(&self) -> &[u8] {
        &self.version.history().group_id
    }

    pub(super) fn version(&self) -> &Version {
        &self.version
    }

    pub(super) fn epoch(&self) -> u64 {
        self.version.epoch()
    }

    pub(super) fn health(&self) -> TreeHealth {
        self.health
    }

    pub(super) fn nodes(&self) -> Vec<NodeState> {
        self.version.look(|state| state.tree.nodes())
    }

    pub(super) fn tree(&self) -> Blob {
        let len = with_tree_len(self.tree_len, self.list_beside);
        Blob::new(len, Content::Tree)
    }

    pub(super) fn beside_welcome(&self, tree_in_welcome: bool) -> Option<Blob> {
        let len = beside_welcome_len(tree_in_welcome, self.tree_len, self.list_beside);
        len.map(|len| Blob::new(len, Content::Tree))
    }

    pub(super) fn pending_app_data(&self) -> Vec<AppDataUpdate> {
        updates_of(self.pending.iter().filter_map(Proposal::updates))
    }

    pub(super) fn participant(&self, user: &[u8]) -> Listed {
        self.version.participant(user)
    }

    pub(super) fn component(&self, component: ComponentId) -> Option<Vec<u8>> {
        self.version.component(component)
    }

    pub(super) fn external_senders(&self) -> Vec<ExternalSender> {
        self.version.external_senders()
    }

    pub(super) fn participants(&self) -> Vec<(Vec<u8>, u32)> {
        self.version.participants()
    }

    pub(super) fn participant_at(&self, index: u32) -> Option<(Vec<u8>, u32)> {
        self.version.participant_at(index)
    }

    pub(super) fn members(&self) -> Vec<(u32, Vec<u8>)> {
        self.version
            .look(|state| state.roster.find(&state.tree, b""))
    }

    /// Whether a client is a member. Its key is that of its identity ([`signature_key`]).
    pub(super) fn has_member(&self, lengths: &Lengths, identity: &[u8], key: &[u8]) -> bool {
        let found = self
            .version
            .look(|state| state.roster.leaf_of(&state.tree, identity));
        found.is_some() && signature_key(lengths, identity) == key
    }

    /// Validate a handshake message and take it into the state.
    pub(super) fn accept(&mut self, message: &Message) -> Result<HubAccepted, MlsError> {
        match self.check(message, &[])? {
            Handshake::Proposal(proposal) => {
                let reference = reference(proposal.id);
                self.take_proposals(CheckedProposals(vec![proposal]));
                Ok(HubAccepted::Proposal { reference })
            }
            Handshake::Commit(commit) => Ok(HubAccepted::Commit(
                self.take_commit(&CheckedCommit(commit)),
            )),
        }
    }

    /// Validate a handshake message. `earlier` are proposals that are to be taken before it.
    fn check(&mut self, message: &Message, earlier: &[Proposal]) -> Result<Handshake, MlsError> {
        let (got, current) = (epoch_of(message)?, self.epoch());
        if got != current {
            return Err(MlsError::WrongEpoch { got, current });
        }
        if message.sealed().is_some() {
            return Err(MlsError::Malformed("not in clear".to_owned()));
        }
        self.work.operations += 1;
        self.work.bytes += message.len();
        match message.kind() {
            Kind::Proposal(proposal) => {
                let lengths = self.version.history().lengths;
                self.work += proposal_checks(&lengths, proposal, self.version.context(), false);
                self.check_proposal(proposal, earlier)?;
                Ok(Handshake::Proposal(Proposal::clone(proposal)))
            }
            Kind::Commit(commit) => {
                self.work += commit_checks(commit, CommitReader::Hub);
                self.check_coverage(commit)?;
                Ok(Handshake::Commit(Arc::clone(commit)))
            }
            _ => Err(refused("accept", "not a handshake message")),
        }
    }

    /// Check proposals that stand or fall together.
    pub(super) fn check_proposals(
        &mut self,
        proposals: &[Message],
    ) -> Result<Checked<CheckedProposals>, MlsError> {
        let mut checked = Vec::with_capacity(proposals.len());
        for message in proposals {
            match self.check(message, &checked)? {
                Handshake::Proposal(proposal) => checked.push(proposal),
                Handshake::Commit(_) => return Err(refused("accept", "not a proposal")),
            }
        }
        let sender = match checked.first() {
            Some(first) if checked.iter().all(|p| p.id.sender == first.id.sender) => {
                first.id.sender
            }
            _ => {
                return Err(refused(
                    "accept",
                    "proposals of several senders, or of none",
                ));
            }
        };
        let removed = checked.iter().filter_map(Proposal::removes);
        Ok(Checked {
            sender: sender
                .leaf()
                .map_or_else(Vec::new, |leaf| self.identity(leaf)),
            admits: checked.iter().filter_map(Proposal::adds).collect(),
            excludes: removed.map(|leaf| self.identity(leaf)).collect(),
            leavers: checked
                .iter()
                .filter_map(Proposal::leaver)
                .map(|leaf| self.identity(leaf))
                .collect(),
            app_data: updates_of(checked.iter().filter_map(Proposal::updates)),
            ends: Vec::new(),
            invites: Vec::new(),
            handshake: CheckedProposals(checked),
        })
    }

    fn identity(&self, leaf: u32) -> Vec<u8> {
        self.version
            .look(|state| state.roster.at(state.tree.leaf(leaf)).to_vec())
    }

    /// Propose as an external sender with this signature key, which the proposer's `work` is counted for, that members go.
    pub(super) fn propose_removes(
        &self,
        signature_key: &[u8],
        leaves: &[u32],
        work: &mut Work,
    ) -> Result<Vec<Message>, MlsError> {
        let place = self.version.look(|state| {
            let app_data = state.app_data.as_ref();
            app_data.and_then(|data| data.sender_index(signature_key))
        });
        let place = place.ok_or_else(|| refused("propose", "no external sender of the group"))?;
        let lengths = self.version.history().lengths;
        let proposals = leaves.iter().map(|leaf| {
            let id = ProposalId {
                epoch: self.epoch(),
                sender: Proposer::External(place),
                says: Says::Remove(*leaf),
            };
            let what = What::Remove(*leaf);
            let len = lengths.proposal_message(
                self.version.group_id(),
                SenderLength::External,
                what.length(0),
            );
            work.operations += 1;
            work.signatures += 1;
            work.bytes += len;
            Message::new(len, Kind::Proposal(Box::new(Proposal { id, what })))
        });
        Ok(proposals.collect())
    }

    pub(super) fn take_proposals(&mut self, proposals: CheckedProposals) {
        for proposal in proposals.0 {
            if self.pending.iter().all(|known| known.id != proposal.id) {
                self.pending.push(proposal);
            }
        }
    }

    /// A proposal that no commit can cover must not be cached.
    fn check_proposal(
        &mut self,
        proposal: &Proposal,
        earlier: &[Proposal],
    ) -> Result<(), MlsError> {
        let invalid = |reason| MlsError::InvalidProposal {
            reference: reference(proposal.id),
            reason,
        };
        let about = match &proposal.what {
            What::Remove(leaf) => *leaf,
            What::Update | What::SelfRemove => match proposal.id.sender.leaf() {
                Some(leaf) => leaf,
                None => return Err(invalid(Uncoverable::OtherKind)),
            },
            What::AppData(update) => {
                return self
                    .check_update(update, earlier)
                    .map_err(|error| invalid(Uncoverable::AppData(error)));
            }
            What::Add(package) => {
                let member = self
                    .version
                    .look(|state| state.roster.leaf_of(&state.tree, &package.identity));
                let mut waiting = self.pending.iter().chain(earlier);
                let waits = waiting.any(|known| match &known.what {
                    What::Add(other) => other.identity == package.identity,
                    _ => false,
                });
                return match (member, waits) {
                    (Some(_), _) => Err(invalid(Uncoverable::MemberAlready)),
                    (None, true) => Err(invalid(Uncoverable::AddedAlready)),
                    (None, false) => Ok(()),
                };
            }
        };
        match self.version.look(|state| state.tree.leaf(about).is_blank()) {
            true => Err(invalid(Uncoverable::NoMember)),
            false if proposal.leaver().is_none() && self.leaves_by_itself(about, earlier) => {
                Err(invalid(Uncoverable::Leaves))
            }
            false if proposal.removes().is_some() && !self.somebody_stays(about, earlier) => {
                Err(invalid(Uncoverable::NobodyStays))
            }
            false => Ok(()),
        }
    }

    /// Whether application data can be updated so, together with what waits.
    fn check_update(
        &mut self,
        update: &AppDataUpdate,
        earlier: &[Proposal],
    ) -> Result<(), AppDataError> {
        let waiting = self.pending.iter().chain(earlier);
        let same = waiting
            .filter_map(Proposal::updates)
            .filter(|other| other.component == update.component)
            .map(Arc::as_ref);
        let updates = same.chain([update]);
        let list_bytes = self.version.look(|state| {
            let app_data = state.app_data.as_ref().ok_or(AppDataError::Malformed)?;
            let change = app_data.resolve(updates)?;
            Ok(app_data.lengths_after(&change).rewritten)
        })?;
        self.work.add_list(list_bytes, false);
        Ok(())
    }

    /// Whether a member leaves by SelfRemove.
    fn leaves_by_itself(&self, leaf: u32, earlier: &[Proposal]) -> bool {
        let mut waiting = self.pending.iter().chain(earlier);
        waiting.any(|known| known.leaver() == Some(leaf))
    }

    /// Whether a member would be left to commit once `leaf` is to be removed, too.
    fn somebody_stays(&self, leaf: u32, earlier: &[Proposal]) -> bool {
        let waiting = self.pending.iter().chain(earlier);
        let mut going: BTreeSet<u32> = waiting.filter_map(Proposal::removes).collect();
        going.insert(leaf);
        going.len() < self.health.members as usize
    }

    /// Check a commit with all that comes with it.
    pub(super) fn check_commit(
        &mut self,
        parts: CommitParts<'_, Message>,
    ) -> Result<(Checked<CheckedCommit>, Message), MlsError> {
        let Handshake::Commit(commit) = self.check(parts.commit, &[])? else {
            return Err(refused("accept", "not a commit"));
        };
        let welcomed = match parts.welcome.map(Message::kind) {
            None => commit.key_packages.is_empty(),
            Some(Kind::Welcome(welcome)) => {
                Arc::ptr_eq(&welcome.commit, &commit) && !commit.key_packages.is_empty()
            }
            Some(_) => return Err(MlsError::Malformed("not a Welcome".to_owned())),
        };
        if !welcomed {
            return Err(MlsError::WrongParts("the Welcome is not for those added"));
        }
        let group_info = match parts.group_info {
            SentGroupInfo::Whole(group_info) => group_info.clone(),
            // What is in it is worth nothing here, but for how long it is.
            SentGroupInfo::Partial(_) => Message::group_info_after(&commit),
        };
        self.work.bytes += group_info.len();
        let signed = self.version.history().lengths.signed_context;
        self.work.add_context(
            ContextOperation::CheckGroupInfo {
                context: commit.context,
            },
            signed,
        );
        check_group_info(&commit, parts.group_info)?;
        // The GroupInfo's signature.
        self.work.verifications += 1;
        let outsider = commit.external.then(|| commit.committer_identity.clone());
        let identities = |list: Vec<(u32, Vec<u8>)>| list.into_iter().map(|(_, identity)| identity);
        let checked = Checked {
            sender: commit.committer_identity.clone(),
            admits: identities(ascending(&commit.adds))
                .chain(outsider)
                .collect(),
            excludes: identities(ascending(&commit.removes)).collect(),
            leavers: commit.leavers(),
            app_data: updates_of(&commit.app_data),
            ends: commit.ends.clone(),
            invites: {
                let references = commit
                    .key_packages
                    .iter()
                    .map(|reference| reference.to_vec());
                let identities = commit.adds.iter().map(|(_, identity)| identity.clone());
                identities.zip(references).collect()
            },
            handshake: CheckedCommit(commit),
        };
        Ok((checked, group_info))
    }

    pub(super) fn take_commit(&mut self, CheckedCommit(commit): &CheckedCommit) -> CommitEffect {
        self.work += commit_merged(commit);
        self.version = commit.applied_to(&self.version);
        self.pending.clear();
        self.health = commit.health;
        self.tree_len = commit.tree_len;
        self.list_beside = commit.data_lengths.beside;
        CommitEffect {
            epoch: commit.epoch(),
            committer_leaf: commit.committer,
            committer: commit.committer_identity.clone(),
            external: commit.external,
            adds: ascending(&commit.adds),
            removes: ascending(&commit.removes),
            updates: commit.updates.clone(),
            path: commit.path.is_some(),
            ciphertexts: commit.path.map_or(0, |path| path.ciphertexts as u32),
            health: commit.health,
        }
    }

    /// A commit must cover every cached proposal; of several about one leaf it can carry one, a Remove or SelfRemove before any
    /// Update, and none of the committer's own Updates, which its path replaces. From outside it can cover SelfRemoves alone, and must.
    fn check_coverage(&self, commit: &Commit) -> Result<(), MlsError> {
        let removed = |leaf: u32| commit.removes.iter().any(|(removed, _)| *removed == leaf);
        let updated = |leaf: u32| {
            commit.updates.contains(&leaf) || (commit.path.is_some() && commit.committer == leaf)
        };
        let covered = |proposal: &&Proposal| match proposal.what {
            What::Remove(leaf) => removed(leaf),
            What::SelfRemove => proposal.id.sender.leaf().is_some_and(removed),
            What::Update => {
                let leaf = proposal.id.sender.leaf();
                leaf.is_some_and(|leaf| removed(leaf) || updated(leaf))
            }
            What::Add(_) | What::AppData(_) => commit.references.contains(&proposal.id),
        };
        let due = |proposal: &&Proposal| !commit.external || proposal.leaver().is_some();
        let due = self.pending.iter().filter(due);
        let missing = due.filter(|proposal| !covered(proposal)).count();
        match missing {
            0 => Ok(()),
            missing => Err(MlsError::MissingProposals { missing }),
        }
    }
}

/// Leaves and identities, ascending.
fn ascending(list: &[(u32, Vec<u8>)]) -> Vec<(u32, Vec<u8>)> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list
}

/// A ProposalRef: as long as a hash, and different for different proposals.
fn reference(id: ProposalId) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&id.epoch.to_be_bytes());
    match id.sender {
        Proposer::Member(leaf) => hasher.update(b"member").update(&leaf.to_be_bytes()),
        Proposer::External(place) => hasher.update(b"external").update(&place.to_be_bytes()),
    };
    match id.says {
        Says::Add(package) => hasher.update(b"add").update(&package),
        Says::Remove(leaf) => hasher.update(b"remove").update(&leaf.to_be_bytes()),
        Says::AppData(digest) => hasher.update(b"app data").update(&digest),
        Says::SelfRemove => hasher.update(b"self remove"),
        Says::Update(number) => hasher.update(b"update").update(&number.to_be_bytes()),
    };
    hasher.finalize().as_bytes().to_vec()
}

/// The GroupInfo of the epoch that a commit creates, without the tree.
fn check_group_info(
    commit: &Arc<Commit>,
    sent: SentGroupInfo<'_, Message>,
) -> Result<(), MlsError> {
    let partial = match sent {
        SentGroupInfo::Partial(partial) => partial,
        SentGroupInfo::Whole(group_info) => {
            return match group_info.kind() {
                Kind::GroupInfo(Place::After(other)) if Arc::ptr_eq(other, commit) => Ok(()),
                Kind::GroupInfo(_) => Err(MlsError::WrongParts(
                    "the GroupInfo is of another group or epoch",
                )),
                _ => Err(MlsError::Malformed("not a GroupInfo".to_owned())),
            };
        }
    };
    let lengths = commit.base.history().lengths;
    let is = |bytes: &VLBytes, len: u64| bytes.as_slice().len() as u64 == len;
    match () {
        () if partial.ratchet_tree_presence.is_here() => {
            Err(MlsError::WrongParts("the GroupInfo has the tree in it"))
        }
        () if is(
            &partial.group_info_extensions,
            lengths.group_info_extensions(),
        ) && is(&partial.signature, lengths.signature) =>
        {
            Ok(())
        }
        () => Err(MlsError::Malformed("not a partial GroupInfo".to_owned())),
    }
}
