//! The tables of MIMI: its kinds of packets, its subjects, what it counts, and why it refuses. One place each.

use crate::wire::FrameKind;
use throng_mls::accepted::GROUPS;
use throng_mls::work::UNITS;
use throng_stack::Vocabulary;

/// MIMI's words.
pub static MIMI: Vocabulary = Vocabulary {
    name: "mimi",
    packets: &FrameKind::NAMES,
    units: UNITS,
    details: &[GROUPS],
};

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
    /// Welcomes from which somebody joined.
    pub const WELCOMES: Counter = Counter("welcomes");
    /// Accepted commits made from outside.
    pub const EXTERNAL_COMMITS: Counter = Counter("external_commits");
    /// Commits that hubs refused with wrongEpoch.
    pub const WRONG_EPOCH: Counter = Counter("wrong_epoch");
    /// Handshakes that hubs refused for another reason.
    pub const REFUSED: Counter = Counter("refused");
    /// Application messages refused as too old, to be encrypted anew.
    pub const EPOCH_TOO_OLD: Counter = Counter("epoch_too_old");
}

/// Why something is refused that the drafts have a code of its own for; the others are
/// [`Refusal`](crate::refusal::Refusal)s.
pub mod reasons {
    use super::counters;
    use throng_stack::Reason;

    /// `wrongEpoch`.
    pub static WRONG_EPOCH: Reason = Reason {
        id: "wrong_epoch",
        text: "a proposal of an epoch that is over (proposed again)",
        counter: counters::WRONG_EPOCH,
        always: false,
    };
    /// `epochTooOld`.
    pub static EPOCH_TOO_OLD: Reason = Reason {
        id: "epoch_too_old",
        text: "a message of an epoch that is too old (encrypted again)",
        counter: counters::EPOCH_TOO_OLD,
        always: true,
    };
}
