//! What comes to a hub, what it finds in it, and what that does.

use crate::app_data::AppDataUpdate;
use crate::tree_health::TreeHealth;
use crate::wire::PartialGroupInfo;
use serde::{Deserialize, Serialize};
use throng_workloads::time::SimTime;

/// What a commit did to the group, as its hub saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommitEffect {
    /// The epoch that it created.
    pub epoch: u64,
    /// The committer's leaf in the new tree.
    pub committer_leaf: u32,
    /// The committer's identity.
    pub committer: Vec<u8>,
    /// Whether an outsider made it (external commit).
    pub external: bool,
    /// Leaves that were added by proposals, ascending, with their identities.
    pub adds: Vec<(u32, Vec<u8>)>,
    /// Leaves that were removed, ascending, with their identities.
    pub removes: Vec<(u32, Vec<u8>)>,
    /// Leaves that Update proposals refreshed, ascending.
    pub updates: Vec<u32>,
    /// Whether it carried a path.
    pub path: bool,
    /// HPKE ciphertexts in its path.
    pub ciphertexts: u32,
    /// The tree afterwards.
    pub health: TreeHealth,
}

/// What the hub found in a handshake message that it accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubAccepted {
    /// A proposal, cached until a commit covers it.
    Proposal {
        /// Its ProposalRef.
        reference: Vec<u8>,
    },
    /// A commit; the hub's state is at the new epoch.
    Commit(CommitEffect),
}

/// What comes to the hub with a commit.
#[derive(Debug, Clone, Copy)]
pub struct CommitParts<'a, M> {
    /// The commit.
    pub commit: &'a M,
    /// The Welcome for those that it adds.
    pub welcome: Option<&'a M>,
    /// The GroupInfo of the epoch that it creates.
    pub group_info: SentGroupInfo<'a, M>,
}

/// A GroupInfo on its way to a hub that follows the handshakes, without the tree.
#[derive(Debug, Clone, Copy)]
pub enum SentGroupInfo<'a, M> {
    /// All of it.
    Whole(&'a M),
    /// What the hub cannot rebuild.
    Partial(&'a PartialGroupInfo),
}

/// Handshake messages that a hub found to be right and has not taken into its state: whoever checks them can still turn
/// them down for other reasons, and nothing has changed.
#[derive(Debug)]
pub struct Checked<H> {
    /// The identity of the member, or of the client about to be one, that MLS says made them.
    pub sender: Vec<u8>,
    /// Identities of those who are to be members by them: whom they add, ascending by leaf where they have one, and last
    /// whoever comes in from outside by a commit of its own.
    pub admits: Vec<Vec<u8>>,
    /// Identities at the leaves that they remove; one who comes back with a new leaf is among both.
    pub excludes: Vec<Vec<u8>>,
    /// Those among them who go because they said so themselves, by SelfRemove.
    pub leavers: Vec<Vec<u8>>,
    /// Application data that they update.
    pub app_data: Vec<AppDataUpdate>,
    /// Of a commit: the identities of those whom it adds whose leaves have a lifetime that ends, and when.
    pub ends: Vec<(Vec<u8>, SimTime)>,
    /// Of a commit: the identities of those whom it adds, each with the KeyPackageRef by which it does.
    pub invites: Vec<Invite>,
    /// What the engine needs to take them.
    pub handshake: H,
}

/// The identity of somebody whom a commit adds, and the KeyPackageRef by which it does.
pub type Invite = (Vec<u8>, Vec<u8>);
