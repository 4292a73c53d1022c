//! The engine in which every message is real: OpenMLS 0.9 over RustCrypto, made to repeat.
//!
//! Start with [`OpenMlsEngine`], which only hands each question on:
//!
//! | file | what |
//! |---|---|
//! | `engine` | the [`Engine`](crate::mls::engine::Engine) trait, method by method |
//! | `client` | [`Client`]: identity, keys, KeyPackages |
//! | `group`, `member` | [`Group`]: how a membership begins; what a member does |
//! | `hub` | [`Hub`]: the public state, and what it accepts |
//! | `warm` | groups that begin with a full tree |
//! | `crypto`, `random`, `hpke`, `ecdsa`, `verified` | cryptography that repeats and is counted |
//! | `storage`, `provider` | what OpenMLS must find again, and nothing else |
//! | `framing`, `tree`, `settings`, `error` | reading messages in part; tree structure; configuration; errors |
//!
//! ```
//! use throng_sim::mls::engine::{CommitPlan, Engine, EngineConfig, HubAccepted, Processed};
//! use throng_sim::mls::openmls::OpenMlsEngine;
//! use throng_workloads::scenario::Ciphersuite;
//! use throng_workloads::stream::{StreamOwner, Streams};
//!
//! let engine = OpenMlsEngine::new(EngineConfig {
//!     ciphersuite: Ciphersuite::X25519Aes128Sha256Ed25519,
//!     tree_in_welcome: true,
//!     epoch_tolerance: 2,
//!     padding: 0,
//!     max_forward: 100,
//! });
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
//! let plan = CommitPlan { adds: &[package.message], removes: &[], force_path: false };
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
//! # Ok::<(), throng_sim::mls::engine::MlsError>(())
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
//! *Operations*: one for each call that makes or reads a message or opens a sealed one (`key_package`, `create`, `group_info`,
//! `join`, `join_external`, `commit`, `propose`, `process`, `encrypt`, `hub`, `hub_accept`,
//! `seal_to`, `open_sealed`). None for a message refused by its epoch, which is seen before any
//! work is done, and none for merging, clearing and forgetting.
//! *Seals, opens, key pairs, signatures, verifications*: as OpenMLS asks for them. Its external init (RFC 9420,
//! section 8.3) is a seal for the joiner and an open for a member. Where Welcomes carry the tree, a
//! commit that adds signs once more than needed: OpenMLS puts the tree into the hub's GroupInfo
//! too, and it is signed again without.
//! *Bytes*: of the messages, trees included where they travel; for a commit also of the KeyPackages that it adds.
//! *Tree nodes*: 2·leaves − 1 of the tree *after* the operation, once for each that goes through the whole tree.
//! How often each does so in OpenMLS 0.9.2, by its source:
//!
//! | operation | whole-tree passes |
//! |---|---|
//! | `create` | one node |
//! | `commit`, with a path | hashes of all copath subtrees for the parent hashes (`set_parent_hashes`), of the tree for the GroupContext (`update_group_context`), again for the diff (`into_staged_diff`) |
//! | `commit`, without | the last two |
//! | `process` and `hub_accept` of a commit | the same |
//! | `join`, `join_external`, `hub` | decoding; a signature check for each leaf; original tree hashes for every parent (`verify_parent_hashes`, up to log N passes); the tree hash; for `join_external` also those of a commit with a path |
//! | others | none (`group_info` encodes the tree; its bytes say so) |
//!
//! The factors between them are left to the cost profile, which has one coefficient for all.

mod client;
mod crypto;
mod ecdsa;
mod engine;
mod error;
mod framing;
mod group;
mod hpke;
mod hub;
mod member;
mod provider;
mod random;
mod settings;
mod storage;
mod tree;
mod verified;
mod warm;

pub use client::Client;
pub use engine::OpenMlsEngine;
pub use group::Group;
pub use hub::Hub;
