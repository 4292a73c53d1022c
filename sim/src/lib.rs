//! sim

pub mod mimi;
pub mod mls;
