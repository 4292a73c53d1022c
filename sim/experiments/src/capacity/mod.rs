//! The largest value of a key at which a scenario still is as it has to be, and what hinders a larger one.
//!
//! Each replica has an end of its own: the largest value at which what is asked of a run holds, with the random numbers of that replica, which are
//! the same for all values (common random numbers). The ends of several replicas are independent, so that their mean has an interval.
//! What is asked, and whether a run is so, is for whoever searches to say.
//!
//! - [`search`]: the end along one number. Start here.
//! - [`mod@hunt`]: many searches at a time.
//! - [`mod@knobs`]: what of a scenario can be had more or less of: what may hinder, and what the answer depends on.

pub mod hunt;
pub mod knobs;
pub mod search;

pub use hunt::{Far, Hunt, hunt};
pub use knobs::{Knob, knobs};
pub use search::{End, Range, Search, Told};
