//! One room in the life of one client.
//!
//! - [`session`]: from outside to member and back. Start here.
//! - [`answers`]: what the hub answered; [`events`]: what it sent on; [`in_flight`]: what it was asked.
//! - [`outside`]: becoming a member from outside; [`recovery`]: becoming one anew.
//! - [`member`]: the group, and the part of answers and events that is about it.
//! - [`acts`]: from a wish to a message, a commit or a proposal; [`rights`]: who may.
//! - [`wants`]: what is wished; [`back_off`]: waiting after something was lost.

mod acts;
mod answers;
mod back_off;
mod events;
mod in_flight;
mod member;
mod outside;
mod recovery;
mod rights;
mod session;
mod wants;

pub(super) use session::RoomSession;
pub(super) use wants::Wish;
