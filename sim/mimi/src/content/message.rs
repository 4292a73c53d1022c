//! A MIMI content message: draft-ietf-mimi-content-08, section 4. Names are those of its schema.

use super::id::MessageId;
use ciborium::Value;

/// A message: what it is about, and its body.
#[derive(Debug, Clone, PartialEq)]
pub struct MimiContent {
    /// Makes its id one that nobody can guess, and no other message has.
    pub salt: [u8; 16],
    /// The earlier message in whose place it comes.
    pub replaces: Option<MessageId>,
    /// What all messages of a thread have in common; empty for none. At most 4,096 bytes.
    pub topic_id: Vec<u8>,
    /// When it is to go.
    pub expires: Option<Expiration>,
    /// The earlier message that it is about.
    pub in_reply_to: Option<MessageId>,
    /// What else there is to say.
    pub extensions: Extensions,
    /// What people see.
    pub body: NestedPart,
}

/// When a message is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiration {
    /// Whether `time` counts from when it is read, or from the beginning of 1970.
    pub relative: bool,
    /// In seconds.
    pub time: u32,
}

/// What a message says besides: by keys, of which the draft has two (section 4.3).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extensions {
    /// Key 1: the user who sends it.
    pub sender_uri: Option<String>,
    /// Key 2: the room in which it is sent.
    pub room_uri: Option<String>,
    /// Those that the draft does not have, ascending by the encoding of their keys.
    pub others: Vec<(Value, Value)>,
}

/// A part of a body, or all of it (section 4.4).
#[derive(Debug, Clone, PartialEq)]
pub struct NestedPart {
    /// What it is for.
    pub disposition: Disposition,
    /// The language tags of RFC 5646 with commas between them, or nothing.
    pub language: String,
    /// What is in it.
    pub part: Part,
}

/// What a part is for. What nobody knows is as [`Disposition::RENDER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disposition(pub u8);

impl Disposition {
    /// Nobody says.
    pub const UNSPECIFIED: Self = Self(0);
    /// To be shown.
    pub const RENDER: Self = Self(1);
    /// A sign about another message.
    pub const REACTION: Self = Self(2);
    /// To be downloaded rather than shown.
    pub const ATTACHMENT: Self = Self(6);
}

/// What is in a part.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Nothing.
    Null,
    /// Content of a media type.
    Single {
        /// Which.
        content_type: String,
        /// The content.
        content: Vec<u8>,
    },
    /// Content that is elsewhere.
    External(Box<ExternalPart>),
    /// Two parts or more.
    Multi {
        /// What they are to each other.
        semantics: PartSemantics,
        /// The parts.
        parts: Vec<NestedPart>,
    },
}

/// What the parts of a part are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartSemantics {
    /// The receiver takes one of them.
    ChooseOne = 0,
    /// They are one thing.
    SingleUnit = 1,
    /// The receiver takes each.
    ProcessAll = 2,
}

/// Content that is elsewhere (section 4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalPart {
    /// Its media type.
    pub content_type: String,
    /// Where it is.
    pub url: String,
    /// Until when, in seconds from the beginning of 1970; 0 for always.
    pub expires: u32,
    /// Its length in bytes; 0 where nobody says.
    pub size: u64,
    /// How it is encrypted, as IANA numbers AEAD algorithms; 0 for not at all.
    pub enc_alg: u16,
    /// The key of that.
    pub key: Vec<u8>,
    /// Its nonce.
    pub nonce: Vec<u8>,
    /// What is authenticated with it.
    pub aad: Vec<u8>,
    /// The algorithm of `content_hash`, as IANA numbers hashes for named information.
    pub hash_alg: u8,
    /// The hash of what is there.
    pub content_hash: Vec<u8>,
    /// What it is, in words.
    pub description: String,
    /// What to call it.
    pub filename: String,
}
