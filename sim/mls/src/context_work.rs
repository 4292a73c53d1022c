//! What operations do with the GroupContext, as OpenMLS 0.9.2 does it.
//!
//! The GroupContext goes into every signature under a member's message (RFC 9420, section 6.1), every membership tag (section
//! 6.2), every HPKE encryption of a path secret (section 7.6), the key schedule (section 8) and every GroupInfo (section
//! 12.4.3). As long as it has no extensions that is a hundred bytes; with a participant list in it, it is what all of these
//! mostly hash. Both engines count by [`Work::add_context`], from lengths alone.

use crate::work::Work;

/// An operation that takes a GroupContext of so many bytes, or two: that of the epoch it is in, and that of the one it creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextOperation {
    /// A group begins: its joiner secret and its epoch secret are derived.
    Create {
        /// Its length.
        context: u64,
    },
    /// A GroupInfo is signed.
    SignGroupInfo {
        /// Its length.
        context: u64,
    },
    /// The signature of a GroupInfo is checked.
    CheckGroupInfo {
        /// Its length.
        context: u64,
    },
    /// An application message is signed.
    Encrypt {
        /// Its length.
        context: u64,
    },
    /// The signature of an application message is checked.
    Decrypt {
        /// Its length.
        context: u64,
    },
    /// A proposal is signed and tagged.
    Propose {
        /// Its length.
        context: u64,
    },
    /// A proposal's signature is checked, and its tag by whoever is a member.
    ReadProposal {
        /// Its length.
        context: u64,
        /// Whether by a member: a hub has no key for tags.
        member: bool,
    },
    /// A commit is signed, and tagged if it is a member's; its path secrets are encrypted, the new epoch's joiner and epoch
    /// secret derived.
    Commit {
        /// Length of the epoch's.
        before: u64,
        /// Length of the new epoch's.
        after: u64,
        /// HPKE ciphertexts of its path.
        seals: u64,
        /// Whether it is an outsider's.
        external: bool,
    },
    /// A commit's signature is checked; a member checks its tag, decrypts one path secret and goes to the new epoch.
    ReadCommit {
        /// Length of the epoch's.
        before: u64,
        /// Length of the new epoch's.
        after: u64,
        /// How a hub or member reads it.
        by: CommitReader,
        /// Whether it is an outsider's.
        external: bool,
    },
    /// A SemiPrivateMessage is made of a handshake, or read: what is signed is hashed once more. What the handshake in it takes comes
    /// beside that.
    SemiPrivate {
        /// Its length.
        context: u64,
    },
    /// A Welcome is joined by: the signature of its GroupInfo is checked, the epoch secret derived.
    Join {
        /// Its length.
        context: u64,
    },
}

/// Who reads a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitReader {
    /// A hub, which has no secrets.
    Hub,
    /// A member whom it removes.
    Removed,
    /// A member who goes to the new epoch by it.
    Member {
        /// Whether it has a path, of which the member decrypts a secret.
        path: bool,
    },
}

impl Work {
    /// Add that a participant list of so many bytes was gone through, because it is a new one or somebody's who has just joined; where
    /// the GroupContext has its hash, it was hashed as well.
    pub fn add_list(&mut self, bytes: u64, hashed: bool) {
        self.app_data_bytes += bytes;
        self.context_bytes += bytes * u64::from(hashed);
    }

    /// Add what `operation` does with GroupContexts.
    ///
    /// | operation | `signed_context_bytes` | `checked_context_bytes` | `context_bytes` |
    /// |---|---|---|---|
    /// | `Create` | | | 2c |
    /// | `SemiPrivate` | | | c |
    /// | `SignGroupInfo`, `Encrypt` | c | | |
    /// | `CheckGroupInfo`, `Decrypt` | | c | |
    /// | `Propose` | c | | c |
    /// | `ReadProposal` | | c | c, of a member |
    /// | `Commit` | b | | a · (seals + 2), and b if it is a member's |
    /// | `ReadCommit` | | b | of a member b if it is a member's; if it stays 2a, and a more with a path |
    /// | `Join` | | c | c |
    ///
    /// Here c is the context's length, b that before and a that after a commit. A message of an epoch that is over is counted with
    /// the length that the context has now.
    pub fn add_context(&mut self, operation: ContextOperation) {
        match operation {
            ContextOperation::Create { context } => self.context_bytes += 2 * context,
            ContextOperation::SignGroupInfo { context } | ContextOperation::Encrypt { context } => {
                self.signed_context_bytes += context;
            }
            ContextOperation::CheckGroupInfo { context }
            | ContextOperation::Decrypt { context } => self.checked_context_bytes += context,
            ContextOperation::Propose { context } => {
                self.signed_context_bytes += context;
                self.context_bytes += context;
            }
            ContextOperation::ReadProposal { context, member } => {
                self.checked_context_bytes += context;
                self.context_bytes += context * u64::from(member);
            }
            ContextOperation::Commit {
                before,
                after,
                seals,
                external,
            } => {
                self.signed_context_bytes += before;
                self.context_bytes += after * (seals + 2) + before * u64::from(!external);
            }
            ContextOperation::ReadCommit {
                before,
                after,
                by,
                external,
            } => {
                self.checked_context_bytes += before;
                let tag = before * u64::from(!external);
                self.context_bytes += match by {
                    CommitReader::Hub => 0,
                    CommitReader::Removed => tag,
                    CommitReader::Member { path } => tag + after * (2 + u64::from(path)),
                };
            }
            ContextOperation::SemiPrivate { context } => self.context_bytes += context,
            ContextOperation::Join { context } => {
                self.checked_context_bytes += context;
                self.context_bytes += context;
            }
        }
    }
}
