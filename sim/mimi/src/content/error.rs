//! What is wrong with content that is neither a message nor a report.

/// Why content could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It is no CBOR (RFC 8949), or more than one item of it, or nested deeper than anything that the drafts have.
    #[error("no CBOR: {0}")]
    Cbor(String),
    /// It is not in the one encoding that is allowed (RFC 8949, section 4.2.1): longer than it could be, of indefinite length, or with
    /// keys that are out of order or there twice.
    #[error("not in deterministic encoding")]
    NotDeterministic,
    /// Something is of another type or length than the schema says.
    #[error("{field}: expected {expected}")]
    Shape {
        /// Which field, by its name in the schema.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// It is more of something than the drafts allow.
    #[error("{what}: more than {most}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much there can be.
        most: usize,
    },
}
