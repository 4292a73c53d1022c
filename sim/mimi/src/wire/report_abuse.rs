//! `POST /reportAbuse/{roomId}`: what somebody holds against what was said in a room (draft-ietf-mimi-protocol-06, "Report abuse").

use super::extensions::AppDataDictionary;
use super::identity::IdentifierUri;
use super::submit::Frank;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// A report, which goes to the room's hub and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AbuseReport {
    /// Whose report it is; empty where nobody is to know.
    pub reporting_user: IdentifierUri,
    /// Who is said to have sent the messages.
    pub alleged_abuser_uri: IdentifierUri,
    /// Of which sort it is.
    pub reason_code: AbuseType,
    /// What there is to say of it, for people, in UTF-8; may be empty.
    pub note: VLBytes,
    /// The messages; there may be none.
    pub messages: Vec<AbusiveMessage>,
    /// What else there is.
    pub abuse_extensions: AppDataDictionary,
}

/// A sort of abuse. The draft has no list of them yet, and all but 0 is left to those who agree on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AbuseType(pub u8);

impl AbuseType {
    /// `reserved`: no sort that has a number.
    pub const RESERVED: Self = Self(0);
}

/// A message that is held against its sender, with all that proves that the hub took it.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AbusiveMessage {
    /// Its content, decrypted: a MIMI content message.
    pub message_content: VLBytes,
    /// The hub's stamp.
    pub frank: Frank,
    /// When the hub accepted it, in milliseconds since the epoch of its clock.
    pub accepted_timestamp: u64,
}
