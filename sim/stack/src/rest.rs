//! Clients at rest: what is written of one, so that another process goes on with it.
//!
//! A provider keeps what it must not forget row by row, at any moment ([`keep`](crate::keep)). A client is written down whole, and only where
//! nothing is under way that somebody else would have to be told of: it is at rest then.

use crate::fact::Detail;
use crate::party::Party;
use std::sync::Arc;
use throng_workloads::intent::RoomId;

/// Why a client cannot be written down, or taken up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Something is under way.
    #[error("it is not at rest: {0}")]
    Busy(String),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Damaged(String),
    /// It was written in another way.
    #[error("it is of version {found}; expected {expected}")]
    OtherVersion {
        /// Its version.
        found: u16,
        /// The one that is read.
        expected: u16,
    },
    /// It is somebody else.
    #[error("it is {found}; expected {expected}")]
    Other {
        /// Who it is.
        found: String,
        /// Who it has to be.
        expected: String,
    },
}

/// A room that a client is a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub room: RoomId,
    /// The room's state in its own order.
    pub state: u64,
    /// How many clients are members there, as this one knows it.
    pub members: u32,
    /// What members at the same state agree on, if the protocol has something like that.
    pub digest: Option<[u8; 8]>,
}

/// A client that can be written down.
pub trait Rest: Party {
    /// All that it is, but for its connection and its randomness: whoever goes on from this is offline, and draws anew.
    ///
    /// # Errors
    /// [`RestError::Busy`] where something is under way.
    fn written(&mut self) -> Result<Vec<u8>, RestError>;

    /// The rooms that it is a member of, ascending.
    fn memberships(&self) -> Vec<Membership>;

    /// What only the protocol has to say of such a room.
    fn detail(&self, room: RoomId) -> Option<Arc<dyn Detail>>;

    /// KeyPackages, or what a protocol has of that kind, that it has published and nobody has used.
    fn key_packages(&self) -> u64;
}
