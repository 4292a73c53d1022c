//! Codes by which people come in (draft-ietf-mimi-room-policy-03, "Join Link policies component").

use sha2::{Digest, Sha256};
use std::fmt::Write;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// `JoinLinkPolicy`. A `bool` is a byte, 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct JoinLinkPolicy {
    /// Whether there is one link at most.
    pub on_request: u8,
    /// `Uri join_link`: where to ask for one.
    pub join_link: VLBytes,
    /// Whether several users may use the same.
    pub multiuser: u8,
    /// How long a new one holds, in seconds.
    pub expiration: u32,
}

/// `JoinLinksData`: those that hold. The draft's `JoinLink` is an `opaque` of no length, meant is one of its own.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct JoinLinksData {
    /// `JoinLink links<V>`.
    pub links: Vec<VLBytes>,
}

/// The code of a room's first link: 16 bytes of a hash, in hexadecimal.
pub(crate) fn joining_code(room: &str) -> String {
    let hash = Sha256::new()
        .chain_update(b"throng joining code")
        .chain_update(room)
        .finalize();
    let mut code = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        // Writing to a string does not fail.
        let _ = write!(code, "{byte:02x}");
    }
    code
}

impl JoinLinksData {
    /// The link of a room's first code.
    pub(crate) fn of(room: &str, code: &str) -> Self {
        Self {
            links: vec![link(room, code.as_bytes()).into()],
        }
    }

    /// Whether a code is that of a link to this room.
    pub(crate) fn admit(&self, room: &str, code: &[u8]) -> bool {
        let wanted = link(room, code);
        self.links.iter().any(|link| link.as_slice() == wanted)
    }
}

/// A room's URI, and after it the code.
fn link(room: &str, code: &[u8]) -> Vec<u8> {
    [room.as_bytes(), b"?code=", code].concat()
}
