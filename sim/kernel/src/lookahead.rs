//! How far entities run before they must hear of each other.

use super::time::SimSpan;

/// How long messages take at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookahead {
    /// Between edge and core, either way.
    pub edge: SimSpan,
    /// Between two core entities.
    pub core: SimSpan,
}
