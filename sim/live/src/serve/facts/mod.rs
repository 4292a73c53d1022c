//! What happens at a provider, a line of JSON for each input, for whoever makes a record of it.
//!
//! - [`Line`]: what such a line says. Start here.
//! - `notes`: making lines of what the provider's machine does.
//! - `log`: the file that they are written to.
//! - [`Lines`]: reading it, also while it is written.

mod line;
mod lines;
mod log;
mod notes;

pub use line::*;
pub use lines::Lines;
pub(in crate::serve) use log::FactLog;
pub(in crate::serve) use notes::{Began, Notes};
