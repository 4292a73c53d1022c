//! The tables of MIMI: its subjects, what it counts, and why something fails. One place each; [`MIMI`](crate::stack::MIMI) is all
//! of them together.

/// What events are about.
pub mod subjects {
    use throng_stack::Subject;
    use throng_stack::vocabulary::SubjectClass;

    /// An application message.
    pub static MESSAGE: Subject = Subject {
        id: "message",
        class: SubjectClass::Message,
    };
    /// A commit.
    pub static COMMIT: Subject = Subject {
        id: "commit",
        class: SubjectClass::Change,
    };
    /// Proposals.
    pub static PROPOSAL: Subject = Subject {
        id: "proposal",
        class: SubjectClass::Proposal,
    };

    /// Application messages whose content is known to those who send and read them: something that people say, and of which kind it is.
    const fn said(id: &'static str) -> Subject {
        Subject {
            id,
            class: SubjectClass::Message,
        }
    }
    /// Something new.
    pub static TEXT: Subject = said("text");
    /// A text about an earlier message.
    pub static REPLY: Subject = said("reply");
    /// A sign about an earlier message.
    pub static REACTION: Subject = said("reaction");
    /// Another text in the place of an earlier one.
    pub static EDIT: Subject = said("edit");
    /// Nothing in the place of an earlier message.
    pub static DELETE: Subject = said("delete");
    /// Something that is elsewhere.
    pub static ATTACHMENT: Subject = said("attachment");

    /// The same of what clients say by themselves.
    const fn noticed(id: &'static str) -> Subject {
        Subject {
            id,
            class: SubjectClass::Notice,
        }
    }
    /// What became of messages.
    pub static STATUS: Subject = noticed("status");
    /// That somebody writes.
    pub static TYPING: Subject = noticed("typing");

    /// All of them.
    pub static ALL: [&Subject; 11] = [
        &MESSAGE,
        &COMMIT,
        &PROPOSAL,
        &TEXT,
        &REPLY,
        &REACTION,
        &EDIT,
        &DELETE,
        &ATTACHMENT,
        &STATUS,
        &TYPING,
    ];
}

/// What is only counted.
pub mod counters {
    use throng_stack::Counter;

    /// KeyPackages published.
    pub const KEY_PACKAGES_PUBLISHED: Counter = Counter("key_packages_published");
    /// KeyPackages handed out.
    pub const KEY_PACKAGES_USED: Counter = Counter("key_packages_used");
    /// KeyPackages dropped because their lifetime ended.
    pub const KEY_PACKAGES_EXPIRED: Counter = Counter("key_packages_expired");
    /// Requests for a KeyPackage where none was left.
    pub const KEY_PACKAGES_EXHAUSTED: Counter = Counter("key_packages_exhausted");
    /// Times that one of last resort was handed out: they are among those handed out.
    pub const KEY_PACKAGES_LAST_RESORT: Counter = Counter("key_packages_last_resort");
    /// KeyPackages that came to somebody who adds nobody.
    pub const KEY_PACKAGES_LOOKED_UP: Counter = Counter("key_packages_looked_up");
    /// Welcomes from which somebody joined.
    pub const WELCOMES: Counter = Counter("welcomes");
    /// Accepted commits made from outside.
    pub const EXTERNAL_COMMITS: Counter = Counter("external_commits");
    /// Commits that hubs refused with wrongEpoch.
    pub const WRONG_EPOCH: Counter = Counter("wrong_epoch");
    /// Handshakes that hubs refused for another reason.
    pub const REFUSED: Counter = Counter("refused");
    /// Events of hubs that propose themselves that members go.
    pub const HUB_PROPOSALS: Counter = Counter("hub_proposals");
    /// Application messages refused as too old, to be encrypted anew.
    pub const EPOCH_TOO_OLD: Counter = Counter("epoch_too_old");
    /// Reports of abuse that hubs took, but for those of nothing new.
    pub const ABUSE_REPORTS: Counter = Counter("abuse_reports");
    /// Messages that were reported in them for the first time by whoever reports them.
    pub const MESSAGES_REPORTED: Counter = Counter("messages_reported");
    /// Users who were asked whether somebody may add them.
    pub const CONSENTS_ASKED: Counter = Counter("consents_asked");
    /// Those who gave it.
    pub const CONSENTS_GIVEN: Counter = Counter("consents_given");
    /// Those who refused it, or took it back.
    pub const CONSENTS_REFUSED: Counter = Counter("consents_refused");
    /// Queries for users that providers answered.
    pub const IDENTIFIER_QUERIES: Counter = Counter("identifier_queries");
    /// Those of them that found somebody.
    pub const IDENTIFIERS_FOUND: Counter = Counter("identifiers_found");
    /// Assets that providers stored for their users.
    pub const ASSETS_STORED: Counter = Counter("assets_stored");
    /// Assets that providers gave out of what they store, each as often as it was.
    pub const ASSETS_SERVED: Counter = Counter("assets_served");
    /// Their bytes.
    pub const ASSET_BYTES_SERVED: Counter = Counter("asset_bytes_served");
    /// Assets that readers got and could decrypt.
    pub const ASSETS_FETCHED: Counter = Counter("assets_fetched");
    /// Their bytes, decrypted.
    pub const ASSET_BYTES_FETCHED: Counter = Counter("asset_bytes_fetched");
    /// Requests for a KeyPackage of a client whose KeyPackage does not fit what was asked for.
    pub const KEY_PACKAGES_UNFIT: Counter = Counter("key_packages_unfit");
    /// Users whose accounts were deleted.
    pub const ACCOUNTS_DELETED: Counter = Counter("accounts_deleted");
    /// KeyPackages that came with consent: they are among those handed out.
    pub const KEY_PACKAGES_GRANTED: Counter = Counter("key_packages_granted");
    /// Ratchet trees that hubs gave to who came for them by a URL.
    pub const TREES_FETCHED: Counter = Counter("trees_fetched");
    /// Those that a provider had for one of its clients and gave to another.
    pub const TREES_SHARED: Counter = Counter("trees_shared");
    /// Those that were asked for and not there any more.
    pub const TREES_GONE: Counter = Counter("trees_gone");
    /// Bodies of several events that a follower would not take, so that its hub sent smaller ones.
    pub const BODIES_TOO_LARGE: Counter = Counter("bodies_too_large");
    /// All of them.
    pub const ALL: [Counter; 31] = [
        KEY_PACKAGES_PUBLISHED,
        KEY_PACKAGES_USED,
        KEY_PACKAGES_EXPIRED,
        KEY_PACKAGES_EXHAUSTED,
        KEY_PACKAGES_LAST_RESORT,
        KEY_PACKAGES_LOOKED_UP,
        WELCOMES,
        EXTERNAL_COMMITS,
        WRONG_EPOCH,
        REFUSED,
        HUB_PROPOSALS,
        EPOCH_TOO_OLD,
        ABUSE_REPORTS,
        MESSAGES_REPORTED,
        CONSENTS_ASKED,
        CONSENTS_GIVEN,
        CONSENTS_REFUSED,
        IDENTIFIER_QUERIES,
        IDENTIFIERS_FOUND,
        ASSETS_STORED,
        ASSETS_SERVED,
        ASSET_BYTES_SERVED,
        ASSETS_FETCHED,
        ASSET_BYTES_FETCHED,
        KEY_PACKAGES_UNFIT,
        ACCOUNTS_DELETED,
        KEY_PACKAGES_GRANTED,
        TREES_FETCHED,
        TREES_SHARED,
        TREES_GONE,
        BODIES_TOO_LARGE,
    ];
}

/// Why something fails that is no [`Refusal`](crate::refusal::Refusal). An identifier stays when its words change: people have rules
/// that name it.
pub mod reasons {
    use super::counters;

    throng_stack::reasons! {
        pub static ALL;

        // What the drafts have codes of their own for: `wrongEpoch` and `epochTooOld`.
        WRONG_EPOCH: GivenUp = "a-proposal-of-an-epoch-that-is-over-(proposed-again)", "a proposal of an epoch that is over (proposed again)", counters::WRONG_EPOCH;
        EPOCH_TOO_OLD = "a-message-of-an-epoch-that-is-too-old-(encrypted-again)", "a message of an epoch that is too old (encrypted again)", counters::EPOCH_TOO_OLD;

        // Wishes.
        TOO_LONG: GivenUp | Unreadable = "frame-too-long-to-encode", "frame too long to encode";
        CLIENT_LOST: GivenUp = "the-client-is-lost", "the client is lost";
        NO_KEY_PACKAGE_MADE: GivenUp = "no-KeyPackage-could-be-made", "no KeyPackage could be made";
        NO_HPKE_KEY: GivenUp = "no-HPKE-key-could-be-made", "no HPKE key could be made";
        UNSIGNED_REQUEST: GivenUp = "a-request-could-not-be-signed", "a request could not be signed";
        NAMELESS_USER: GivenUp = "a-user-without-a-name", "a user without a name";
        NAMELESS_ROOM: GivenUp | Unreadable = "a-room-without-a-name", "a room without a name";
        NO_GROUP_CREATED: GivenUp = "a-group-could-not-be-created", "a group could not be created";
        NO_COMMIT_MADE: GivenUp = "a-commit-could-not-be-made", "a commit could not be made";
        WRONG_KIND_OF_PARTS: GivenUp | Unreadable = "a-commit's-parts-are-of-the-wrong-kind", "a commit's parts are of the wrong kind";
        NO_PROPOSAL_MADE: GivenUp = "a-proposal-could-not-be-made", "a proposal could not be made";
        NOTHING_TO_PROPOSE: GivenUp = "nothing-to-propose", "nothing to propose";
        NO_CHANGE: GivenUp = "not-a-change-of-the-group", "not a change of the group";
        NOBODY_TO_ADD: GivenUp = "nobody-to-add:-no-KeyPackage,-or-members-already", "nobody to add: no KeyPackage, or members already";
        ADDED_BY_ANOTHER: GivenUp = "nobody-to-add:-another-has-proposed-it", "nobody to add: another has proposed it";
        REMOVES_ITSELF: GivenUp = "a-user-cannot-remove-itself", "a user cannot remove itself";
        UNKNOWN_PARTICIPANTS: GivenUp = "pending-updates-of-the-participant-list-cannot-be-read", "pending updates of the participant list cannot be read";
        NOBODY_TO_REMOVE: GivenUp = "whom-to-remove-is-no-member", "whom to remove is no member";
        ROLE_FORBIDS: GivenUp = "the-own-role-does-not-allow-it", "the own role does not allow it";
        NO_OTHER_ROLE: GivenUp = "whom-it-is-about-has-that-role,-or-is-no-participant", "whom it is about has that role, or is no participant";
        NOBODY_TO_FOLLOW: GivenUp = "the-only-one-of-a-role-cannot-leave:-nobody-could-have-it", "the only one of a role cannot leave: nobody could have it";
        LAST_PARTICIPANT: GivenUp = "the-last-participant-cannot-leave:-nobody-could-commit-it", "the last participant cannot leave: nobody could commit it";
        UNENCRYPTED: GivenUp = "a-message-could-not-be-encrypted", "a message could not be encrypted";
        MESSAGE_NOT_ALLOWED: GivenUp = "a-message-was-not-allowed", "a message was not allowed";
        MESSAGE_UNANSWERED: GivenUp = "a-message:-no-answer", "a message: no answer";
        REMOVED_BEFORE_MESSAGE: GivenUp = "a-message:-removed-before-it-could-be-sent", "a message: removed before it could be sent";
        REMOVED_BEFORE_CHANGE: GivenUp = "a-change:-removed-before-it-could-be-made", "a change: removed before it could be made";
        NOTICE_NOT_ALLOWED: GivenUp = "a-report-or-notice-was-not-allowed", "a report or notice was not allowed";
        NOTICE_UNANSWERED: GivenUp = "a-report-or-notice:-no-answer", "a report or notice: no answer";
        REPORT_REFUSED: GivenUp = "a-report-of-abuse-was-not-taken", "a report of abuse was not taken";
        REPORT_UNANSWERED: GivenUp = "a-report-of-abuse:-no-answer", "a report of abuse: no answer";
        REPORT_TOO_LATE: GivenUp = "a-message-to-report-of-which-no-stamp-is-kept-any-more", "a message to report of which no stamp is kept any more";
        ASSET_NOT_STORED: GivenUp = "what-was-attached-could-not-be-stored", "what was attached could not be stored";
        ASSET_UNANSWERED: GivenUp = "what-was-attached:-no-answer", "what was attached: no answer";
        ASSET_REFUSED: GivenUp = "what-was-attached-could-not-be-fetched", "what was attached could not be fetched";
        ASSET_UNREADABLE: GivenUp = "what-was-attached-is-not-what-the-message-says", "what was attached is not what the message says";
        HANDSHAKE_NOT_ALLOWED: GivenUp = "a-handshake-was-not-allowed", "a handshake was not allowed";
        KEY_PACKAGES_UNANSWERED: GivenUp = "KeyPackages:-no-answer", "KeyPackages: no answer";
        CONSENT_REFUSED: GivenUp = "whom-to-add-has-refused", "whom to add has refused";
        CONSENT_UNANSWERED: GivenUp = "consent:-no-answer", "consent: no answer";
        NOT_FOUND: GivenUp = "whom-to-add-was-not-found-by-handle", "whom to add was not found by handle";
        FIND_UNANSWERED: GivenUp = "a-query-for-a-handle:-no-answer", "a query for a handle: no answer";
        KEY_PACKAGE_OVER: GivenUp = "a-KeyPackage-whose-lifetime-does-not-hold", "a KeyPackage whose lifetime does not hold";
        NOT_LOOKED_UP: GivenUp = "a-look-up-that-could-not-be-made:-offline,-or-no-member", "a look-up that could not be made: offline, or no member";
        ALREADY_MEMBER: GivenUp = "already-a-member", "already a member";
        NO_STATE_TO_RESYNC: GivenUp = "resync-of-a-room-without-state", "resync of a room without state";
        NO_ROOM_TO_JOIN: GivenUp = "the-room-to-join-does-not-exist", "the room to join does not exist";
        NOT_LET_IN: GivenUp = "whoever-would-join-is-not-let-in", "whoever would join is not let in";
        ENTRY_NOT_MERGED: GivenUp = "an-accepted-external-commit-could-not-be-merged", "an accepted external commit could not be merged";
        REJOINED_IN_VAIN: GivenUp = "joining-anew-did-not-help", "joining anew did not help";

        // What came, or was kept.
        OTHER_ANSWER: Unreadable = "answer-of-another-kind", "answer of another kind";
        NO_MEMBER: Unreadable = "no-member", "sent to one who is no member";
        OLD_MESSAGE: Unreadable = "message-older-than-the-member-can-read", "message older than the member can read";
        EARLY_MESSAGE: Unreadable = "message-of-an-epoch-not-yet-reached", "message of an epoch not yet reached";
        CONTENT_MALFORMED: Unreadable = "malformed-content", "malformed content";
        WRONG_FRANK: Unreadable = "a-stamp-of-the-hub-that-is-not-the-message's", "a stamp of the hub that is not the message's";
        CONTENT_OF_ANOTHER: Unreadable = "content-of-another-sender", "content of another sender, or of another room";
        CONTENT_TWICE: Unreadable = "content-that-came-before", "content that came before";
        FOREIGN_CHANGE: Unreadable = "an-edit-or-deletion-of-another's-message", "an edit or deletion of another's message";
        WELCOME_TO_MEMBER: Unreadable = "Welcome-to-a-member", "Welcome to a member";
        WELCOME_REFUSED: Unreadable = "Welcome-refused", "Welcome refused";
        GROUP_INFO_UNOPENED: Unreadable = "a-GroupInfo-could-not-be-opened", "a GroupInfo could not be opened";
        TREE_GONE: Unreadable = "a-Welcome-whose-ratchet-tree-is-gone", "a Welcome whose ratchet tree is gone";
        TREE_FROM_ELSEWHERE: Unreadable = "a-ratchet-tree-from-where-the-group-has-none", "a ratchet tree from where the group has none";
        GROUP_INFO_TREELESS: Unreadable = "a-GroupInfo-came-without-its-tree", "a GroupInfo came without its tree";
        NO_EXTERNAL_COMMIT_MADE: Unreadable = "an-external-commit-could-not-be-made", "an external commit could not be made";
        COMMIT_NOT_MERGED: Unreadable = "own-commit-could-not-be-merged", "own commit could not be merged";
        COMMIT_NOT_DROPPED: Unreadable = "own-commit-could-not-be-dropped", "own commit could not be dropped";
        PROPOSALS_NOT_DROPPED: Unreadable = "own-proposals-could-not-be-dropped", "own proposals could not be dropped";
        STATE_NOT_DROPPED: Unreadable = "state-could-not-be-dropped", "state could not be dropped";

        // State of no use.
        COMMIT_UNREADABLE: Rejoining = "a-commit-that-cannot-be-read", "a commit that cannot be read";
        COMMIT_NOT_PROCESSED: Rejoining = "a-commit-that-cannot-be-processed", "a commit that cannot be processed";
        COMMIT_OVERDUE: Rejoining = "a-commit-that-never-came", "a commit that never came";
        COMMITS_NOT_ALLOWED: Rejoining = "commits-that-are-not-allowed", "commits that are not allowed";
        WELCOME_OF_NO_USE: Rejoining = "a-Welcome-that-was-refused", "a Welcome that was refused";
        HANDSHAKE_UNANSWERED: Rejoining = "a-handshake-without-an-answer", "a handshake without an answer";
    }
}
