//! A message that somebody wants to send.

use crate::content::{Kind, MessageId};
use crate::wire::UploadAsset;
use throng_stack::Subject;
use throng_workloads::intent::UserId;

/// What is to be said.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    /// How many bytes a person writes in it.
    pub(super) bytes: u32,
    /// Once it is written, where its content is more than that: it is the same message however often it is sent.
    pub(super) composed: Option<Composed>,
}

/// A message that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Composed {
    /// What it is.
    pub(super) subject: &'static Subject,
    /// What is encrypted.
    pub(super) content: Vec<u8>,
    /// What is attached to it and is to be stored before it is sent, until that is under way.
    pub(super) upload: Option<UploadAsset>,
    /// What commits to it where messages are franked.
    pub(super) tag: [u8; 32],
    /// The same for who refers to it.
    pub(super) said: Said,
}

/// A message as far as others can refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) id: MessageId,
    pub(super) kind: Kind,
    pub(super) in_reply_to: Option<MessageId>,
    /// The earlier message in whose place it comes.
    pub(super) replaces: Option<MessageId>,
    /// Whose it is.
    pub(super) by: UserId,
}
