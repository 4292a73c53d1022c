//! sim
pub mod kernel;
