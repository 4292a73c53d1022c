//! sim

pub mod mimi;
