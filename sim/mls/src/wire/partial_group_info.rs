//! A GroupInfo without what a hub that follows the handshakes knows anyway.

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// What a hub that follows the handshakes lacks for a GroupInfo (draft-ietf-mls-ratchet-tree-options-00, "Conveying the GroupInfo").
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PartialGroupInfo {
    /// Whether the GroupInfo has a `ratchet_tree` extension.
    pub ratchet_tree_presence: RatchetTreePresence,
    /// `Extension group_info_extensions<V>` without `ratchet_tree`: the content of the vector, encoded.
    pub group_info_extensions: VLBytes,
    /// The committer's signature on the GroupInfo.
    pub signature: VLBytes,
}

/// Whether a GroupInfo has a `ratchet_tree` extension, and whether the one before had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum RatchetTreePresence {
    /// Neither has.
    NoRatchetTree = 0,
    /// Both have.
    Present = 1,
    /// The one before had.
    Removed = 2,
    /// This one has.
    Added = 3,
}

impl RatchetTreePresence {
    /// Whether the GroupInfo at hand has one.
    pub fn is_here(self) -> bool {
        match self {
            Self::NoRatchetTree | Self::Removed => false,
            Self::Present | Self::Added => true,
        }
    }
}
