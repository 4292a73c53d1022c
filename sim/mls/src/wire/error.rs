//! What can be wrong with the encoding of an MLS message.

use super::content::Embedded;

/// Why something could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The TLS presentation language's codec refused.
    #[error("could not encode or decode the {what}")]
    Codec {
        /// What was being encoded or decoded.
        what: &'static str,
        /// What the codec said.
        source: tls_codec::Error,
    },
    /// An MLS message stands where only others may.
    #[error("expected {expected}, found {found}")]
    WrongContent {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: Embedded,
    },
}

impl EncodingError {
    /// Wraps the codec's error, for use with `map_err`.
    pub fn codec(what: &'static str) -> impl FnOnce(tls_codec::Error) -> Self {
        move |source| Self::Codec { what, source }
    }
}
