//! Commits: whether they are right with all that comes with them, and what they do.

use super::Hub;
use super::checked::{CheckedCommit, Handshake, Pending, Target};
use crate::context_work::{CommitReader, ContextOperation};
use crate::engine::{Checked, CommitEffect, CommitParts, Invite, MlsError, SentGroupInfo};
use crate::openmls::app_data;
use crate::openmls::credentials;
use crate::openmls::error::{malformed, refused};
use crate::openmls::framing::{self, Sender};
use crate::openmls::group::context_len;
use crate::openmls::labelled;
use crate::openmls::pending;
use crate::openmls::tree::{self, LeafChanges};
use crate::terms::Lifetime;
use crate::tree_work::TreeOperation;
use crate::wire::{MlsBytes, leaf_node};
use openmls::framing::Sender as MlsSender;
use openmls::prelude::{LeafNodeIndex, Proposal, StagedCommit};
use throng_workloads::time::SimTime;
use tls_codec::Serialize as _;

/// Hubs have the tree.
const WITH_TREE: MlsError = MlsError::WrongParts("the GroupInfo has the tree in it");

/// Identities of those whom a commit adds whose leaves have a lifetime that ends, and when.
fn ends(staged: &StagedCommit) -> Vec<(Vec<u8>, SimTime)> {
    let added = staged.add_proposals();
    let added = added.filter_map(|queued| {
        let package = queued.add_proposal().key_package();
        let lifetime = Lifetime::read(leaf_node::Lifetime {
            not_before: package.life_time().not_before(),
            not_after: package.life_time().not_after(),
        });
        let ends = lifetime != Lifetime::ALWAYS;
        ends.then(|| (tree::identity(package.leaf_node()), lifetime.end()))
    });
    added.collect()
}

impl Hub {
    /// Check a commit that OpenMLS found to be right.
    pub(super) fn check_commit_message(
        &mut self,
        staged: StagedCommit,
        header: &framing::Header<'_>,
    ) -> Result<CheckedCommit, MlsError> {
        let sender = header.sender.ok_or_else(|| malformed("no sender"))?;
        let external = sender == Sender::NewMemberCommit;
        let committer = match sender {
            Sender::Member(leaf) => {
                credentials::Committer::Member(self.group.leaf(LeafNodeIndex::new(leaf)))
            }
            _ => credentials::Committer::Outsider,
        };
        self.credentials
            .validate_commit(&self.crypto, &staged, committer)?;
        self.count_context(ContextOperation::ReadCommit {
            before: context_len(self.group.group_context()),
            after: context_len(staged.group_context()),
            by: CommitReader::Hub,
            external,
        });
        // The commit follows the header; signature and tags follow the commit.
        let ciphertexts = framing::path_ciphertexts(header.rest)?;
        self.check_coverage_of(staged, sender, ciphertexts)
    }

    /// Check a commit with all that comes with it.
    pub(crate) fn check_commit(
        &mut self,
        parts: CommitParts<'_, MlsBytes>,
    ) -> Result<(Checked<CheckedCommit>, MlsBytes), MlsError> {
        let Handshake::Commit(commit) = self.check(parts.commit, &[])? else {
            return Err(refused("accept")("not a commit"));
        };
        let invites = self.check_welcome(&commit.staged, parts.welcome)?;
        let group_info = self.check_group_info(parts, &commit)?;
        let effect = &commit.effect;
        let outsider = effect.external.then_some(&effect.committer);
        let added = effect.adds.iter().map(|(_, identity)| identity);
        let removed = effect.removes.iter().map(|(_, identity)| identity);
        let checked = Checked {
            sender: effect.committer.clone(),
            admits: added.chain(outsider).cloned().collect(),
            excludes: removed.cloned().collect(),
            leavers: {
                let mut leavers: Vec<u32> =
                    tree::leavers(commit.staged.queued_proposals()).collect();
                leavers.sort_unstable();
                let identities = leavers.into_iter().map(|leaf| self.identity(leaf));
                identities.collect()
            },
            app_data: commit
                .staged
                .queued_proposals()
                .filter_map(|queued| app_data::update(queued.proposal()))
                .collect(),
            ends: ends(&commit.staged),
            invites,
            handshake: commit,
        };
        Ok((checked, group_info))
    }

    /// A Welcome exactly where somebody is added, and for those: who that is, and by which KeyPackage.
    fn check_welcome(
        &self,
        staged: &StagedCommit,
        welcome: Option<&MlsBytes>,
    ) -> Result<Vec<Invite>, MlsError> {
        let invites = staged.add_proposals().map(|queued| {
            let package = queued.add_proposal().key_package();
            let reference = package.hash_ref(&self.crypto).map_err(refused("accept"))?;
            let identity = tree::identity(package.leaf_node());
            Ok((identity, reference.as_slice().to_vec()))
        });
        let invites = invites.collect::<Result<Vec<Invite>, MlsError>>()?;
        let mut added: Vec<&[u8]> = invites
            .iter()
            .map(|(_, reference)| &reference[..])
            .collect();
        let mut welcomed = match welcome {
            Some(welcome) => framing::welcome_references(welcome.as_slice())?,
            None => Vec::new(),
        };
        added.sort_unstable();
        welcomed.sort_unstable();
        match added == welcomed && welcome.is_some() != added.is_empty() {
            true => Ok(invites),
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
        self.count_context(ContextOperation::CheckGroupInfo {
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
                    | Proposal::SelfRemove
                    | Proposal::ExternalInit(_)
            ) || app_data::update(proposal).is_some()
        };
        if !staged
            .queued_proposals()
            .all(|queued| taken(queued.proposal()))
        {
            return Err(refused("accept")("a proposal of a kind that is not taken"));
        }
        let committer_leaf = match sender {
            Sender::Member(leaf) => leaf,
            _ => self
                .group
                .ext_commit_sender_index(&staged)
                .map_err(refused("accept"))?
                .u32(),
        };
        // OpenMLS looks for the committer among those whom others remove.
        if !external && tree::removed(&staged).any(|leaf| leaf == committer_leaf) {
            return Err(refused("accept")("a committer cannot remove itself"));
        }
        self.check_coverage(&staged, committer_leaf, external)?;
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

    /// A commit must cover every cached proposal. As RFC 9420, section 12.2 has it, of several
    /// proposals about one leaf it can carry only one, and none of the committer's own Updates,
    /// which its path replaces; those count as covered. A Remove is covered by nothing but a Remove:
    /// whoever is to go and does not know it yet cannot commit themselves back into the room. From outside a commit can cover
    /// SelfRemoves alone, and must (draft-ietf-mls-extensions, "SelfRemove Proposal").
    fn check_coverage(
        &self,
        staged: &StagedCommit,
        committer: u32,
        external: bool,
    ) -> Result<(), MlsError> {
        let removed: Vec<u32> = tree::removed(staged).collect();
        let mut leaves = removed.clone();
        leaves.extend(updated(staged));
        if staged.update_path_leaf_node().is_some() {
            leaves.push(committer);
        }
        let covered = |pending: &&Pending| match &pending.target {
            Target::Update(leaf) => leaves.contains(leaf),
            Target::Remove(leaf) | Target::SelfRemove(leaf) => removed.contains(leaf),
            _ => staged
                .queued_proposals()
                .any(|queued| queued.proposal_reference_ref().as_slice() == pending.reference),
        };
        let due = |pending: &&Pending| !external || pending.leaver().is_some();
        let due = self.pending.iter().filter(due);
        match due.filter(|pending| !covered(pending)).count() {
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
