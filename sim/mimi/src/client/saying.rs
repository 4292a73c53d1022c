//! A message that somebody wants to send, and what is attached to one that somebody reads.

use crate::content::message::ExternalPart;
use crate::content::{Kind, MessageId};
use crate::wire::UploadAsset;
use throng_stack::Subject;
use throng_workloads::intent::UserId;
use throng_workloads::scenario::DownloadsBy;
use throng_workloads::time::SimTime;

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

/// What is attached to a message that was read, and is to be fetched.
#[derive(Debug)]
pub(super) struct Wanted {
    /// What the message says of it.
    pub(super) part: ExternalPart,
    /// When the message was read.
    pub(super) since: SimTime,
    /// Who is to fetch it.
    pub(super) by: DownloadsBy,
}
