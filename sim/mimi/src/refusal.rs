//! Why a provider turns something down.

use crate::vocabulary::counters;
use crate::wire::Status;
use std::fmt;
use throng_stack::{Failure, Reason};

/// Declares every refusal once: its variant, what else can fail for the same reason, the identifier by which rules name it, and
/// what people read.
macro_rules! refusals {
    ($($(#[$what:meta])* $variant:ident $(| $also:ident)* = $id:literal, $text:literal;)*) => {
        /// Why a hub or provider refused a request, or did not do as a frame says. The draft's codes tell requesters less;
        /// these are for the record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $($(#[$what])* $variant,)*
        }

        impl Refusal {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The same for the record.
            pub fn reason(self) -> &'static Reason {
                REASONS[self as usize]
            }
        }

        /// What the record calls them, in the same order.
        pub static REASONS: &[&Reason] = &[$({
            static REASON: Reason = Reason {
                id: $id,
                text: $text,
                failures: &[Failure::GivenUp $(, Failure::$also)*],
                counter: Some(counters::REFUSED),
            };
            &REASON
        }),*];
    };
}

refusals! {
    /// The body is not what its endpoint takes.
    MalformedFrame | Unreadable = "malformed-frame", "malformed frame";
    /// An MLS message in it cannot be read.
    MalformedMessage | Unreadable = "malformed-MLS-message", "malformed MLS message";
    /// MLS forbids it.
    Mls | Unreadable = "refused-by-MLS", "refused by MLS";
    /// The commit leaves out proposals that wait.
    MissingProposals | Unreadable = "commit-without-pending-proposals", "commit without pending proposals";
    /// A handshake is in clear that is to be encrypted for members and hub alone.
    InClear = "a-handshake-in-clear-that-other-providers-are-not-to-read", "a handshake in clear that other providers are not to read";
    /// A proposal of somebody who leaves is encrypted, so that who joins from outside could not read what it has to cover.
    NotInClear = "an-encrypted-proposal-that-outsiders-have-to-cover", "an encrypted proposal that outsiders have to cover";
    /// No commit could cover the proposal.
    InvalidProposal = "proposal-that-no-commit-can-cover", "proposal that no commit can cover";
    /// Another has proposed to add the same client, and its proposal waits.
    AddedAlready = "a-proposal-to-add-whom-another-had-just-proposed-(looked-at-again)", "a proposal to add whom another had just proposed (looked at again)";
    /// With what waits it would leave nobody who could commit.
    NobodyStays = "a-proposal-to-remove-the-last-who-could-commit-(looked-at-again)", "a proposal to remove the last who could commit (looked at again)";
    /// Welcome or GroupInfo are not those of the commit.
    WrongParts = "Welcome-or-GroupInfo-not-of-the-commit", "Welcome or GroupInfo not of the commit";
    /// The room does not exist.
    NoSuchRoom = "no-such-room", "no such room";
    /// The room exists already.
    RoomExists = "the-room-exists-already", "the room exists already";
    /// The group handed over is not the room's, or not its creator's.
    WrongGroup = "a-group-that-is-not-the-room's", "a group that is not the room's";
    /// Who MLS says made it is not who sent it.
    ForeignSender = "sent-by-another-than-made-it", "sent by another than made it";
    /// The identity of somebody who is to be a member names no client.
    NoClient = "an-identity-that-names-no-client", "an identity that names no client";
    /// A client would be a member twice.
    MemberTwice = "a-client-that-would-be-a-member-twice", "a client that would be a member twice";
    /// Whoever sends is no member, or not one who may do this.
    NoMember = "sender-is-no-member", "sender is no member";
    /// A client would be a member whose user is no participant.
    NoParticipant = "a-client-whose-user-is-no-participant", "a client whose user is no participant";
    /// Somebody would be no participant any more and have clients in the group.
    ActiveParticipant = "a-participant-removed-without-its-clients", "a participant removed without its clients";
    /// A client would come of a user who is being taken off the participant list.
    LeavingParticipant = "a-client-of-a-user-who-is-being-removed-(looked-at-again)", "a client of a user who is being removed (looked at again)";
    /// An external commit takes the last client of somebody whom the hub has accepted off the list, and leaves them on it.
    ListedLeaver = "an-external-commit-that-leaves-who-leaves-on-the-list", "an external commit that leaves who leaves on the list";
    /// It is from a client of somebody who is a participant no more.
    RemovedParticipant = "sent-by-a-participant-who-is-being-removed", "sent by a participant who is being removed";
    /// An update of the room's state that whoever sends it may not make.
    RoomState = "an-update-of-the-room's-state-that-is-not-allowed", "an update of the room's state that is not allowed";
    /// The role of whoever sends it does not allow it.
    Role = "not-allowed-by-the-sender's-role", "not allowed by the sender's role";
    /// Whoever asks for a room's GroupInfo may not come in.
    NotLetIn = "a-GroupInfo-for-one-who-may-not-come-in", "a GroupInfo for one who may not come in";
    /// A signature of the request is wrong.
    BadSignature = "wrong-signature-on-a-request", "wrong signature on a request";
    /// Credential, key or name are not the requester's.
    ForeignIdentity = "credential,-key-or-name-not-the-requester's", "credential, key or name not the requester's";
    /// Another ciphersuite than the room's.
    OtherSuite = "another-ciphersuite-than-the-room's", "another ciphersuite than the room's";
    /// Another protocol than MLS 1.0.
    OtherProtocol = "a-protocol-that-is-not-known-here", "a protocol that is not known here";
    /// The user asked for had an account here, and has none any more.
    UserDeleted = "user-who-is-here-no-more", "user who is here no more";
    /// The user asked for is not known here.
    UserUnknown = "user-not-known-here", "user not known here";
    /// A user asks for KeyPackages more often than one may.
    TooManyKeyPackages = "more-requests-for-KeyPackages-than-one-user-may-make", "more requests for KeyPackages than one user may make";
    /// Whose KeyPackages are asked for has not consented to that.
    NoConsent = "whom-to-add-has-not-consented", "whom to add has not consented";
    /// Whose KeyPackages are asked for has not consented to that in this room.
    NoConsentForRoom = "whom-to-add-has-not-consented-for-this-room", "whom to add has not consented for this room";
    /// The provider keeps no more of what was said about consent.
    ConsentsFull = "more-said-about-consent-than-is-kept", "more said about consent than is kept";
    /// Nobody here knows the provider that somebody would be at.
    ProviderUnknown = "a-provider-that-is-not-known-here", "a provider that is not known here";
    /// What is to be fetched is no asset of a provider that is known here.
    ForeignAsset = "no-asset-of-a-provider-that-is-known-here", "no asset of a provider that is known here";
    /// There is no such asset here.
    NoAsset = "no-such-asset-here", "no such asset here";
    /// There is such an asset already, and it is another.
    AssetExists = "another-asset-of-that-name", "another asset of that name";
    /// An asset is longer than is kept.
    AssetTooLong = "a-longer-asset-than-is-kept", "a longer asset than is kept";
    /// No more is kept of what a user attaches.
    AssetsFull = "more-assets-than-are-kept-of-a-user", "more assets than are kept of a user";
    /// With the asset too much would wait for the client that wants it.
    NoRoomForAsset = "an-asset-for-a-client-for-which-too-much-waits", "an asset for a client for which too much waits";
    /// Somebody waits for as much from elsewhere as one may.
    TooManyErrands = "more-asked-of-others-than-one-may-wait-for", "more asked of others than one may wait for";
    /// The client has no account here.
    NoAccount = "client-without-an-account-here", "client without an account here";
    /// A frame that its sender may not send here.
    UnexpectedFrame = "frame-that-its-sender-may-not-send-here", "frame that its sender may not send here";
    /// A header that the frame needs is missing.
    MissingHeader = "frame-without-the-headers-that-it-needs", "frame without the headers that it needs";
    /// An acknowledgement of what was never sent.
    BeyondEnd = "acknowledgement-of-what-was-never-sent", "acknowledgement of what was never sent";
    /// An answer to what was not asked.
    Unasked = "answer-to-what-was-not-asked", "answer to what was not asked";
    /// It came long before what goes before it.
    TooEarly = "event-far-ahead-of-those-before-it", "event far ahead of those before it";
    /// A body of `/notify` with several events in it is longer than is taken.
    BodyTooLarge = "more-events-in-one-body-than-are-taken", "more events in one body than are taken";
    /// A ratchet tree is asked for by a URL for which there is none, or none any more, or that was given to another.
    TreeGone = "a-ratchet-tree-that-is-not-there-(any-more)", "a ratchet tree that is not there (any more)";
    /// A ratchet tree is asked for that is not at the room's hub.
    TreeElsewhere = "a-ratchet-tree-that-is-not-at-the-room's-hub", "a ratchet tree that is not at the room's hub";
    /// The client has more KeyPackages here than the provider keeps for one.
    StoreFull = "more-KeyPackages-than-are-kept-for-a-client", "more KeyPackages than are kept for a client";
    /// More waits for the client than the provider keeps for one.
    QueueFull = "more-than-is-kept-for-a-client-that-does-not-come", "more than is kept for a client that does not come";
    /// A message is reported that the hub never stamped, or not as the report has it.
    NotStamped = "a-report-of-a-message-that-the-hub-did-not-stamp-so", "a report of a message that the hub did not stamp so";
    /// A message is reported that somebody else said, or somewhere else.
    ReportOfAnother = "a-report-of-a-message-of-another-user-or-room", "a report of a message of another user or room";
    /// A report has more messages in it than a handful.
    TooManyReported = "more-messages-than-one-report-may-hold", "more messages than one report may hold";
    /// Something could not be encoded or sealed.
    Unanswerable = "an-answer-that-could-not-be-made", "an answer that could not be made";
}

impl Refusal {
    /// The status of HTTP that says it, where nothing else does.
    pub fn status(self) -> u16 {
        match self {
            Self::NoAccount => 401,
            Self::ForeignSender | Self::ForeignIdentity | Self::NoMember | Self::ForeignAsset => {
                403
            }
            Self::NoSuchRoom
            | Self::UserUnknown
            | Self::ProviderUnknown
            | Self::NoAsset
            | Self::TreeGone => 404,
            Self::AssetExists => 409,
            Self::UserDeleted => 410,
            Self::TooManyReported | Self::AssetTooLong | Self::BodyTooLarge => 413,
            Self::NotStamped | Self::ReportOfAnother => 422,
            Self::TooEarly | Self::Unanswerable => 503,
            Self::StoreFull
            | Self::QueueFull
            | Self::ConsentsFull
            | Self::AssetsFull
            | Self::TooManyErrands
            | Self::NoRoomForAsset => 507,
            _ => 400,
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status()).unwrap_or(Self::BAD_REQUEST)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason().text)
    }
}
