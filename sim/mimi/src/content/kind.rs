//! Which of the things that people do a message is.

use super::compose::IS_COMPOSING;
use super::message::{Disposition, MimiContent, Part};
use crate::vocabulary::subjects;
use throng_stack::Subject;

/// What a message is. The draft has no such field: it follows from what the message refers to and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something new.
    Text,
    /// A text about another message.
    Reply,
    /// A sign about another message.
    Reaction,
    /// Something else in the place of an earlier message.
    Edit,
    /// Nothing in the place of an earlier message.
    Delete,
    /// Something that is elsewhere.
    Attachment,
    /// Somebody writes.
    Typing,
}

impl Kind {
    /// That of a message.
    pub fn of(message: &MimiContent) -> Self {
        match (&message.body.part, message.replaces, message.in_reply_to) {
            (Part::Null, Some(_), _) => Self::Delete,
            (_, Some(_), _) => Self::Edit,
            (Part::Single { content_type, .. }, ..) if content_type == IS_COMPOSING => Self::Typing,
            (_, _, Some(_)) if message.body.disposition == Disposition::REACTION => Self::Reaction,
            (Part::External(_), ..) => Self::Attachment,
            (_, _, Some(_)) => Self::Reply,
            _ => Self::Text,
        }
    }

    /// As events are about it.
    pub fn subject(self) -> &'static Subject {
        match self {
            Self::Text => &subjects::TEXT,
            Self::Reply => &subjects::REPLY,
            Self::Reaction => &subjects::REACTION,
            Self::Edit => &subjects::EDIT,
            Self::Delete => &subjects::DELETE,
            Self::Attachment => &subjects::ATTACHMENT,
            Self::Typing => &subjects::TYPING,
        }
    }

    /// Whether it is something that people read: of that receipts say so, and to that others refer.
    pub fn is_read(self) -> bool {
        match self {
            Self::Text | Self::Reply | Self::Edit | Self::Attachment => true,
            Self::Reaction | Self::Delete | Self::Typing => false,
        }
    }
}
