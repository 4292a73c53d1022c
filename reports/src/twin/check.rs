//! Something that had to hold.

use serde::Serialize;

/// Something that had to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub what: String,
    /// Whether it does.
    pub met: bool,
    /// What was found.
    pub found: String,
}
