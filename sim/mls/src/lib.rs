//! MLS (RFC 9420) behind one trait.
//!
//! - [`engine`]: what a client, a member and a hub can ask of MLS. Start here.
//! - [`wire`]: what MLS puts on the wire, in structs of our own; [`ciphersuite`]: what is known of each suite.
//! - [`app_data`]: what applications keep in a group's GroupContext, MIMI's participant list first of all.
//! - [`work`]: what an operation did, in countable units.
//! - [`credentials`]: by what a client proves who it is, and the one way from a credential to its URI.
//! - [`terms`]: for how long a KeyPackage is handed out, and how often.
//! - [`accepted`]: what a record keeps of groups.
//! - [`tree_health`]: the state of a ratchet tree, counted from its structure.
//! - [`tree_stats`]: what of a tree decides the time that operations on all of it take.
//! - [`tree_work`]: what operations do to a whole tree, as both engines count it.
//! - [`context_work`]: what operations do with the GroupContext, as both engines count it.
//! - [`secret_tree`]: what messages derive of secret trees, as both engines count it.
//! - `tls`: a cursor over encoded structs.
//! - [`openmls`]: the engine in which every message is really encrypted, by OpenMLS.
//! - [`model`]: the one that keeps structure, lengths and counts only.
//! - [`vectors`]: the model against test vectors that others made.
//!
//! This crate knows nothing of providers and networks.
#![forbid(unsafe_code)]

pub mod accepted;
pub mod app_data;
pub mod ciphersuite;
pub mod context_work;
pub mod credentials;
pub mod engine;
mod identities;
pub mod model;
pub mod openmls;
pub mod secret_tree;
pub mod terms;
pub(crate) mod tls;
pub mod tree_health;
pub mod tree_stats;
pub mod tree_work;
pub mod vectors;
pub mod wire;
pub mod work;
