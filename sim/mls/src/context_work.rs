//! What operations do with the GroupContext, as OpenMLS 0.9.2 does it.
//!
//! The GroupContext goes into every signature under a member's message (RFC 9420, section 6.1), every membership tag (section
//! 6.2), every HPKE encryption of a path secret (section 7.6), the key schedule (section 8) and every GroupInfo (section
//! 12.4.3). As long as it has no extensions that is a hundred bytes; with a participant list in it, it is what all of these
//! mostly hash. Both engines count by [`Work::add_context`], from lengths alone.
//!
//! With [`SignedContext::Hash`] they count what draft-mahy-mls-new-framed-content-tbs-01 would have them do: signatures and membership tags
//! of members' messages are made over a hash of the GroupContext, which is taken once an epoch. OpenMLS 0.9.2 has none of it: what its
//! members really sign is the whole GroupContext all the same, so this is modelled, and no stopwatch can measure it.

use crate::work::Work;
use throng_workloads::scenario::SignedContext;

/// `opaque context_hash<V>` in the place of a GroupContext: a SHA-256 with its length.
const CONTEXT_HASH: u64 = 1 + 32;

/// The extension type that the draft suggests for `new_framed_content_tbs`.
pub const NEW_FRAMED_CONTENT_TBS: u16 = 0x000b;

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
    /// A hub takes over a group: the signature of its GroupInfo is checked.
    TakeOver {
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
    /// | `CheckGroupInfo`, `TakeOver`, `Decrypt` | | c | |
    /// | `Propose` | c | | c |
    /// | `ReadProposal` | | c | c, of a member |
    /// | `Commit` | b | | a · (seals + 2), and b if it is a member's |
    /// | `ReadCommit` | | b | of a member b if it is a member's; if it stays 2a, and a more with a path |
    /// | `Join` | | c | c |
    ///
    /// Where members sign a hash of it, what they sign and tag is that: the c of `Encrypt`, `Decrypt`, `Propose` and `ReadProposal`, and the b of
    /// `Commit` and `ReadCommit`, are 33 bytes. Whoever goes to an epoch hashes its GroupContext once: `Create`, `Join` and `TakeOver` have a
    /// c more of `context_bytes` then, `Commit` and `ReadCommit`, but of whom it removes, an a; an outsider's commit has a b as well, of
    /// the epoch that it signs for and was not in. GroupInfos are signed whole.
    ///
    /// Here c is the context's length, b that before and a that after a commit. A message of an epoch that is over is counted with
    /// the length that the context has now.
    pub fn add_context(&mut self, operation: ContextOperation, signed: SignedContext) {
        let hashed = signed == SignedContext::Hash;
        // What is signed in the place of a context of so many bytes, and what is hashed of a new one.
        let signed = |context: u64| if hashed { CONTEXT_HASH } else { context };
        let new = |context: u64| if hashed { context } else { 0 };
        match operation {
            ContextOperation::Create { context } => {
                self.context_bytes += 2 * context + new(context);
            }
            ContextOperation::SignGroupInfo { context } => self.signed_context_bytes += context,
            ContextOperation::Encrypt { context } => self.signed_context_bytes += signed(context),
            ContextOperation::CheckGroupInfo { context } => self.checked_context_bytes += context,
            ContextOperation::TakeOver { context } => {
                self.checked_context_bytes += context;
                self.context_bytes += new(context);
            }
            ContextOperation::Decrypt { context } => self.checked_context_bytes += signed(context),
            ContextOperation::Propose { context } => {
                self.signed_context_bytes += signed(context);
                self.context_bytes += signed(context);
            }
            ContextOperation::ReadProposal { context, member } => {
                self.checked_context_bytes += signed(context);
                self.context_bytes += signed(context) * u64::from(member);
            }
            ContextOperation::Commit {
                before,
                after,
                seals,
                external,
            } => {
                self.signed_context_bytes += signed(before);
                let tag = signed(before) * u64::from(!external);
                // Who comes from outside has not been in the epoch that it signs for.
                let old = if external { new(before) } else { 0 };
                self.context_bytes += after * (seals + 2) + tag + old + new(after);
            }
            ContextOperation::ReadCommit {
                before,
                after,
                by,
                external,
            } => {
                self.checked_context_bytes += signed(before);
                let tag = signed(before) * u64::from(!external);
                self.context_bytes += match by {
                    CommitReader::Hub => new(after),
                    CommitReader::Removed => tag,
                    CommitReader::Member { path } => {
                        tag + after * (2 + u64::from(path)) + new(after)
                    }
                };
            }
            ContextOperation::SemiPrivate { context } => self.context_bytes += signed(context),
            ContextOperation::Join { context } => {
                self.checked_context_bytes += context;
                self.context_bytes += context + new(context);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(operation: ContextOperation, signed: SignedContext) -> [u64; 3] {
        let mut work = Work::default();
        work.add_context(operation, signed);
        [
            work.signed_context_bytes,
            work.checked_context_bytes,
            work.context_bytes,
        ]
    }

    /// What is signed does not grow where a hash of the context stands for it, and whoever goes to an epoch hashes its context once. Epochs
    /// of different lengths tell one from the other.
    #[test]
    fn a_hash_is_signed_at_any_size_and_taken_once_an_epoch() {
        let hash = |operation| work(operation, SignedContext::Hash);
        let whole = |operation| work(operation, SignedContext::Whole);
        for (b, a) in [(100, 140), (10_000, 9_969), (1_000_000, 1_000_031)] {
            let context = b;
            for (operation, before, then) in [
                (ContextOperation::Encrypt { context }, [b, 0, 0], [33, 0, 0]),
                (ContextOperation::Decrypt { context }, [0, b, 0], [0, 33, 0]),
                (
                    ContextOperation::Propose { context },
                    [b, 0, b],
                    [33, 0, 33],
                ),
                (
                    ContextOperation::SemiPrivate { context },
                    [0, 0, b],
                    [0, 0, 33],
                ),
                // What begins an epoch for somebody.
                (
                    ContextOperation::Create { context },
                    [0, 0, 2 * b],
                    [0, 0, 3 * b],
                ),
                (ContextOperation::Join { context }, [0, b, b], [0, b, 2 * b]),
                (ContextOperation::TakeOver { context }, [0, b, 0], [0, b, b]),
                // GroupInfos are signed whole.
                (
                    ContextOperation::SignGroupInfo { context },
                    [b, 0, 0],
                    [b, 0, 0],
                ),
                (
                    ContextOperation::CheckGroupInfo { context },
                    [0, b, 0],
                    [0, b, 0],
                ),
            ] {
                assert_eq!(
                    (whole(operation), hash(operation)),
                    (before, then),
                    "{operation:?}"
                );
            }
            let made = |external| ContextOperation::Commit {
                before: b,
                after: a,
                seals: 3,
                external,
            };
            assert_eq!(hash(made(false)), [33, 0, 5 * a + 33 + a]);
            // An outsider signs for an epoch that it was not in, and tags nothing.
            assert_eq!(hash(made(true)), [33, 0, 5 * a + b + a]);
            let read = |by| ContextOperation::ReadCommit {
                before: b,
                after: a,
                by,
                external: false,
            };
            assert_eq!(hash(read(CommitReader::Hub)), [0, 33, a]);
            assert_eq!(hash(read(CommitReader::Removed)), [0, 33, 33]);
            let stays = CommitReader::Member { path: true };
            assert_eq!(hash(read(stays)), [0, 33, 33 + 3 * a + a]);
        }
    }
}
