//! A trace, and the scenario that goes with it, of what a chat exports: who said how much where and when, without names and texts.
//!
//! [`read`] takes an export in one of three [`Format`]s and a [`Key`], and gives an [`Import`], which writes a
//! [trace](crate::trace) and a [scenario](crate::scenario) that replays it. Inside: a file of each format (`rows`, `mattermost`, `slack`;
//! `lines` and `json` are how they read) fills what was `gathered`; `steps` makes of that what people do, and `imported` writes it down.
//!
//! - Names are hashed as they are read, with the key (BLAKE3), and then forgotten. What comes out are numbers in the order of the hashes.
//!   With the same key the same export gives the same bytes.
//! - Of texts only the length in UTF-8 is taken.
//! - Times become offsets from the first event, to the nanosecond. Nothing else is changed in them.
//! - Files are read a line, or a message, at a time, each of at most 128 MiB. An event takes 24 bytes of memory while it is waited for
//!   what comes before it.
//!
//! What is wrong with a file is an error with its line; nothing of the export is then taken.

mod gathered;
mod imported;
mod json;
mod lines;
mod mattermost;
mod moment;
mod rows;
mod slack;
mod steps;

pub use gathered::Key;
pub use imported::{Counts, Format, HEAD, Import, SCENARIO, TRACE, Window, read};
pub use moment::Moment;
