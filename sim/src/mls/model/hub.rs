//! The public state of one group, as MIMI's hub keeps it.

use super::commit::Commit;
use super::group::{commit_checks, commit_merged, epoch_of, proposal_checks};
use super::message::{Blob, Content, Kind, Message};
use super::proposal::{Proposal, ProposalId, Says, What};
use super::refused;
use super::version::Version;
use crate::mls::engine::{CommitEffect, HubAccepted, MlsError};
use crate::mls::tree_health::NodeState;
use crate::mls::tree_work::TreeOperation;
use crate::mls::work::{TreeHealth, Work};
use std::collections::BTreeSet;

/// A hub's view of a group in the model.
#[derive(Debug)]
pub struct Hub {
    version: Version,
    pending: Vec<Proposal>,
    health: TreeHealth,
    tree_len: u64,
    pub(super) work: Work,
}

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
        let stats = hub.version.look(|state| state.tree.stats());
        hub.work.add_tree(TreeOperation::Validate, &stats);
        Ok(hub)
    }

    /// A hub that is there already.
    pub(super) fn at(version: Version) -> Self {
        let (health, tree_len) =
            version.look(|state| (state.tree.health(), state.tree.encoded_len()));
        Self {
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
        Blob::new(self.tree_len, Content::Tree)
    }

    pub(super) fn members(&self) -> Vec<(u32, Vec<u8>)> {
        self.version
            .look(|state| state.roster.find(&state.tree, b""))
    }

    /// Validate a handshake message and take it into the state.
    pub(super) fn accept(&mut self, message: &Message) -> Result<HubAccepted, MlsError> {
        let (got, current) = (epoch_of(message)?, self.epoch());
        if got != current {
            return Err(MlsError::WrongEpoch { got, current });
        }
        self.work.operations += 1;
        self.work.bytes += message.len();
        match message.kind() {
            Kind::Proposal(proposal) => self.accept_proposal(proposal),
            Kind::Commit(commit) => self.accept_commit(commit),
            _ => Err(refused("accept", "not a handshake message")),
        }
    }

    fn accept_proposal(&mut self, proposal: &Proposal) -> Result<HubAccepted, MlsError> {
        self.work += proposal_checks(proposal);
        self.check_proposal(proposal)?;
        if self.pending.iter().all(|known| known.id != proposal.id) {
            self.pending.push(proposal.clone());
        }
        let removes = match proposal.what {
            What::Remove(leaf) => Some((leaf, self.identity(leaf))),
            _ => None,
        };
        Ok(HubAccepted::Proposal {
            reference: reference(proposal.id),
            removes,
        })
    }

    /// A proposal that no commit can cover must not be cached.
    fn check_proposal(&self, proposal: &Proposal) -> Result<(), MlsError> {
        let about = match &proposal.what {
            What::Remove(leaf) => *leaf,
            What::Update => proposal.id.sender,
            What::Add(package) => {
                let member = self
                    .version
                    .look(|state| state.roster.leaf_of(&state.tree, &package.identity));
                let pending = self.pending.iter().any(|known| match &known.what {
                    What::Add(other) => other.identity == package.identity,
                    _ => false,
                });
                return match member.is_some() || pending {
                    true => Err(MlsError::AddedAlready),
                    false => Ok(()),
                };
            }
        };
        match self.version.look(|state| state.tree.leaf(about).is_blank()) {
            true => Err(refused("accept", "no member at this leaf")),
            false if matches!(proposal.what, What::Remove(_)) => self.check_somebody_stays(about),
            false => Ok(()),
        }
    }

    /// Whether a member would be left to commit once `leaf` is to be removed, too.
    fn check_somebody_stays(&self, leaf: u32) -> Result<(), MlsError> {
        let removed = |proposal: &Proposal| match proposal.what {
            What::Remove(leaf) => Some(leaf),
            _ => None,
        };
        let mut going: BTreeSet<u32> = self.pending.iter().filter_map(removed).collect();
        going.insert(leaf);
        match going.len() < self.health.members as usize {
            true => Ok(()),
            false => Err(MlsError::NobodyStays),
        }
    }

    fn identity(&self, leaf: u32) -> Vec<u8> {
        self.version
            .look(|state| state.roster.at(state.tree.leaf(leaf)).to_vec())
    }

    fn accept_commit(&mut self, commit: &Commit) -> Result<HubAccepted, MlsError> {
        self.work += commit_checks(commit);
        if !commit.external {
            self.check_coverage(commit)?;
        }
        self.work += commit_merged(commit);
        self.version = self.version.after(commit);
        self.pending.clear();
        self.health = commit.health;
        self.tree_len = commit.tree_len;
        let ascending = |list: &[(u32, Vec<u8>)]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list
        };
        Ok(HubAccepted::Commit(CommitEffect {
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
        }))
    }

    /// A commit must cover every cached proposal; of several about one leaf it can carry one, a Remove before any
    /// Update, and none of the committer's own Updates, which its path replaces.
    fn check_coverage(&self, commit: &Commit) -> Result<(), MlsError> {
        let removed = |leaf: u32| commit.removes.iter().any(|(removed, _)| *removed == leaf);
        let updated = |leaf: u32| {
            commit.updates.contains(&leaf) || (commit.path.is_some() && commit.committer == leaf)
        };
        let covered = |proposal: &&Proposal| match proposal.what {
            What::Remove(leaf) => removed(leaf),
            What::Update => removed(proposal.id.sender) || updated(proposal.id.sender),
            What::Add(_) => commit.references.contains(&proposal.id),
        };
        let missing = self.pending.iter().filter(|p| !covered(p)).count();
        match missing {
            0 => Ok(()),
            missing => Err(MlsError::MissingProposals { missing }),
        }
    }
}

/// A ProposalRef: as long as a hash, and different for different proposals.
fn reference(id: ProposalId) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&id.epoch.to_be_bytes());
    hasher.update(&id.sender.to_be_bytes());
    match id.says {
        Says::Add(package) => hasher.update(b"add").update(&package),
        Says::Remove(leaf) => hasher.update(b"remove").update(&leaf.to_be_bytes()),
        Says::Update(number) => hasher.update(b"update").update(&number.to_be_bytes()),
    };
    hasher.finalize().as_bytes().to_vec()
}
