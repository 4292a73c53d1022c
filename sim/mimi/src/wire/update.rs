//! `POST /update/{roomId}`: commits and proposals on their way to the hub
//! (draft-ietf-mimi-protocol-06, "Update Room State").

use super::identity::ProposalRef;
use super::ratchet_tree::RatchetTreeOption;
use std::io::{Read, Write};
use throng_mls::wire::PartialGroupInfo;
use throng_mls::wire::embedded::{
    BareGroupInfo, BareWelcome, Embedded, EmbeddedMessage, require, require_all,
};
use tls_codec::{Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize};

/// A handshake message and what the hub needs with it. No field says which of the two it is: the
/// receiver sees that from the content type of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeBundle<M: EmbeddedMessage> {
    /// A commit.
    Commit {
        /// The commit, `proposalOrCommit`.
        commit: M,
        /// For those whom the commit adds; without the ratchet tree.
        welcome: Option<BareWelcome<M>>,
        /// For those who will join by external commit; without the ratchet tree.
        group_info: GroupInfoOption<M>,
        /// The tree that the commit makes.
        ratchet_tree: RatchetTreeOption<M::Opaque>,
    },
    /// One or more proposals.
    Proposal {
        /// The first proposal, `proposalOrCommit`.
        proposal: M,
        /// Further proposals that stand or fall with it.
        more_proposals: Vec<M>,
    },
}

impl<M: EmbeddedMessage> HandshakeBundle<M> {
    /// The commit or the first proposal.
    pub fn message(&self) -> &M {
        match self {
            Self::Commit { commit, .. } => commit,
            Self::Proposal { proposal, .. } => proposal,
        }
    }
}

impl<M: EmbeddedMessage> Size for HandshakeBundle<M> {
    fn tls_serialized_len(&self) -> usize {
        match self {
            Self::Commit {
                commit,
                welcome,
                group_info,
                ratchet_tree,
            } => {
                commit.tls_serialized_len()
                    + welcome.tls_serialized_len()
                    + group_info.tls_serialized_len()
                    + ratchet_tree.tls_serialized_len()
            }
            Self::Proposal {
                proposal,
                more_proposals,
            } => proposal.tls_serialized_len() + more_proposals.tls_serialized_len(),
        }
    }
}

impl<M: EmbeddedMessage> Serialize for HandshakeBundle<M> {
    /// Refuses a message that is not what its field says, since the receiver would read on as the
    /// message, not the field, tells it.
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        match self {
            Self::Commit {
                commit,
                welcome,
                group_info,
                ratchet_tree,
            } => {
                require(commit, Embedded::Commit)?;
                Ok(commit.tls_serialize(writer)?
                    + welcome.tls_serialize(writer)?
                    + group_info.tls_serialize(writer)?
                    + ratchet_tree.tls_serialize(writer)?)
            }
            Self::Proposal {
                proposal,
                more_proposals,
            } => {
                require(proposal, Embedded::Proposal)?;
                require_all(more_proposals, Embedded::Proposal)?;
                Ok(proposal.tls_serialize(writer)? + more_proposals.tls_serialize(writer)?)
            }
        }
    }
}

impl<M: EmbeddedMessage> Deserialize for HandshakeBundle<M> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let message = M::tls_deserialize(bytes)?;
        match message.content() {
            Embedded::Commit => Ok(Self::Commit {
                commit: message,
                welcome: Option::tls_deserialize(bytes)?,
                group_info: GroupInfoOption::tls_deserialize(bytes)?,
                ratchet_tree: RatchetTreeOption::tls_deserialize(bytes)?,
            }),
            Embedded::Proposal => {
                let more_proposals = Vec::tls_deserialize(bytes)?;
                require_all(&more_proposals, Embedded::Proposal)?;
                Ok(Self::Proposal {
                    proposal: message,
                    more_proposals,
                })
            }
            found => Err(Error::DecodingError(format!(
                "expected a commit or a proposal, found {found}"
            ))),
        }
    }
}

/// The new epoch's GroupInfo, or what the hub cannot rebuild of it.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum GroupInfoOption<M: EmbeddedMessage> {
    /// All of it.
    #[tls_codec(discriminant = 1)]
    Full(BareGroupInfo<M>),
    /// What does not follow from the handshake messages.
    #[tls_codec(discriminant = 2)]
    Partial(PartialGroupInfo),
}

/// The hub's verdict. On the wire the code comes before the description and decides what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRoomResponse {
    /// For people; may be empty. `string` in the draft, a type that the presentation language does not
    /// have: encoded as `opaque <V>` of UTF-8.
    pub error_description: String,
    /// The verdict.
    pub outcome: UpdateOutcome,
}

/// The hub's verdict on an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// Accepted, and will be fanned out.
    Success {
        /// When, in milliseconds since the epoch of the clock.
        accepted_timestamp: u64,
    },
    /// The group is at another epoch.
    WrongEpoch {
        /// The epoch at which the group is.
        current_epoch: u64,
    },
    /// The policy forbids it.
    NotAllowed,
    /// At least one proposal is invalid.
    InvalidProposal {
        /// Which.
        invalid_proposals: Vec<ProposalRef>,
    },
}

/// The code of an [`UpdateOutcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum UpdateResponseCode {
    /// See [`UpdateOutcome::Success`].
    Success = 0,
    /// See [`UpdateOutcome::WrongEpoch`].
    WrongEpoch = 1,
    /// See [`UpdateOutcome::NotAllowed`].
    NotAllowed = 2,
    /// See [`UpdateOutcome::InvalidProposal`].
    InvalidProposal = 3,
}

impl UpdateOutcome {
    /// The code that goes on the wire.
    pub fn code(&self) -> UpdateResponseCode {
        match self {
            Self::Success { .. } => UpdateResponseCode::Success,
            Self::WrongEpoch { .. } => UpdateResponseCode::WrongEpoch,
            Self::NotAllowed => UpdateResponseCode::NotAllowed,
            Self::InvalidProposal { .. } => UpdateResponseCode::InvalidProposal,
        }
    }
}

impl From<UpdateOutcome> for UpdateRoomResponse {
    /// Without a description.
    fn from(outcome: UpdateOutcome) -> Self {
        Self {
            error_description: String::new(),
            outcome,
        }
    }
}

impl Size for UpdateRoomResponse {
    fn tls_serialized_len(&self) -> usize {
        self.outcome.code().tls_serialized_len()
            + self.error_description.tls_serialized_len()
            + match &self.outcome {
                UpdateOutcome::Success {
                    accepted_timestamp: number,
                }
                | UpdateOutcome::WrongEpoch {
                    current_epoch: number,
                } => number.tls_serialized_len(),
                UpdateOutcome::NotAllowed => 0,
                UpdateOutcome::InvalidProposal { invalid_proposals } => {
                    invalid_proposals.tls_serialized_len()
                }
            }
    }
}

impl Serialize for UpdateRoomResponse {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut written = self.outcome.code().tls_serialize(writer)?;
        written += self.error_description.tls_serialize(writer)?;
        written += match &self.outcome {
            UpdateOutcome::Success {
                accepted_timestamp: number,
            }
            | UpdateOutcome::WrongEpoch {
                current_epoch: number,
            } => number.tls_serialize(writer)?,
            UpdateOutcome::NotAllowed => 0,
            UpdateOutcome::InvalidProposal { invalid_proposals } => {
                invalid_proposals.tls_serialize(writer)?
            }
        };
        Ok(written)
    }
}

impl Deserialize for UpdateRoomResponse {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let code = UpdateResponseCode::tls_deserialize(bytes)?;
        let error_description = String::tls_deserialize(bytes)?;
        let outcome = match code {
            UpdateResponseCode::Success => UpdateOutcome::Success {
                accepted_timestamp: u64::tls_deserialize(bytes)?,
            },
            UpdateResponseCode::WrongEpoch => UpdateOutcome::WrongEpoch {
                current_epoch: u64::tls_deserialize(bytes)?,
            },
            UpdateResponseCode::NotAllowed => UpdateOutcome::NotAllowed,
            UpdateResponseCode::InvalidProposal => UpdateOutcome::InvalidProposal {
                invalid_proposals: Vec::tls_deserialize(bytes)?,
            },
        };
        Ok(Self {
            error_description,
            outcome,
        })
    }
}
