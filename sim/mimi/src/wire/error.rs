//! What can be wrong with bytes.

/// Why something could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The TLS presentation language's codec refused.
    #[error("could not encode or decode the {what}")]
    Codec {
        /// What was being encoded or decoded.
        what: &'static str,
        /// What the codec said.
        source: tls_codec::Error,
    },
    /// The body was whole, and more followed.
    #[error("{count} bytes follow the {what}")]
    TrailingBytes {
        /// What was decoded.
        what: &'static str,
        /// How many bytes are too many.
        count: usize,
    },
    /// A packet is of no kind that there is, or holds what this engine cannot read.
    #[error("no frame")]
    NoFrame,
}

impl WireError {
    /// Wraps the codec's error, for use with `map_err`.
    pub(super) fn codec(what: &'static str) -> impl FnOnce(tls_codec::Error) -> Self {
        move |source| Self::Codec { what, source }
    }
}
