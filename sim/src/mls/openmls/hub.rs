//! The public state of one group, as MIMI's hub keeps it.

use crate::mimi::wire::{MlsBytes, OpaqueBytes};
use crate::mls::engine::{CommitEffect, HubAccepted, MlsError};
use crate::mls::openmls::crypto::Crypto;
use crate::mls::openmls::error::{malformed, refused};
use crate::mls::openmls::framing::{self, ContentType, Sender};
use crate::mls::openmls::group::{parse, parse_group_info};
use crate::mls::openmls::pending;
use crate::mls::openmls::storage::Storage;
use crate::mls::openmls::tree::{self, LeafChanges, Survey};
use crate::mls::stopwatch::Stopwatch;
use crate::mls::tree_health::NodeState;
use crate::mls::tree_stats::TreeStats;
use crate::mls::tree_work::TreeOperation;
use crate::mls::work::{TreeHealth, Work};
use openmls::framing::Sender as MlsSender;
use openmls::prelude::{
    LeafNodeIndex, ProcessedMessageContent, Proposal, ProposalStore, PublicGroup, QueuedProposal,
    StagedCommit,
};
use std::collections::BTreeSet;

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
}

/// A proposal that waits for a commit.
#[derive(Debug)]
struct Pending {
    reference: Vec<u8>,
    target: Target,
}

/// What a pending proposal is about.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// Add the holder of this signature key.
    Add(Vec<u8>),
    /// Update this leaf.
    Update(u32),
    /// Remove this leaf.
    Remove(u32),
    Other,
}

impl Hub {
    /// Start from a GroupInfo and its tree, whose signatures and hashes are all checked.
    pub(crate) fn begin(
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        measuring: bool,
    ) -> Result<Self, MlsError> {
        let mut stopwatch = Stopwatch::new(measuring);
        let began = stopwatch.begin();
        let mut hub = Self::new(group_info, tree, &mut stopwatch)?;
        stopwatch.end(began);
        hub.stopwatch = stopwatch;
        Ok(hub)
    }

    fn new(
        group_info: &MlsBytes,
        tree: &OpaqueBytes,
        stopwatch: &mut Stopwatch,
    ) -> Result<Self, MlsError> {
        let verifiable = parse_group_info(group_info)?;
        // The hub draws no randomness but for sealing, which mixes in all that is sealed.
        let key = blake3::derive_key("throng 2026 hub", verifiable.group_id().as_slice());
        let crypto = Crypto::new(key);
        let storage = Storage::default();
        let (group, _) = PublicGroup::from_external(
            &crypto,
            &storage,
            tree::decode(tree)?,
            verifiable,
            ProposalStore::new(),
        )
        .map_err(refused("hub"))?;
        let survey = stopwatch.leave_out(|| tree::survey(group.treesync()))?;
        let mut work = Work {
            operations: 1,
            bytes: (group_info.as_slice().len() + tree.as_slice().len()) as u64,
            ..Work::default()
        };
        work.add_tree(TreeOperation::Validate, &survey.stats);
        Ok(Self {
            health: survey.health(),
            survey,
            group,
            crypto,
            storage,
            pending: Vec::new(),
            work,
            stopwatch: Stopwatch::default(),
        })
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

    pub(crate) fn tree(&self) -> Result<OpaqueBytes, MlsError> {
        tree::encode(&self.group.export_ratchet_tree())
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

    /// [`Hub::accept`], with the stopwatch running.
    pub(crate) fn accept_timed(&mut self, message: &MlsBytes) -> Result<HubAccepted, MlsError> {
        let began = self.stopwatch.begin();
        let accepted = self.accept(message);
        self.stopwatch.end(began);
        accepted
    }

    /// Validate a handshake message and take it into the state.
    fn accept(&mut self, message: &MlsBytes) -> Result<HubAccepted, MlsError> {
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
        match processed.into_content() {
            ProcessedMessageContent::ProposalMessage(proposal)
            | ProcessedMessageContent::ExternalJoinProposalMessage(proposal) => {
                self.accept_proposal(*proposal)
            }
            ProcessedMessageContent::StagedCommitMessage(staged)
                if header.content_type == ContentType::Commit =>
            {
                let sender = header.sender.ok_or_else(|| malformed("no sender"))?;
                // The commit follows the header; signature and tags follow the commit.
                let ciphertexts = framing::path_ciphertexts(header.rest)?;
                self.accept_commit(*staged, sender, ciphertexts)
            }
            _ => Err(refused("accept")("not a handshake message")),
        }
    }

    fn accept_proposal(&mut self, proposal: QueuedProposal) -> Result<HubAccepted, MlsError> {
        let reference = proposal.proposal_reference_ref().as_slice().to_vec();
        let target = self.check_proposal(&proposal)?;
        let removes = match target {
            Target::Remove(leaf) => Some((leaf, self.identity(leaf))),
            _ => None,
        };
        if self
            .pending
            .iter()
            .all(|pending| pending.reference != reference)
        {
            self.group
                .add_proposal(&self.storage, proposal)
                .map_err(refused("accept"))?;
            self.pending.push(Pending {
                reference: reference.clone(),
                target,
            });
        }
        Ok(HubAccepted::Proposal { reference, removes })
    }

    /// What OpenMLS checks only when the proposal is committed. A proposal that no commit can cover
    /// must not be cached: every commit would be refused for leaving it out.
    fn check_proposal(&self, proposal: &QueuedProposal) -> Result<Target, MlsError> {
        let member = |leaf: LeafNodeIndex| match self.group.leaf(leaf) {
            Some(_) => Ok(leaf.u32()),
            None => Err(refused("accept")("no member at this leaf")),
        };
        match (proposal.proposal(), proposal.sender()) {
            (Proposal::Remove(remove), _) => {
                let leaf = member(remove.removed())?;
                self.check_somebody_stays(leaf)?;
                Ok(Target::Remove(leaf))
            }
            (Proposal::Update(_), MlsSender::Member(leaf)) => Ok(Target::Update(member(*leaf)?)),
            (Proposal::Add(add), _) => {
                let key = add.key_package().leaf_node().signature_key().as_slice();
                let mut leaves = self.group.treesync().full_leaves();
                let is_member = leaves.any(|(_, leaf)| leaf.signature_key().as_slice() == key);
                let target = Target::Add(key.to_vec());
                if is_member || self.pending.iter().any(|pending| pending.target == target) {
                    return Err(MlsError::AddedAlready);
                }
                Ok(target)
            }
            _ => Ok(Target::Other),
        }
    }

    /// Whether a member would be left to commit once `leaf` is to be removed, too.
    fn check_somebody_stays(&self, leaf: u32) -> Result<(), MlsError> {
        let removed = |pending: &Pending| match pending.target {
            Target::Remove(leaf) => Some(leaf),
            _ => None,
        };
        let mut going: BTreeSet<u32> = self.pending.iter().filter_map(removed).collect();
        going.insert(leaf);
        match going.len() < self.health.members as usize {
            true => Ok(()),
            false => Err(MlsError::NobodyStays),
        }
    }

    fn accept_commit(
        &mut self,
        staged: StagedCommit,
        sender: Sender,
        ciphertexts: Option<u32>,
    ) -> Result<HubAccepted, MlsError> {
        let external = sender == Sender::NewMemberCommit;
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
        let changes = LeafChanges::new(self.group.treesync(), &staged);
        let mut effect = CommitEffect {
            epoch: staged.epoch().as_u64(),
            committer_leaf,
            external,
            path: ciphertexts.is_some(),
            ciphertexts: ciphertexts.unwrap_or(0),
            ..self.effects(&staged, &changes)
        };
        let operation = pending::operation(&staged);
        self.group
            .merge_commit(&self.storage, staged)
            .map_err(refused("accept"))?;
        // Proposals live as long as their epoch, covered or not.
        self.pending.clear();
        effect.committer = self.identity(committer_leaf);
        self.survey = self
            .stopwatch
            .leave_out(|| tree::survey(self.group.treesync()))?;
        self.health = self.survey.health();
        effect.health = self.health;
        self.work.add_tree(operation, &self.survey.stats);
        self.work.ciphertexts += u64::from(effect.ciphertexts);
        Ok(HubAccepted::Commit(effect))
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

/// Leaves that Update proposals of a commit refresh.
fn updated(staged: &StagedCommit) -> impl Iterator<Item = u32> + '_ {
    staged
        .update_proposals()
        .filter_map(|queued| match queued.sender() {
            MlsSender::Member(leaf) => Some(leaf.u32()),
            _ => None,
        })
}
