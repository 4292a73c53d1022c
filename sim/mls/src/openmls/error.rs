//! From OpenMLS's errors, of which there is a type for each function, to [`MlsError`].

use crate::engine::MlsError;
use crate::wire::MlsBytes;
use std::fmt::Display;

/// The refusal of `operation`, for the reason that OpenMLS gives.
pub(crate) fn refused<E: Display>(operation: &'static str) -> impl FnOnce(E) -> MlsError {
    move |error| MlsError::Refused {
        operation,
        reason: error.to_string(),
    }
}

/// What a peer sent cannot be read.
pub(crate) fn malformed(error: impl Display) -> MlsError {
    MlsError::Malformed(error.to_string())
}

/// An MLSMessage that OpenMLS made, as bytes.
pub(crate) fn encode(message: &impl tls_codec::Serialize) -> Result<MlsBytes, MlsError> {
    MlsBytes::encode(message).map_err(malformed)
}
