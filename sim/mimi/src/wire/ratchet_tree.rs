//! How a ratchet tree is conveyed (draft-ietf-mls-ratchet-tree-options-00).

use std::fmt::Debug;
use tls_codec::{Deserialize, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// Asks a client's own provider for the tree at a URL, and that asks the URL itself: a GET, which has no body.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RatchetTreeRequest {
    /// Where from, as the hub has said.
    pub ratchet_tree_url: VLBytes,
}

impl RatchetTreeRequest {
    /// The URL, where it is text.
    pub fn url(&self) -> Option<&str> {
        std::str::from_utf8(self.ratchet_tree_url.as_slice()).ok()
    }
}

/// The tree itself, or where it comes from. `V` is the vector of nodes,
/// [`EmbeddedMessage::Opaque`](throng_mls::wire::EmbeddedMessage::Opaque): whoever joins by the tree checks its
/// nodes, those who pass it on do not look inside.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum RatchetTreeOption<V: Size + Serialize + Deserialize + Debug> {
    /// The whole tree: `optional<Node> ratchet_tree<V>`, as in RFC 9420, section 12.4.3.3. (The draft
    /// writes `Node`; without `optional` blank nodes could not be said.)
    #[tls_codec(discriminant = 1)]
    Full(V),
    /// To be downloaded.
    #[tls_codec(discriminant = 2)]
    HttpsUri {
        /// Where from.
        ratchet_tree_url: VLBytes,
    },
    /// Conveyed or rebuilt by means that are not specified.
    #[tls_codec(discriminant = 3)]
    OutOfBand,
    /// Rebuilt by the hub from the handshake messages that it sees.
    #[tls_codec(discriminant = 4)]
    DistributionService,
}
