//! sim

pub mod mimi;
pub mod net;
