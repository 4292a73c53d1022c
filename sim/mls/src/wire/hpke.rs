//! Something encrypted to a public key.

use std::fmt::Debug;
use tls_codec::{Deserialize, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `HPKECiphertext` (RFC 9420, section 7.6). `V` is the vector of the ciphertext: bytes, or only their number
/// ([`EmbeddedMessage::Opaque`](super::EmbeddedMessage::Opaque)).
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct HpkeCiphertext<V: Size + Serialize + Deserialize + Debug> {
    /// `opaque kem_output<V>`.
    pub kem_output: VLBytes,
    /// `opaque ciphertext<V>`: the plaintext and the AEAD's tag.
    pub ciphertext: V,
}
