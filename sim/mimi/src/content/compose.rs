//! What people send, as MIMI content messages: put together as the draft's examples are (draft-ietf-mimi-content-08, section 5).

use super::id::MessageId;
use super::message::{Disposition, Extensions, ExternalPart, MimiContent, NestedPart, Part};

/// The media type of what people write: every client can show it (draft-ietf-mimi-content-08, section 7.1).
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";

/// That of a reaction.
pub const PLAIN: &str = "text/plain;charset=utf-8";

/// That of a typing notice (RFC 3994, section 6.1).
pub const IS_COMPOSING: &str = "application/im-iscomposing+xml";

/// That somebody is writing (RFC 3994, section 4): no more than has to be in it.
const ACTIVE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <isComposing xmlns=\"urn:ietf:params:xml:ns:im-iscomposing\"><state>active</state></isComposing>";

/// What is around whatever a user sends in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around<'a> {
    /// The message's salt.
    pub salt: [u8; 16],
    /// The user.
    pub sender_uri: &'a str,
    /// The room.
    pub room_uri: &'a str,
}

/// An earlier message that another comes in the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Its id.
    pub id: MessageId,
    /// What it was about: whoever replaces it cannot change that (section 9.3).
    pub in_reply_to: Option<MessageId>,
}

impl Around<'_> {
    /// A text.
    pub fn text(&self, text: Vec<u8>) -> MimiContent {
        self.message(Disposition::RENDER, "", single(MARKDOWN, text))
    }

    /// A text about another message.
    pub fn reply(&self, to: MessageId, text: Vec<u8>) -> MimiContent {
        MimiContent {
            in_reply_to: Some(to),
            ..self.text(text)
        }
    }

    /// An emoji about another message.
    pub fn reaction(&self, to: MessageId, emoji: &str) -> MimiContent {
        let emoji = single(PLAIN, emoji.as_bytes().to_vec());
        MimiContent {
            in_reply_to: Some(to),
            ..self.message(Disposition::REACTION, "", emoji)
        }
    }

    /// Another text in the place of one.
    pub fn edit(&self, of: Earlier, text: Vec<u8>) -> MimiContent {
        MimiContent {
            replaces: Some(of.id),
            in_reply_to: of.in_reply_to,
            ..self.text(text)
        }
    }

    /// Nothing in the place of a message.
    pub fn delete(&self, of: Earlier) -> MimiContent {
        MimiContent {
            replaces: Some(of.id),
            in_reply_to: of.in_reply_to,
            ..self.message(Disposition::RENDER, "", Part::Null)
        }
    }

    /// Something that is elsewhere, whose description is in this language.
    pub fn attachment(&self, language: &str, what: ExternalPart) -> MimiContent {
        let what = Part::External(Box::new(what));
        self.message(Disposition::ATTACHMENT, language, what)
    }

    /// That the user is writing.
    pub fn typing(&self) -> MimiContent {
        let active = single(IS_COMPOSING, ACTIVE.as_bytes().to_vec());
        self.message(Disposition::UNSPECIFIED, "", active)
    }

    fn message(&self, disposition: Disposition, language: &str, part: Part) -> MimiContent {
        MimiContent {
            salt: self.salt,
            replaces: None,
            topic_id: Vec::new(),
            expires: None,
            in_reply_to: None,
            extensions: Extensions {
                sender_uri: Some(self.sender_uri.to_owned()),
                room_uri: Some(self.room_uri.to_owned()),
                others: Vec::new(),
            },
            body: NestedPart {
                disposition,
                language: language.to_owned(),
                part,
            },
        }
    }
}

fn single(content_type: &str, content: Vec<u8>) -> Part {
    Part::Single {
        content_type: content_type.to_owned(),
        content,
    }
}
