//! The engine in which every message is real: OpenMLS 0.9 over RustCrypto, made to repeat.
//!
//! Start with [`OpenMlsEngine`], which only hands each question on:
//!
//! | file | what |
//! |---|---|
//! | `engine` | the [`Engine`](crate::engine::Engine) trait, method by method |
//! | `client` | [`Client`]: identity, keys, KeyPackages |
//! | `group`, `member` | [`Group`]: how a membership begins; what a member does |
//! | `hub` | [`Hub`]: the public state, and what it accepts |
//! | `warm` | groups that exist before time zero |
//! | `crypto`, `random`, `hpke`, `ecdsa`, `verified` | cryptography that repeats and is counted |
//! | `storage`, `provider` | what OpenMLS must find again, and nothing else |
//! | `kept` | clients and groups written down (`keeping` beside each), and such that go on from that |
//! | `credentials` | credentials issued and validated |
//! | `framing`, `tree`, `pending`, `settings`, `error` | reading messages in part; tree structure, also of what is not merged yet; configuration; errors |
//!
//! ```
//! use throng_mls::engine::{CommitPlan, Engine, EngineConfig, HubAccepted, Processed};
//! use throng_mls::openmls::OpenMlsEngine;
//! use throng_workloads::scenario::Ciphersuite;
//! use throng_workloads::stream::{StreamOwner, Streams};
//!
//! let engine = OpenMlsEngine::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
//! let streams = Streams::new(1, 0);
//! let mut alice = engine.client(b"alice", &streams, StreamOwner::Client(0))?;
//! let mut bob = engine.client(b"bob", &streams, StreamOwner::Client(1))?;
//!
//! // Alice creates the group, and the hub follows it from her GroupInfo and tree.
//! let mut hers = engine.create(&mut alice, b"room")?;
//! let (group_info, tree) = engine.group_info(&mut alice, &hers)?;
//! let mut hub = engine.hub(&group_info, &tree)?;
//!
//! // She adds Bob; what the hub accepts becomes the next epoch.
//! let package = engine.key_package(&mut bob)?;
//! let plan = CommitPlan { adds: &[package.message], removes: &[], app_data: &[], force_path: false };
//! let bundle = engine.commit(&mut alice, &mut hers, &plan)?;
//! let HubAccepted::Commit(effect) = engine.hub_accept(&mut hub, &bundle.commit)? else {
//!     panic!("a commit");
//! };
//! assert_eq!(effect.adds, [(1, b"bob".to_vec())]);
//! engine.merge_pending(&mut alice, &mut hers)?;
//! let welcome = bundle.welcome.expect("somebody was added");
//! let mut his = engine.join(&mut bob, &welcome, None)?;
//!
//! let message = engine.encrypt(&mut bob, &mut his, b"hello")?;
//! let Processed::Application { content, .. } = engine.process(&mut alice, &mut hers, &message)? else {
//!     panic!("a message");
//! };
//! assert_eq!(content, b"hello");
//! # Ok::<(), throng_mls::engine::MlsError>(())
//! ```
//!
//! # What repeats
//! The same seed gives the same bytes, in any process and on any number of threads, with one
//! exception: OpenMLS takes the Updates and Removes of a commit from a randomly seeded map
//! (`ProposalQueue::filter_proposals`), so a commit with two or more of them has them in a random
//! order. Lengths, the tree and every count stay the same; bytes and secrets differ. Nothing else
//! random reaches the wire: OpenMLS 0.9.2 sends GREASE values only if its caller lists them among
//! the capabilities, which is not done here; the system clock is asked for lifetimes and for the
//! age of past epochs, and decides nothing.
//!
//! # What is counted as Work
//! Everything follows from structure and lengths, so an engine without secrets counts the same.
//!
//! **`operations`**: one for each call that makes or reads a message or opens a sealed one
//! (`key_package`, `create`, `group_info`, `join`, `join_external`, `commit`, `propose`, `process`,
//! `encrypt`, `hub`, `hub_accept` and for each message of `hub_check_commit` and `hub_check_proposals`, `seal_group_info`, `open_group_info`). None for a message refused by its epoch, which is seen
//! before any work is done, and none for merging, clearing and forgetting, nor for
//! `sign_with_label` and `verify_with_label`, which count a signature and a verification and nothing else. `partial_group_info` counts nothing.
//!
//! **`seals`, `opens`, `key_pairs`, `signatures`, `verifications`**: as OpenMLS asks for them. Its external init
//! (RFC 9420, section 8.3) is a seal for the joiner and an open for a member. Where Welcomes carry
//! the tree, a commit that adds signs once more than needed: OpenMLS puts the tree into the hub's
//! GroupInfo too, and it is signed again without.
//!
//! **`credential_checks`, `credential_bytes`**: the signatures of each credential that is validated, and the bytes under them
//! ([`CredentialLengths::checked`](crate::credentials::CredentialLengths::checked)): for `propose` of an Add and `commit` those of the KeyPackages
//! given to it; for `process`, `hub_accept`, `hub_check_commit` and `hub_check_proposals` that in a proposed Add, those of whom a commit adds by
//! value, and that of a committer from outside; for `join`, `join_external` and `hub` those of all members; for `authenticate` the one. Nobody
//! remembers a certificate that was checked before.
//!
//! **`bytes`**: lengths of the encoded MLSMessages, and T, that of the ratchet tree's nodes (the `ratchet_tree` extension's
//! content without the length of its vector):
//!
//! | operation | bytes |
//! |---|---|
//! | `key_package`, `propose` | the message made; for a proposed Add also the KeyPackage |
//! | `create` | 0 |
//! | `group_info` | the GroupInfo, T |
//! | `join` | the Welcome; T if it came beside it |
//! | `join_external` | the GroupInfo, T and the SelfRemoves that it covers read; the commit and the GroupInfo made |
//! | `commit` | KeyPackages added by value; the commit; the Welcome; the GroupInfo (without tree) |
//! | `process`, `hub_accept` of a handshake | the message |
//! | `hub_check_commit`, `hub_check_proposals` | the messages; the GroupInfo, whole even where it came in part |
//! | `encrypt`, `process` of an application message | 0: it counts as `message_bytes` instead |
//! | `hub` | the GroupInfo, T |
//! | `seal_group_info` | the plaintext |
//! | `open_group_info` | the ciphertext (its tag too, without the KEM output) |
//!
//! **`context_bytes`**: for `commit` the length of the Welcome's `encrypted_group_info` times the
//! number of its `secrets`, that is, of joiners; for `join` that length once. Besides, with `signed_context_bytes` and
//! `checked_context_bytes`, what is hashed of GroupContexts, by [`Work::add_context`](crate::work::Work::add_context):
//!
//! | operation | context operations |
//! |---|---|
//! | `create` | `Create` |
//! | `group_info`, `encrypt`, `propose` | `SignGroupInfo`, `Encrypt`, `Propose` |
//! | `commit` | `Commit`; `SignGroupInfo` for the hub's, if it adds members for that in the Welcome, and if Welcomes carry the tree once more |
//! | `process` | `Decrypt`, `ReadProposal` or `ReadCommit` |
//! | `hub_accept`, `hub_check_proposals`, `hub_check_commit` | `ReadProposal` or `ReadCommit`; of a GroupInfo `CheckGroupInfo` |
//! | `join`, `hub` | `Join`, `CheckGroupInfo` |
//! | `join_external` | `CheckGroupInfo`, `Commit`, `SignGroupInfo`; `ReadProposal` of each SelfRemove, whose tag it cannot check |
//!
//! **`app_data_bytes`**: the participant list's length, for whoever makes or reads a commit that changes it, for a hub that checks a proposal
//! to; and where the GroupContext has no more than a hash of it, also for `join`, `join_external` and `hub`, which hold it
//! against that. Where it is hashed, it counts among `context_bytes`, too.
//!
//! **`epochs`, `secret_slots`**: one, and the leaves of its tree, for `create`, `join`, `join_external` and `commit`, and for
//! `process` of a commit of another that does not remove the member. For `join_external` also the leaves of the tree that it
//! reads: OpenMLS lays out a secret tree for the GroupInfo's epoch too. A hub has no key schedule.
//!
//! **`secret_nodes`**: for `encrypt` and for `process` of an application message, by
//! [`SecretTrees`](crate::secret_tree::SecretTrees). Steps that a ratchet takes over messages that are lost or late are
//! not counted.
//!
//! **`ciphertexts`**: for `process` of a commit of another and for `hub_accept` or `hub_take_commit` of one the HPKE ciphertexts of its
//! UpdatePath, once it is merged; for `join` the Welcome's `secrets`, one for each joiner. 0 for all others.
//!
//! **`tree_nodes`, `member_nodes`, `leaf_checks`, `leaf_steps`, `resolved_nodes`, `proposals`, `tree_bytes`**: by
//! [`Work::add_tree`](crate::work::Work::add_tree), with these operations and trees:
//!
//! | operation | tree operations |
//! |---|---|
//! | `create` | `Create`, its tree |
//! | `group_info` | `Export`, its tree |
//! | `commit` | `Make`, the tree after it; if it adds members, also `Welcome`; if it does and Welcomes carry the tree, also `Sign` twice, the tree after it (for the Welcome and for the hub's GroupInfo) |
//! | `process` of a commit of another, `hub_accept` or `hub_take_commit` of a commit | `Read`, the tree after it, once it is merged |
//! | `join` | `Validate`; if the Welcome carries the tree also `Sign`; both the tree as joined |
//! | `join_external` | `Validate` and `Make` (path; no adds or updates, as removes the SelfRemoves, not an old leaf), both the tree with the joiner in it |
//! | `hub` | `Validate` |
//! | others | none |
//!
//! `adds`, `updates` and `removes` are the proposals of these kinds that the commit covers, by value or by reference, a SelfRemove as a Remove;
//! `path` is whether it carries one. That an external commit looks for a blank leaf, too, is not counted: it does so three
//! times at most.

mod app_data;
mod audience;
mod beside;
mod client;
#[cfg(test)]
mod context_test;
mod credentials;
#[cfg(test)]
mod credentials_test;
mod crypto;
mod ecdsa;
mod engine;
mod error;
mod framing;
mod group;
mod hpke;
mod hub;
mod kept;
mod labelled;
mod member;
mod pending;
mod provider;
mod random;
mod semi_private;
mod settings;
mod storage;
mod tree;
mod verified;
mod warm;

pub use audience::Audience;
pub use client::Client;
pub use engine::OpenMlsEngine;
pub use framing::commit_ciphertexts;
pub use group::Group;
pub use hub::{CheckedCommit, CheckedProposals, Hub};
