//! One room at its hub: the group's public state, its order of events, and who receives what.
//!
//! Per room and epoch the hub accepts one commit; every other one for that epoch is told wrongEpoch
//! (draft-ietf-mimi-protocol-06, `/update`). What it accepts gets the room's next event number and goes
//! to every member but the sender, once per provider.
//!
//! - `room`: [`Room`], what the hub keeps of it and says of it. Start here.
//! - `handshakes`: commits and proposals; `messages`: application messages; `reports`: what somebody holds against these.
//! - `participants`: the list that handshakes are held to; `authority`: the roles that they are held to, by `rights`.
//! - `evicting`: members whose leaves have ended, and what the hub itself proposes.
//! - `trees`: ratchet trees that joiners fetch; `handed_out`: one of them.
//! - `keeping`: a room as rows of a store.
//! - `member`: clients as hubs tell them apart; `decision`: what comes of a request.

mod authority;
mod decision;
mod evicting;
mod handed_out;
mod handshakes;
mod keeping;
mod member;
mod messages;
mod participants;
mod reports;
mod rights;
mod room;
mod trees;

pub use decision::{Decision, Fanout, Receivers, To};
pub use evicting::Issued;
pub(crate) use keeping::{GroupRow, RoomRows};
pub use member::Member;
pub use messages::Stamps;
pub(crate) use reports::MOST_IN_REPORT;
pub use room::{AdoptedGroup, Room, RoomRules};
