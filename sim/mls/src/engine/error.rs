//! Why MLS refuses.

use crate::app_data::AppDataError;
use crate::credentials::CredentialError;
use crate::tls::Malformed;

/// Why MLS refused.
#[derive(Debug, thiserror::Error)]
pub enum MlsError {
    /// The message belongs to another epoch than the group's.
    #[error("message of epoch {got}, group at epoch {current}")]
    WrongEpoch {
        /// The message's epoch.
        got: u64,
        /// The group's epoch.
        current: u64,
    },
    /// The commit leaves out proposals that the hub requires it to cover.
    #[error("commit leaves out {missing} pending proposals")]
    MissingProposals {
        /// How many.
        missing: usize,
    },
    /// A proposal that no commit of this epoch can cover.
    #[error("invalid proposal: {reason}")]
    InvalidProposal {
        /// Its ProposalRef.
        reference: Vec<u8>,
        /// Why.
        reason: Uncoverable,
    },
    /// What comes with a commit does not belong to it.
    #[error("not what the commit makes: {0}")]
    WrongParts(&'static str),
    /// The message could not be decoded.
    #[error("malformed MLS message: {0}")]
    Malformed(String),
    /// Decryption, a signature, a MAC or a rule of RFC 9420 failed.
    #[error("{operation} refused: {reason}")]
    Refused {
        /// What was tried.
        operation: &'static str,
        /// What the engine says.
        reason: String,
    },
}

impl From<CredentialError> for MlsError {
    fn from(error: CredentialError) -> Self {
        Self::Refused {
            operation: "credential",
            reason: error.to_string(),
        }
    }
}

impl From<Malformed> for MlsError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what.to_owned())
    }
}

/// The refusal of an engine that does not write this down.
pub(super) fn keeps_nothing(what: &str) -> MlsError {
    MlsError::Refused {
        operation: "writing down",
        reason: format!("this engine does not keep {what}"),
    }
}

/// Why no commit of an epoch can cover a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncoverable {
    /// Nobody holds the leaf that it is about.
    #[error("no member at this leaf")]
    NoMember,
    /// It adds a member.
    #[error("the client is a member")]
    MemberAlready,
    /// Another proposal adds the same client, and waits already.
    #[error("the client is about to be a member")]
    AddedAlready,
    /// With those that wait it would have every member removed, and nobody can remove themselves.
    #[error("nobody would be left who could commit")]
    NobodyStays,
    /// It is about a member who leaves by SelfRemove: nothing else about that leaf can be committed.
    #[error("the member leaves by itself")]
    Leaves,
    /// It is neither an Add, an Update, a Remove nor an update of application data; or a SelfRemove where not all members know that.
    #[error("no proposals of this kind are taken")]
    OtherKind,
    /// It updates application data in a way that cannot be, alone or together with those that wait.
    #[error(transparent)]
    AppData(AppDataError),
}
