//! MIMI: what providers and clients say to each other, and how they behave.

pub mod wire;
