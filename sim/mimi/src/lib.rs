//! MIMI (draft-ietf-mimi-protocol-06): messages, and the parties as state machines without I/O.
//!
//! - [`stack`](mod@stack): MIMI as whoever drives it sees it. Start here.
//! - [`client`]: one device of one user.
//! - [`provider`]: one provider: [`hub`] of some rooms, [`follower`] for its own clients.
//! - [`content`]: what is inside application messages.
//! - [`wire`]: the drafts' messages in their TLS encoding, and [`framed`]: these as packets of the seam.
//! - [`web`]: how all that travels over HTTP.
//! - [`bare`]: what comes from providers that speak the draft alone.
//! - [`assets`]: where what people attach is.
//! - [`room_state`]: who is in a room and by which rules, in the GroupContext of its group.
//! - [`franking`]: the hub's stamp on messages.
//! - [`signing`]: what is signed and sealed; [`refusal`]: why something is turned down.
//! - [`rendezvous`]: an order of members on which all agree.
//! - [`directory`]: who is where; [`inbox`]: order and once-only; `kept`: maps whose entries are rows of a store,
//!   and `rows`: how these are written.
//! - [`work`]: what is counted besides MLS: [`storage`] and [`traffic`].
//! - `shows`: what each kind of frame shows to providers.
//! - [`vocabulary`]: MIMI's tables; [`timers`]: what its timers are for.
//!
//! This room knows nothing of the kernel, nor of the inside of an engine.
#![forbid(unsafe_code)]

pub mod assets;
pub mod bare;
pub mod client;
pub mod content;
pub mod directory;
pub mod follower;
pub mod framed;
pub mod franking;
pub mod hub;
pub mod hub_keys;
pub mod inbox;
mod kept;
pub mod provider;
pub mod refusal;
pub mod rendezvous;
pub mod room_state;
mod rows;
mod shows;
pub mod signing;
pub mod stack;
pub mod storage;
pub mod timers;
pub mod traffic;
pub mod vocabulary;
mod warm;
pub mod web;
pub mod wire;
pub mod work;
