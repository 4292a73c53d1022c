//! MIMI (draft-ietf-mimi-protocol-06): messages, and the parties as state machines without I/O.
//!
//! - [`participant`]: what a party is to its driver. Start here.
//! - [`client`]: one device of one user.
//! - [`provider`]: one provider: [`hub`] of some rooms, [`follower`] for its own clients.
//! - [`wire`]: the drafts' messages in their TLS encoding; [`packet`]: what goes over a link; [`headers`]: what travels
//!   beside the body.
//! - [`signing`]: what is signed and sealed; [`refusal`]: why something is turned down.
//! - [`directory`]: who is where; [`inbox`]: order and once-only; [`observation`]: what is reported.
//!
//! This room knows nothing of the kernel, nor of the inside of an engine.

pub mod client;
pub mod directory;
pub mod follower;
pub mod headers;
pub mod hub;
pub mod inbox;
pub mod observation;
pub mod packet;
pub mod participant;
pub mod provider;
pub mod refusal;
pub mod signing;
pub mod wire;
