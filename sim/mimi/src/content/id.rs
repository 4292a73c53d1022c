//! By what a message is referred to: draft-ietf-mimi-content-08, section 3.3 ("Message ID").

use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 in the registry of named information hash algorithms (RFC 6920).
pub(crate) const SHA_256: u8 = 1;

/// 32 bytes: which hash algorithm it is, and the first 31 bytes of the hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub [u8; 32]);

impl MessageId {
    /// That of a message with this salt from a sender in a room, by their URIs. `None` where a URI is longer than 65,535 bytes: there is
    /// no id then.
    pub fn of(sender_uri: &str, room_uri: &str, message: &[u8], salt: &[u8; 16]) -> Option<Self> {
        let mut hash = Sha256::new();
        for uri in [sender_uri, room_uri] {
            hash.update(u16::try_from(uri.len()).ok()?.to_be_bytes());
            hash.update(uri);
        }
        hash.update(message);
        hash.update(salt);
        let hash = hash.finalize();
        let mut id = [SHA_256; 32];
        id[1..].copy_from_slice(&hash[..31]);
        Some(Self(id))
    }

    /// Whether its algorithm is one that the draft has.
    pub fn is_known(&self) -> bool {
        self.0[0] == SHA_256
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
