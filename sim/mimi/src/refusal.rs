//! Why a provider turns something down.

use crate::vocabulary::counters;
use std::fmt;
use throng_stack::Reason;

/// Declares every refusal once: its variant, the identifier by which rules name it, and what reports call it.
macro_rules! refusals {
    ($($(#[$what:meta])* $variant:ident = $id:literal, $text:literal;)*) => {
        /// Why a hub or provider refused a request, or did not do as a frame says. The draft's codes tell requesters less;
        /// these are for the record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $($(#[$what])* $variant,)*
        }

        impl Refusal {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// What the record and reports call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The same for the record.
            pub fn reason(self) -> &'static Reason {
                match self {
                    $(Self::$variant => {
                        static REASON: Reason = Reason {
                            id: $id,
                            text: $text,
                            counter: counters::REFUSED,
                            always: false,
                        };
                        &REASON
                    })*
                }
            }
        }
    };
}

refusals! {
    /// The body is not what its endpoint takes.
    MalformedFrame = "malformed_frame", "malformed frame";
    /// An MLS message in it cannot be read.
    MalformedMessage = "malformed_message", "malformed MLS message";
    /// MLS forbids it.
    Mls = "mls", "refused by MLS";
    /// The commit leaves out proposals that wait.
    MissingProposals = "missing_proposals", "commit without pending proposals";
    /// No commit could cover the proposal.
    InvalidProposal = "invalid_proposal", "proposal that no commit can cover";
    /// Another has proposed to add the same client, and its proposal waits.
    AddedAlready = "added_already", "a proposal to add whom another had just proposed (looked at again)";
    /// With what waits it would leave nobody who could commit.
    NobodyStays = "nobody_stays", "a proposal to remove the last who could commit (looked at again)";
    /// Welcome or GroupInfo are not those of the commit.
    WrongParts = "wrong_parts", "Welcome or GroupInfo not of the commit";
    /// A partial GroupInfo, which this hub does not complete.
    PartialGroupInfo = "partial_group_info", "a partial GroupInfo, which this hub does not complete";
    /// The room does not exist.
    NoSuchRoom = "no_such_room", "no such room";
    /// The room exists already.
    RoomExists = "room_exists", "the room exists already";
    /// The group handed over is not the room's, or not its creator's.
    WrongGroup = "wrong_group", "a group that is not the room's";
    /// Who MLS says made it is not who sent it.
    ForeignSender = "foreign_sender", "sent by another than made it";
    /// The identity of somebody who is to be a member names no client.
    NoClient = "no_client", "an identity that names no client";
    /// A client would be a member twice.
    MemberTwice = "member_twice", "a client that would be a member twice";
    /// Whoever sends is no member, or not one who may do this.
    NoMember = "no_member", "sender is no member";
    /// A signature of the request is wrong.
    BadSignature = "bad_signature", "wrong signature on a request";
    /// Credential, key or name are not the requester's.
    ForeignIdentity = "foreign_identity", "credential, key or name not the requester's";
    /// Another ciphersuite than the room's.
    OtherSuite = "other_suite", "another ciphersuite than the room's";
    /// The user asked for is not known here.
    UserUnknown = "user_unknown", "user not known here";
    /// The client has no account here.
    NoAccount = "no_account", "client without an account here";
    /// A frame that its sender may not send here.
    UnexpectedFrame = "unexpected_frame", "frame that its sender may not send here";
    /// A header that the frame needs is missing.
    MissingHeader = "missing_header", "frame without the headers that it needs";
    /// An acknowledgement of what was never sent.
    BeyondEnd = "beyond_end", "acknowledgement of what was never sent";
    /// An answer to what was not asked.
    Unasked = "unasked", "answer to what was not asked";
    /// It came long before what goes before it.
    TooEarly = "too_early", "event far ahead of those before it";
    /// Something could not be encoded or sealed.
    Unanswerable = "unanswerable", "an answer that could not be made";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
