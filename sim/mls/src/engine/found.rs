//! What somebody finds in messages: a member, all who only receive, whoever reads what is in clear.

use crate::app_data::AppDataUpdate;
use crate::wire::SafeAadItem;
use crate::work::Work;

/// What a proposal in clear says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposed {
    /// Remove the member at this leaf.
    Remove(u32),
    /// Update application data.
    AppData(AppDataUpdate),
    /// Its sender leaves.
    SelfRemove,
    /// Anything else.
    Other,
}

/// What a member found in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processed {
    /// An application message, decrypted.
    Application {
        /// The content.
        content: Vec<u8>,
        /// The epoch in which it was encrypted.
        epoch: u64,
        /// The sender's leaf.
        sender: u32,
        /// The items of Safe AAD beside it, ascending by component.
        safe_aad: Vec<SafeAadItem>,
    },
    /// A proposal, now pending.
    Proposal,
    /// A commit, merged: the group is at `epoch` now, unless the member itself was removed.
    Commit {
        /// The new epoch.
        epoch: u64,
        /// Whether this member was removed by it; the group is then of no more use.
        removed: bool,
        /// Whether an outsider made it: pending proposals are void then.
        external: bool,
        /// The leaf of the member who made it, in the tree before it.
        committer: Option<u32>,
    },
}

/// What passive members found in a message of the group, all of them alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The sender's leaf, where it decides what processing takes.
    pub sender: Option<u32>,
    /// What processing it takes a member, by the height at which its leaf and the sender's meet; heights
    /// beyond the last entry are as that.
    pub work: Vec<Work>,
    /// What it was.
    pub what: HeardWhat,
}

/// What a message was that passive members received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeardWhat {
    /// An application message.
    Application {
        /// The epoch in which it was encrypted.
        epoch: u64,
        /// Length of its content in bytes.
        bytes: u64,
    },
    /// A proposal.
    Proposal,
    /// A commit, merged.
    Commit {
        /// The new epoch.
        epoch: u64,
        /// The epoch authenticator that all of them have, where the engine has secrets.
        authenticator: Option<Vec<u8>>,
    },
}
