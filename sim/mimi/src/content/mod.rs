//! What is inside application messages: draft-ietf-mimi-content-08, and message status of draft-mahy-mimi-message-status-01.
//!
//! - [`message`]: a MIMI content message and its body. Start here. [`id`]: by what it is referred to.
//! - [`asset`]: what is attached, as it is stored.
//! - [`compose`]: what people send, as such messages; [`kind`]: which of that one is.
//! - [`status`]: reports of what became of messages.
//! - [`decode`]: both from deterministic CBOR, in which [`MimiContent::encode`] and [`encode_report`] put them; [`error`]: what is wrong with what is neither.
//!
//! Checked against the examples of both drafts, as their repositories have them in binary (content of March 2026, which became -08;
//! status -01): what is encoded here is byte for byte the same, and message ids are those that the examples name (`tests`).
//!
//! Where the drafts are silent, this is decided:
//!
//! - A status report is the whole content of an application message, and no part of a MIMI content message. Neither draft says how a
//!   receiver tells the two apart; by their first bytes they cannot be confused: a content message begins with a salt, a report with a list.
//! - There is no typing notice in either. It is a content message whose single part is `application/im-iscomposing+xml` (RFC 3994), the
//!   one format for it that the IETF has, of unspecified disposition.
//! - Sender and room are both named in the extensions, as in all examples: MIMI's franking counts on them.
//!
//! What this does not do: render anything, or follow chains of replies.

pub mod asset;
mod cbor;
pub mod compose;
pub mod error;
pub mod id;
pub mod kind;
pub mod message;
pub mod status;

#[cfg(test)]
mod tests;

pub use cbor::{Content, decode, encode_report};
pub use error::ContentError;
pub use id::MessageId;
pub use kind::Kind;
pub use message::MimiContent;
pub use status::{MessageStatus, PerMessageStatus};
