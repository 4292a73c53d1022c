//! MLS without the cryptography: the structure of the ratchet tree, exact lengths, and [`Work`](super::work::Work).
//!
//! Everything that happens in virtual time depends on which nodes are blank, how many ciphertexts a path
//! carries and how long messages are, never on secret bits. This engine computes just that, for a million
//! members where OpenMLS ends at a few thousand, and `throng verify` holds the one against the other.
//!
//! Start with [`ModelEngine`], which only hands each question on:
//!
//! | file | what |
//! |---|---|
//! | `tree`, `node` | [`tree::Tree`]: O(log N) operations on flat arrays; `tree::explicit` loads and lists whole trees |
//! | `journal`, `changes` | being told what an operation changes; taking it back, and doing it again |
//! | `lengths` | every message's length, from RFC 9420's structs |
//! | `version`, `roster` | one group's history, shared by all who are in it; who holds which leaf |
//! | `app_data` | application data: who is on the participant list, how long the rest is |
//! | `proposal`, `commit` | which proposals a commit takes, and what it then does |
//! | `credentials`, `signature_key` | credentials outside leaves, and what stands for keys |
//! | `semi_private` | handshakes that receivers outside read, too |
//! | `message`, `key_package` | messages that are their structure and their length |
//! | `engine`, `client`, `group`, `hub`, `audience` | the [`Engine`](super::engine::Engine) trait, and its kinds of state |
//!
//! # What it does not do
//! Nothing is secret here, so nothing can be decrypted by the wrong party, or fail to be: the checks that it
//! makes are those of structure (epochs, members, covered proposals). Messages of one sender are expected in
//! order, as providers deliver them, so no ratchet is skipped. There is no epoch authenticator.

mod app_data;
mod audience;
pub mod changes;
mod client;
mod commit;
mod credentials;
mod engine;
mod group;
mod hub;
pub mod journal;
mod key_package;
pub mod lengths;
mod message;
pub mod node;
mod proposal;
mod roster;
mod semi_private;
mod settings;
mod signature_key;
pub mod tree;
mod version;

pub use audience::Audience;
pub use client::Client;
pub use engine::ModelEngine;
pub use group::Group;
pub use hub::{CheckedCommit, CheckedProposals, Hub};
pub use message::{Blob, Message};

use crate::engine::MlsError;

/// The refusal of `operation`.
fn refused(operation: &'static str, reason: &str) -> MlsError {
    MlsError::Refused {
        operation,
        reason: reason.to_owned(),
    }
}
