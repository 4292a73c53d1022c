//! Stories of single machines: clients and providers driven by hand, each story a test.
//!
//! - [`bench`]: the driver: who there is, what goes wrong with packets, what was seen. Start here.
//! - `entering`: becoming a member, by Welcome and from outside.

mod bench;
mod entering;
