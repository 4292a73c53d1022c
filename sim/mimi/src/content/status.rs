//! Reports of what became of messages: draft-mahy-mimi-message-status-01, section 4. Each message takes 36 bytes, the report around
//! them one, three from 24 messages on.

use super::id::MessageId;

/// What became of a message at whoever reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageStatus(pub u8);

impl MessageStatus {
    /// It has not been read yet.
    pub const UNREAD: Self = Self(0);
    /// A client has it.
    pub const DELIVERED: Self = Self(1);
    /// It was read.
    pub const READ: Self = Self(2);
    /// It expired.
    pub const EXPIRED: Self = Self(3);
    /// It was deleted.
    pub const DELETED: Self = Self(4);
    /// It was hidden by the reporting client.
    pub const HIDDEN: Self = Self(5);
    /// It could not be received.
    pub const ERROR: Self = Self(6);
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerMessageStatus {
    /// Which.
    pub message_id: MessageId,
    /// What.
    pub status: MessageStatus,
}
