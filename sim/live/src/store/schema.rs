//! The version of what is in a store.

/// What rows are there, how they are called and how they are written. Whoever changes that changes this number.
pub(super) const SCHEMA: u32 = 5;
