//! How the shards of a load go in step: they meet where the first of them listens, go on from stage to stage together, and begin the
//! measured part at one moment.
//!
//! Nobody waits for others while anything is measured, and what they say to each other is a few lines: when each is ready, and what time
//! it is. *Why one listens:* a folder that all can see would have to be shared between machines, has what an earlier load left in it, says
//! late that a process is gone, and has no clock.
//!
//! - [`Meeting`]: what a load has of it. Start here.
//! - `guest`: what every shard does, the first one too; `host`: what the first does beside that, in `hall` by itself: who is there,
//!   and how far.
//! - `clocks`: how far the clocks of two machines are apart.
//! - `words`: what they say; [`Stage`]: up to where.

mod clocks;
mod guest;
mod hall;
mod host;
mod words;

pub use guest::{Meeting, Rendezvous};
pub use words::{Began, Owed, Stage};
