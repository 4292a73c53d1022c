//! What other providers did otherwise than the documents of the protocol say.

/// One sort of thing that one provider did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingRow {
    /// The provider's domain.
    pub provider: String,
    /// Which part of which document says otherwise.
    pub section: String,
    /// What was found.
    pub found: String,
    /// How often.
    pub times: u64,
}
