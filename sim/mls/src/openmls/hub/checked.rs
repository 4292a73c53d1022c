//! What a hub has found to be right and has not taken yet, or has taken and waits for a commit.

use crate::app_data::AppDataUpdate;
use crate::engine::CommitEffect;
use crate::openmls::tree::LeafChanges;
use openmls::prelude::{QueuedProposal, StagedCommit};

/// A proposal that waits for a commit.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) reference: Vec<u8>,
    pub(super) target: Target,
}

impl Pending {
    /// The leaf that it removes.
    pub(super) fn removes(&self) -> Option<u32> {
        match self.target {
            Target::Remove(leaf) | Target::SelfRemove(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// The leaf that leaves by it.
    pub(super) fn leaver(&self) -> Option<u32> {
        match self.target {
            Target::SelfRemove(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// The application data that it updates.
    pub(super) fn updates(&self) -> Option<AppDataUpdate> {
        match &self.target {
            Target::AppData(update) => Some(update.clone()),
            _ => None,
        }
    }

    /// The identity of whoever it adds.
    pub(super) fn adds(&self) -> Option<Vec<u8>> {
        match &self.target {
            Target::Add { identity, .. } => Some(identity.clone()),
            _ => None,
        }
    }
}

/// Proposals found to be right, not cached.
#[derive(Debug)]
pub struct CheckedProposals(pub(super) Vec<CheckedProposal>);

#[derive(Debug)]
pub(super) struct CheckedProposal {
    /// Empty where it is no member.
    pub(super) sender: Vec<u8>,
    pub(super) proposal: Box<QueuedProposal>,
    pub(super) pending: Pending,
}

/// What a pending proposal is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Add the client of this identity, with this signature key.
    Add { identity: Vec<u8>, key: Vec<u8> },
    /// Update this leaf.
    Update(u32),
    /// Remove this leaf.
    Remove(u32),
    /// Remove this leaf, which is the sender's.
    SelfRemove(u32),
    /// Update application data.
    AppData(AppDataUpdate),
}

/// A commit found to be right, not merged.
#[derive(Debug)]
pub struct CheckedCommit {
    pub(super) staged: Box<StagedCommit>,
    pub(super) committer_key: Vec<u8>,
    pub(super) changes: LeafChanges,
    /// The participant list, where it is a new one and kept beside the GroupContext.
    pub(super) list: Option<Vec<u8>>,
    /// What it will have done, but for the tree afterwards.
    pub(super) effect: CommitEffect,
}

/// A handshake message found to be right.
pub(super) enum Handshake {
    Proposal(CheckedProposal),
    Commit(CheckedCommit),
}
