//! `POST /submitMessage/{roomId}`: application messages on their way to the hub
//! (draft-ietf-mimi-protocol-06, "Submit a Message").

use super::identity::{IdentifierUri, Protocol};
use std::io::{Read, Write};
use throng_mls::wire::embedded::{Embedded, EmbeddedMessage, require};
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// One application message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitMessageRequest<M: EmbeddedMessage> {
    /// MLS 1.0.
    pub protocol: Protocol,
    /// A PrivateMessage with application data.
    pub app_message: M,
    /// Who sends it, as the participant list has them: followers shall not see it, the hub must.
    pub sending_uri: IdentifierUri,
}

impl<M: EmbeddedMessage> Size for SubmitMessageRequest<M> {
    fn tls_serialized_len(&self) -> usize {
        self.protocol.tls_serialized_len()
            + self.app_message.tls_serialized_len()
            + self.sending_uri.tls_serialized_len()
    }
}

impl<M: EmbeddedMessage> Serialize for SubmitMessageRequest<M> {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        require(&self.app_message, Embedded::Application)?;
        Ok(self.protocol.tls_serialize(writer)?
            + self.app_message.tls_serialize(writer)?
            + self.sending_uri.tls_serialize(writer)?)
    }
}

impl<M: EmbeddedMessage> Deserialize for SubmitMessageRequest<M> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let protocol = Protocol::tls_deserialize(bytes)?;
        let app_message = M::tls_deserialize(bytes)?;
        require(&app_message, Embedded::Application)?;
        Ok(Self {
            protocol,
            app_message,
            sending_uri: IdentifierUri::tls_deserialize(bytes)?,
        })
    }
}

/// The hub's verdict.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SubmitMessageResponse {
    /// MLS 1.0.
    pub protocol: Protocol,
    /// The verdict.
    pub outcome: SubmitOutcome,
}

/// The hub's verdict on an application message.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum SubmitOutcome {
    /// Accepted, and will be fanned out. (The draft's enumeration calls this `accepted`, its `select`
    /// calls it `success`.)
    #[tls_codec(discriminant = 0)]
    Accepted(SubmitAccepted),
    /// The policy forbids it.
    #[tls_codec(discriminant = 1)]
    NotAllowed,
    /// The message's epoch is too long ago.
    #[tls_codec(discriminant = 2)]
    EpochTooOld {
        /// The epoch at which the group is.
        current_epoch: u64,
    },
}

/// What the sender of an accepted message learns.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SubmitAccepted {
    /// When, in milliseconds since the epoch of the clock.
    pub accepted_timestamp: u64,
    /// The hub's stamp, where the message asked for one.
    pub frank: Option<Frank>,
}

/// The hub's stamp on a message (section "Message Franking"): 32 + 2 + the signature with its length.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Frank {
    /// HMAC-SHA256 with the hub's key over the message's franking tag and its context.
    pub server_frank: [u8; 32],
    /// The group's ciphersuite when the message was stamped.
    pub franking_signature_ciphersuite: u16,
    /// The hub's signature over `server_frank` and the context.
    pub franking_integrity_signature: VLBytes,
}
