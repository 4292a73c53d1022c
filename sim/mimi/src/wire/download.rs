//! `GET /proxyDownload/{downloadUrl}`: assets, by way of a room's hub (draft-ietf-mimi-protocol-06, "Download Files"), and what is around
//! that: asking the asset's provider itself, and storing it there.
//!
//! Over HTTP a request for an asset has its URL in the path and no body, and the answer is the asset or a status. What stands here is how
//! both are written where there is no HTTP: on a client's stream, and in accounts. How assets come to a provider the draft leaves open;
//! [`UploadAsset`] is ours.

use super::status::Status;
use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLByteSlice,
    VLBytes,
};

/// Asks for an asset.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct DownloadRequest {
    /// Where it is.
    pub download_url: VLBytes,
}

/// Puts an asset where it is to be found.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UploadAsset {
    /// Where it will be.
    pub url: VLBytes,
    /// The asset.
    pub asset: AssetBytes,
}

/// What came of a request for an asset: `uint16 status`, and with 200 `opaque asset<V>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// The asset.
    Asset(AssetBytes),
    /// None, and why, by a status of HTTP.
    Refused(Status),
}

/// The status that an asset comes with.
const OK: u16 = 200;

impl Download {
    /// The status of HTTP that it comes with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Asset(_) => OK,
            Self::Refused(status) => status.code(),
        }
    }
}

impl Size for Download {
    fn tls_serialized_len(&self) -> usize {
        2 + match self {
            Self::Asset(asset) => asset.tls_serialized_len(),
            Self::Refused(_) => 0,
        }
    }
}

impl Serialize for Download {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        match self {
            Self::Asset(asset) => Ok(OK.tls_serialize(writer)? + asset.tls_serialize(writer)?),
            Self::Refused(status) => status.tls_serialize(writer),
        }
    }
}

impl Deserialize for Download {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let status = Status::tls_deserialize(bytes)?;
        match status.code() {
            OK => AssetBytes::tls_deserialize(bytes).map(Self::Asset),
            _ => Ok(Self::Refused(status)),
        }
    }
}

/// An asset, encrypted. Copies share the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct AssetBytes(Arc<[u8]>);

impl AssetBytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for AssetBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Arc<[u8]>> for AssetBytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(bytes)
    }
}

impl From<AssetBytes> for Arc<[u8]> {
    fn from(asset: AssetBytes) -> Self {
        asset.0
    }
}

impl fmt::Debug for AssetBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an asset of {} bytes", self.0.len())
    }
}

impl Size for AssetBytes {
    fn tls_serialized_len(&self) -> usize {
        VLByteSlice(&self.0).tls_serialized_len()
    }
}

impl Serialize for AssetBytes {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        VLByteSlice(&self.0).tls_serialize(writer)
    }
}

impl Deserialize for AssetBytes {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let bytes = VLBytes::tls_deserialize(bytes)?;
        Ok(Self::from(Vec::from(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_comes_with_200_and_none_with_what_is_wrong() {
        let asset = Download::Asset(vec![7; 3].into());
        let bytes = asset.tls_serialize_detached().unwrap();
        assert_eq!(bytes, [0, 200, 3, 7, 7, 7]);
        assert_eq!(
            (bytes.len(), asset.status()),
            (asset.tls_serialized_len(), 200)
        );
        assert_eq!(Download::tls_deserialize_exact(&bytes), Ok(asset));
        let none = Download::Refused(Status::new(404).unwrap());
        let bytes = none.tls_serialize_detached().unwrap();
        assert_eq!(bytes, [1, 148]);
        assert_eq!(
            (bytes.len(), none.status()),
            (none.tls_serialized_len(), 404)
        );
        assert_eq!(Download::tls_deserialize_exact(&bytes), Ok(none));
        // No status; an asset that is cut short; one where there is none.
        for wrong in [&[0, 99][..], &[0, 200], &[0, 200, 2, 7], &[1, 148, 0]] {
            assert!(Download::tls_deserialize_exact(wrong).is_err(), "{wrong:?}");
        }
    }
}
