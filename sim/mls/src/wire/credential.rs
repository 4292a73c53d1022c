//! Who a member says it is (RFC 9420, section 5.3).

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `basic` (RFC 9420, section 17.5).
pub const BASIC: u16 = 1;
/// `x509`.
pub const X509: u16 = 2;

/// `Credential`: its type, and the one vector that both types of RFC 9420 consist of: `opaque identity<V>` of
/// a basic one, `Certificate certificates<V>` of X.509.
///
/// ```
/// use throng_mls::wire::Credential;
/// use tls_codec::Serialize;
///
/// let alice = Credential::basic(b"mimi://a.example/d/alice.1");
/// assert_eq!(alice.tls_serialize_detached()?[..4], [0, 1, 26, b'm']);
/// # Ok::<(), tls_codec::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Credential {
    /// `CredentialType`.
    pub credential_type: u16,
    /// The content of the vector.
    pub content: VLBytes,
}

impl Credential {
    /// A basic credential with this identity.
    pub fn basic(identity: &[u8]) -> Self {
        Self {
            credential_type: BASIC,
            content: VLBytes::new(identity.to_vec()),
        }
    }

    /// The identity of a basic credential; `None` of another.
    pub fn identity(&self) -> Option<&[u8]> {
        (self.credential_type == BASIC).then(|| self.content.as_slice())
    }
}
