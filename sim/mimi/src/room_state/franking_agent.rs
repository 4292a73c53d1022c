//! Who stamps the messages of a room.

use throng_mls::engine::Engine;
use throng_mls::wire::Credential;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `FrankingAgentData` (draft-ietf-mimi-protocol-06, "Message Franking"): who stamps the messages of a room; a component of its group's GroupContext.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct FrankingAgentData {
    /// `SignaturePublicKey franking_signature_key`: for the signature algorithm of the group's ciphersuite.
    pub franking_signature_key: VLBytes,
    /// The hub's.
    pub credential: Credential,
}

impl FrankingAgentData {
    /// The one who has this identity.
    pub fn of<E: Engine>(engine: &E, identity: &E::Client) -> Self {
        Self {
            franking_signature_key: engine.signature_key(identity).into(),
            credential: engine.credential(identity),
        }
    }
}
