//! MLS (RFC 9420) behind one trait.
//!
//! - [`engine`]: what a client, a member and a hub can ask of MLS. Start here.
//! - [`work`]: what an operation did, in countable units, and the state of a ratchet tree.
//! - [`tree_health`]: the state of a ratchet tree, counted from its structure.
//! - [`tree_stats`]: what of a tree decides the time that operations on all of it take.
//! - [`tree_work`]: what operations do to a whole tree, as both engines count it.
//! - [`secret_tree`]: what messages derive of secret trees, as both engines count it.
//! - [`profile`]: what Work costs in virtual CPU time.
//! - [`fit`]: a cost profile from measurements.
//! - `stopwatch`: the one place that asks what time it is, for those who measure.
//! - `tls`: a cursor over encoded structs.
//! - [`openmls`]: the engine in which every message is really encrypted, by OpenMLS.
//!
//! This room knows nothing of providers and networks.

pub mod engine;
pub mod fit;
pub mod model;
pub mod openmls;
pub mod profile;
pub mod secret_tree;
pub(crate) mod stopwatch;
pub(crate) mod tls;
pub mod tree_health;
pub mod tree_stats;
pub mod tree_work;
pub mod work;
