//! How clients and groups are written down: in `postcard`, whole.

use crate::engine::MlsError;
use crate::openmls::error::malformed;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value, written.
pub(crate) fn write(value: &impl Serialize) -> Result<Vec<u8>, MlsError> {
    postcard::to_stdvec(value).map_err(malformed)
}

/// The value that was written so, and nothing behind it.
pub(crate) fn read<T: DeserializeOwned>(kept: &[u8]) -> Result<T, MlsError> {
    let (value, rest) = postcard::take_from_bytes(kept).map_err(malformed)?;
    match rest.is_empty() {
        true => Ok(value),
        false => Err(malformed("there is more than was written")),
    }
}
