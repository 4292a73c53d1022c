//! One room in the life of one client.
//!
//! - [`session`]: from outside to member and back. Start here. Inside it: `answers`, what the hub answered; `events`, what it
//!   sent on; `recovery`, becoming a member anew; `look_ups`, KeyPackages for nothing; `keeping`, being written down.
//! - [`member`]: the group, and the part of answers and events that is about it. Inside it: `acts`, from a wish to a message,
//!   a commit or a proposal; `rights`, who may.
//! - [`elsewhere`]: ratchet trees that have to be fetched.
//! - [`outside`]: becoming a member from outside; [`in_flight`]: what the hub was asked.
//! - [`conversation`]: what was said, as far as it is referred to and reported.
//! - [`wants`]: what is wished; [`back_off`]: waiting after something was lost.
//!
//! What is wished in a room is done in order, one after the other. A message that is wished after an addition therefore waits for
//! it, and with it for the KeyPackages of whoever is to be added: they are to read it. So does all else behind it.

mod back_off;
mod conversation;
mod elsewhere;
mod in_flight;
mod member;
mod outside;
mod session;
mod wants;

pub(super) use session::{RoomSession, WrittenRoom};
pub(super) use wants::Wish;
