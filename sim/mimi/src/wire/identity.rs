//! Protocol numbers, URIs and references: the small parts that several structs share.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLByteSlice,
    VLBytes,
};

/// The end-to-end protocol of a room (draft-ietf-mimi-protocol-06, "MIMI Endpoints and
/// Framing").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Protocol {
    /// MLS 1.0.
    #[default]
    Mls10 = 1,
}

/// `struct { opaque uri<V>; } IdentifierUri`: who or what, as a `mimi:` URI. Copies share the text.
///
/// ```
/// use throng_mimi::wire::IdentifierUri;
/// let alice = IdentifierUri::from("mimi://a.example/u/alice");
/// assert_eq!(alice.as_str(), "mimi://a.example/u/alice");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentifierUri(Arc<str>);

impl IdentifierUri {
    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for IdentifierUri {
    fn from(uri: &str) -> Self {
        Self(uri.into())
    }
}

impl From<String> for IdentifierUri {
    fn from(uri: String) -> Self {
        Self(uri.into())
    }
}

impl fmt::Display for IdentifierUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Size for IdentifierUri {
    fn tls_serialized_len(&self) -> usize {
        VLByteSlice(self.0.as_bytes()).tls_serialized_len()
    }
}

impl Serialize for IdentifierUri {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        VLByteSlice(self.0.as_bytes()).tls_serialize(writer)
    }
}

impl Deserialize for IdentifierUri {
    /// A URI is ASCII (RFC 3986), so anything but UTF-8 is refused.
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        String::tls_deserialize(bytes).map(Self::from)
    }
}

/// The hash that names a proposal (RFC 9420, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ProposalRef(VLBytes);

impl ProposalRef {
    /// The reference with this hash.
    pub fn new(hash: impl Into<Vec<u8>>) -> Self {
        Self(VLBytes::new(hash.into()))
    }

    /// The hash.
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }
}
