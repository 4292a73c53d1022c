//! Why a provider turns something down.

use std::fmt;

/// Why a hub or provider refused a request, or did not do as a frame says. The draft's codes tell requesters less; these are for
/// the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The body is not what its endpoint takes.
    MalformedFrame,
    /// An MLS message in it cannot be read.
    MalformedMessage,
    /// MLS forbids it.
    Mls,
    /// The commit leaves out proposals that wait.
    MissingProposals,
    /// No commit could cover the proposal.
    InvalidProposal,
    /// Welcome or GroupInfo are not those of the commit.
    WrongParts,
    /// A partial GroupInfo, which this hub does not complete.
    PartialGroupInfo,
    /// The room does not exist.
    NoSuchRoom,
    /// The room exists already.
    RoomExists,
    /// The group handed over is not the room's, or not its creator's.
    WrongGroup,
    /// Who MLS says made it is not who sent it.
    ForeignSender,
    /// Whoever sends is no member.
    NoMember,
    /// A signature of the request is wrong.
    BadSignature,
    /// Credential, key or name are not the requester's.
    ForeignIdentity,
    /// Another ciphersuite than the room's.
    OtherSuite,
    /// The user asked for is not known here.
    UserUnknown,
    /// The client has no account here.
    NoAccount,
    /// A frame that its sender may not send here.
    UnexpectedFrame,
    /// A header that the frame needs is missing.
    MissingHeader,
    /// An acknowledgement of what was never sent.
    BeyondEnd,
    /// An answer to what was not asked.
    Unasked,
    /// It came long before what goes before it.
    TooEarly,
    /// Something could not be encoded or sealed.
    Unanswerable,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::MalformedFrame,
        Self::MalformedMessage,
        Self::Mls,
        Self::MissingProposals,
        Self::InvalidProposal,
        Self::WrongParts,
        Self::PartialGroupInfo,
        Self::NoSuchRoom,
        Self::RoomExists,
        Self::WrongGroup,
        Self::ForeignSender,
        Self::NoMember,
        Self::BadSignature,
        Self::ForeignIdentity,
        Self::OtherSuite,
        Self::UserUnknown,
        Self::NoAccount,
        Self::UnexpectedFrame,
        Self::MissingHeader,
        Self::BeyondEnd,
        Self::Unasked,
        Self::TooEarly,
        Self::Unanswerable,
    ];

    /// What the record and reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MalformedFrame => "malformed frame",
            Self::MalformedMessage => "malformed MLS message",
            Self::Mls => "refused by MLS",
            Self::MissingProposals => "commit without pending proposals",
            Self::InvalidProposal => "proposal that no commit can cover",
            Self::WrongParts => "Welcome or GroupInfo not of the commit",
            Self::PartialGroupInfo => "a partial GroupInfo, which this hub does not complete",
            Self::NoSuchRoom => "no such room",
            Self::RoomExists => "the room exists already",
            Self::WrongGroup => "a group that is not the room's",
            Self::ForeignSender => "sent by another than made it",
            Self::NoMember => "sender is no member",
            Self::BadSignature => "wrong signature on a request",
            Self::ForeignIdentity => "credential, key or name not the requester's",
            Self::OtherSuite => "another ciphersuite than the room's",
            Self::UserUnknown => "user not known here",
            Self::NoAccount => "client without an account here",
            Self::UnexpectedFrame => "frame that its sender may not send here",
            Self::MissingHeader => "frame without the headers that it needs",
            Self::BeyondEnd => "acknowledgement of what was never sent",
            Self::Unasked => "answer to what was not asked",
            Self::TooEarly => "event far ahead of those before it",
            Self::Unanswerable => "an answer that could not be made",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
