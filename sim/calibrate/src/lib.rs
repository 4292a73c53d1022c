//! Measuring what MLS, and what a provider, costs on this machine: a cost profile that is a measurement.
//!
//! [`calibrate`] lets real OpenMLS work in rooms of many sizes whose trees are bare, half blank or full, times every
//! kind of operation with the stopwatch of the engine, and fits what one unit of
//! [`Work`](throng_cost::Work) takes. Sizes that the fit does not see say how good it is: [`Calibration::held_out`].
//!
//! - [`plan`]: which sizes, and how often. Start here.
//! - `room`: groups whose few acting members stand for all.
//! - `round`: every kind of operation, once.
//! - [`Point`]: what was measured; of equal operations the median counts.
//! - `yardstick`: how fast the machine is just now.
//! - [`result`]: the fit, and how far it is from what it did not see.
//! - [`file`](mod@file): the profile as a TOML file that scenarios name.
//! - [`provider`](mod@provider): what HTTP, TLS and keeping things cost a provider, into the same file.
//!
//! Unlike a run, a calibration depends on the machine. Nothing else may depend on it.
#![forbid(unsafe_code)]

pub mod file;
pub mod plan;
mod points;
pub mod provider;
pub mod result;
mod room;
mod round;
mod yardstick;

pub use file::Machine;
pub use plan::{AddAll, Effort, Plan, Tree};
pub use points::Point;
pub use result::{Calibration, calibrate};
