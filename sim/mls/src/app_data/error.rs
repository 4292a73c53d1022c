//! Why an update is of no use.

/// Why an update cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppDataError {
    /// Something is not encoded as it has to be.
    #[error("malformed application data")]
    Malformed,
    /// A participant list has no participant of this index.
    #[error("no participant has the index {0}")]
    NoParticipant(u32),
    /// A user is to be added who is on the list already.
    #[error("the user is a participant already")]
    ParticipantAlready,
    /// The same user would be changed more than once, or data be replaced more than once.
    #[error("the same is updated more than once")]
    Twice,
}
