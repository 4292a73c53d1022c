//! Who a member says it is (RFC 9420, section 5.3).

use crate::credentials::{self, BASIC, CredentialError};
use std::borrow::Cow;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `Credential`: its type, and the one vector that both types of RFC 9420 consist of: `opaque identity<V>` of
/// a basic one, `Certificate certificates<V>` of X.509; and tokens, too.
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

    /// The URI of the client whose credential it is. Nothing is verified.
    ///
    /// # Errors
    /// Those of [`credentials::client_uri`].
    pub fn client_uri(&self) -> Result<Cow<'_, [u8]>, CredentialError> {
        credentials::client_uri(self.credential_type, self.content.as_slice())
    }
}
