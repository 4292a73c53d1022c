//! One provider: hub of some rooms, follower in others, home of its users' clients.
//!
//! A request of a client goes to its own provider, from there to the room's hub where that is another,
//! and for KeyPackages on to the target user's provider; the answer comes back the same way. The request
//! id in the header names the client and its provider, so that the answer finds back and a request that comes twice is
//! known.
//!
//! - `service`: the state machine's outside. Start here.
//! - `receiving`: what comes in, and where it goes; `border`: who may send what.
//! - `serving`: what a hub does with requests about its rooms.
//! - `sending`: requests, answers and events on their way to others, again where they must be.
//! - `state`: [`Provider`], what it keeps and what it can lose; `owed`: what is sent until it is answered; `answers`: for those who
//!   ask twice; `bodies`: several events in one body, and `body`: how much that holds.
//! - `admission`: one member who is told of proposals before the others, and `held_back`: what these are told later.
//! - `keeping`: all that it keeps as rows of a store.
//! - `consent`: who may add whom, and who asks for that; `consents`: what is kept of it.
//! - `finding`: who is meant by a handle; `errands`: what it asks others in its own name for somebody who waits, and
//!   `running`: asking it.
//! - `downloading`: assets on their way; `assets`: those that are stored here.
//! - `reports`: what somebody holds against messages; `known_again`: what came before, as far as there is room for it.
//! - `bare`: what it keeps of others that speak the draft and none of our header fields; `unsaid`: their events and answers.
//! - `fanout`: events and Welcomes on their way to clients; `history`: how much of what was said it keeps, and for how long.
//! - `key_packages`: handing them out; `allowance`: how often one user may ask.
//! - `trees`: ratchet trees that joiners fetch; `fetched`: those of own clients.
//! - `group_info`: sealed GroupInfos for those who join from outside.

mod admission;
mod allowance;
mod answers;
mod assets;
mod bare;
mod bodies;
mod body;
mod border;
mod consent;
mod consents;
mod downloading;
mod errands;
mod evicting;
mod fanout;
mod fetched;
mod finding;
mod group_info;
mod held_back;
mod history;
mod keeping;
mod key_packages;
mod known_again;
mod owed;
mod receiving;
mod reports;
mod running;
mod sending;
mod service;
mod serving;
mod state;
mod trees;
mod unsaid;

pub use answers::Answers;
pub use owed::Owed;
pub(crate) use service::identity;
pub use state::{Durable, Provider};
