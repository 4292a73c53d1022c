//! What somebody is to make, and what comes of it.

use crate::app_data::AppDataUpdate;

/// A KeyPackage as its maker publishes it.
#[derive(Debug, Clone)]
pub struct KeyPackage<M> {
    /// The MLSMessage that holds it.
    pub message: M,
    /// Its KeyPackageRef (RFC 9420, section 5.2).
    pub reference: Vec<u8>,
}

/// What a commit shall do besides covering the pending proposals.
#[derive(Debug, Clone)]
pub struct CommitPlan<'a, M> {
    /// KeyPackages to add by value.
    pub adds: &'a [M],
    /// Leaf indices to remove by value.
    pub removes: &'a [u32],
    /// Application data to update by value.
    pub app_data: &'a [AppDataUpdate],
    /// Carry a path even where RFC 9420 does not ask for one.
    pub force_path: bool,
}

/// What a committer sends to the hub.
#[derive(Debug, Clone)]
pub struct CommitBundle<M> {
    /// The commit.
    pub commit: M,
    /// The Welcome for those that it adds.
    pub welcome: Option<M>,
    /// The GroupInfo of the new epoch, without the tree, with the external public key.
    pub group_info: M,
}

/// What a member proposes.
#[derive(Debug, Clone)]
pub enum ProposalPlan<'a, M> {
    /// Add the client of this KeyPackage.
    Add(&'a M),
    /// Remove the member at this leaf.
    Remove(u32),
    /// Refresh the proposer's own leaf.
    Update,
    /// Update application data.
    AppData(&'a AppDataUpdate),
    /// Leave: others are to remove the proposer.
    SelfRemove,
}

/// What an external commit shall do besides letting its maker in.
#[derive(Debug, Clone, Copy)]
pub struct ExternalPlan<'a, M> {
    /// Proposals that wait for a commit. It covers every SelfRemove among them, by reference, and nothing else of them; not the
    /// one of the joiner's own old leaf either, which it removes by value.
    pub pending: &'a [M],
    /// Application data to update by value.
    pub app_data: &'a [AppDataUpdate],
}

impl<M> ExternalPlan<'_, M> {
    /// Nothing else.
    pub const NOTHING: Self = Self {
        pending: &[],
        app_data: &[],
    };
}
