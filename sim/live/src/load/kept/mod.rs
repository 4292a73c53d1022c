//! A preparation that is stored, so that another load begins where it ended.
//!
//! - `preparation`: [`Preparation`]: one that is there, checked. Start here.
//! - `storing`: [`Storing`]: one that is about to be stored: a folder that is whole or not there.
//! - `manifest`: what the folder says of itself: how it is written, when it was, digests of all files.
//! - `names`: of the files in it.
//! - `clients`: the file of clients: whose each is, its token, and its state as the protocol writes it.
//! - `same`: what of a scenario has to be as it was.

mod clients;
mod manifest;
mod names;
mod preparation;
mod same;
mod storing;

pub(super) use clients::StoredClient;
pub use preparation::Preparation;
pub use storing::Storing;
