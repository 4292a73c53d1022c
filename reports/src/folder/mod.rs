//! A run's folder on disk.
//!
//! - [`run`]: which files it holds. Start here.
//! - [`atomic`]: how a file is written whole or not at all.

pub mod atomic;
pub mod run;

pub use run::{Written, write_run};
