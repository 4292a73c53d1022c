//! Who pays for whom, who sees what, and what stops when a provider does.
//!
//! - [`data`]: the rows. Start here.
//! - `book`: what is told of a run, and to whom of the others it matters.
//! - `costs`: bytes, requests, CPU time and storage, by provider, role and whose users they are for.
//! - `inside`: who was ever in a room; `sights`: which of that providers and members saw pass.
//! - `dependence`: whose messages are in whose rooms; `down`: what became of them while a provider was down.
//! - [`homes`]: whose clients are whose, and where.
//!
//! All of it follows from what went through each party's hands in the run, packet by packet and fact by fact. What a kind of packet shows to
//! whoever handles it, its stack says ([`Shown`](throng_stack::vocabulary::Shown)).

mod book;
mod costs;
pub mod data;
mod dependence;
mod down;
pub mod homes;
mod inside;
mod sights;

pub(crate) use book::LedgerBook;
pub use data::{CostRow, DependenceRow, ExposureRow, Ledgers, OutageRow, PairRow};
pub use down::Down;
pub use homes::Homes;
