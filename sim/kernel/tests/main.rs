//! The kernel against what it promises, and against plainer ones.
//!
//! - `promises`: what entities and callers must not do; `queue`: the pending-event set; `windows`: parallel execution.

mod promises;
mod queue;
mod windows;
