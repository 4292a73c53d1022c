//! The simulation kernel.
pub mod queue;
mod rung;
mod tie;

pub use throng_workloads::{stream, time};
