//! One client's membership of one group: how it begins, what a member makes and what it receives.

mod begin;
mod make;
mod receive;

pub(super) use begin::{create, group_info, join, join_external, warm};
pub(super) use make::{clear_pending, commit, encrypt, merge_pending, propose, withdraw};
pub(super) use receive::{commit_checks, commit_merged, commit_received, process, proposal_checks};

use super::commit::Commit;
use super::message::{Blob, Content, Kind, Message};
use super::proposal::{Proposal, ProposalId, What, updates_of};
use super::refused;
use super::settings::Settings;
use super::version::Version;
use crate::app_data::{AppDataUpdate, ComponentId, Listed};
use crate::engine::{CommitBundle, MlsError};
use crate::secret_tree::SecretTrees;
use crate::tree_health::{NodeState, TreeHealth};
use crate::wire::DomainList;
use std::sync::Arc;

/// A membership of the model.
#[derive(Debug)]
pub struct Group {
    version: Version,
    leaf: u32,
    /// The first epoch whose secrets the member has.
    first_epoch: u64,
    /// An own commit that the hub has not answered; while `joining` it is the external commit that is to
    /// make this a membership.
    pending_commit: Option<Arc<Commit>>,
    joining: bool,
    removed: bool,
    /// In the order in which they were seen.
    pending: Vec<Proposal>,
    /// Own proposals of this epoch, as they were sent.
    proposed: Vec<(Message, ProposalId)>,
    proposals_made: u32,
    secrets: SecretTrees,
}

impl Group {
    pub(super) fn at(settings: &Settings, version: Version, leaf: u32) -> Self {
        let first_epoch = version.epoch();
        let tolerance = settings.epoch_tolerance as usize;
        let secrets = SecretTrees::new(first_epoch, version.leaves(), tolerance);
        Self {
            version,
            leaf,
            first_epoch,
            pending_commit: None,
            joining: false,
            removed: false,
            pending: Vec::new(),
            proposed: Vec::new(),
            proposals_made: 0,
            secrets,
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.version.epoch()
    }

    pub(super) fn own_leaf(&self) -> u32 {
        self.leaf
    }

    pub(super) fn pending_removals(&self) -> Vec<u32> {
        self.pending.iter().filter_map(Proposal::removes).collect()
    }

    pub(super) fn pending_leavers(&self) -> Vec<u32> {
        let mut leavers: Vec<u32> = self.pending.iter().filter_map(Proposal::leaver).collect();
        leavers.sort_unstable();
        leavers
    }

    /// Whether a member leaves by a SelfRemove that is pending.
    fn leaves_by_itself(&self, leaf: u32) -> bool {
        let mut pending = self.pending.iter();
        pending.any(|proposal| proposal.leaver() == Some(leaf))
    }

    pub(super) fn pending_additions(&self) -> Vec<Vec<u8>> {
        let added = |proposal: &Proposal| match &proposal.what {
            What::Add(package) => Some(package.identity.to_vec()),
            _ => None,
        };
        self.pending.iter().filter_map(added).collect()
    }

    pub(super) fn pending_app_data(&self) -> Vec<AppDataUpdate> {
        updates_of(self.pending.iter().filter_map(Proposal::updates))
    }

    pub(super) fn participant(&self, user: &[u8]) -> Listed {
        self.version.participant(user)
    }

    pub(super) fn tree_sources(&self) -> DomainList {
        self.version.tree_sources()
    }

    pub(super) fn component(&self, component: ComponentId) -> Option<Vec<u8>> {
        self.version.component(component)
    }

    pub(super) fn participants(&self) -> Vec<(Vec<u8>, u32)> {
        self.version.participants()
    }

    pub(super) fn participant_at(&self, index: u32) -> Option<(Vec<u8>, u32)> {
        self.version.participant_at(index)
    }

    pub(super) fn pending_proposals(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn members(&self, prefix: &[u8]) -> Vec<(u32, Vec<u8>)> {
        self.version
            .look(|state| state.roster.find(&state.tree, prefix))
    }

    pub(super) fn member(&self, leaf: u32) -> Option<Vec<u8>> {
        self.version.look(|state| {
            let leaf = state.tree.leaf(leaf);
            (!leaf.is_blank()).then(|| state.roster.at(leaf).to_vec())
        })
    }

    pub(super) fn leaves(&self) -> Vec<u32> {
        self.version.look(|state| {
            let tree = &state.tree;
            let filled = |leaf: &u32| !tree.leaf(*leaf).is_blank();
            (0..tree.width()).filter(filled).collect()
        })
    }

    pub(super) fn members_before(&self, leaf: u32) -> u32 {
        let epoch = self.version.epoch();
        self.version.look(|state| state.members_before(epoch, leaf))
    }

    pub(super) fn tree(&self) -> (TreeHealth, Vec<NodeState>) {
        self.version
            .look(|state| (state.tree.health(), state.tree.nodes()))
    }

    pub(super) fn member_count(&self) -> usize {
        self.version
            .look(|state| state.tree.totals().members as usize)
    }

    fn active(&self, operation: &'static str) -> Result<(), MlsError> {
        match (self.joining, self.removed) {
            (true, _) => Err(refused(
                operation,
                "the external commit is not accepted yet",
            )),
            (_, true) => Err(refused(operation, "not a member any more")),
            _ => Ok(()),
        }
    }

    fn identity_len(&self) -> u64 {
        let leaf = self.leaf;
        self.version
            .look(|state| state.roster.at(state.tree.leaf(leaf)).len() as u64)
    }

    /// Go to another version: what belonged to the epoch ends with it.
    fn go_to(&mut self, version: Version) {
        self.secrets.enter(version.epoch(), version.leaves());
        self.version = version;
        self.pending_commit = None;
        self.pending.clear();
        self.proposed.clear();
        self.proposals_made = 0;
    }
}

/// What goes to the hub, and how long it is together.
fn bundle(commit: &Arc<Commit>) -> (CommitBundle<Message>, u64) {
    let group_info = Message::group_info_after(commit);
    let message = Message::new(commit.len(), Kind::Commit(Arc::clone(commit)));
    let bytes = message.len() + group_info.len();
    let bundle = CommitBundle {
        commit: message,
        welcome: None,
        group_info,
    };
    (bundle, bytes)
}

/// What goes beside the Welcome of the pending commit.
pub(super) fn beside_pending_welcome(
    settings: &Settings,
    group: &Group,
) -> Result<Option<Blob>, MlsError> {
    let commit = group.pending_commit.as_ref();
    let commit = commit.ok_or_else(|| refused("commit", "no commit is pending"))?;
    let beside = commit.beside_welcome(settings.tree_in_welcome);
    Ok(beside.map(|len| Blob::new(len, Content::Tree)))
}

/// Nodes and ciphertexts of a commit's path.
fn path_counts(commit: &Commit) -> (u64, u64) {
    commit.path.map_or((0, 0), |path| {
        (u64::from(path.path.nodes.count_ones()), path.ciphertexts)
    })
}
