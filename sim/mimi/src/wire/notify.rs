//! `POST /notify/{roomId}`: what the hub fans out (draft-ietf-mimi-protocol-06, "Fanout Messages and
//! Room Events").

use super::error::WireError;
use super::ratchet_tree::RatchetTreeOption;
use super::submit::Frank;
use std::io::{Read, Write};
use throng_mls::wire::embedded::{Embedded, EmbeddedMessage, require, require_all};
use tls_codec::{Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize};

/// One event of a room. No field says which: the receiver sees that from the message. The draft selects
/// on `message.wire_format` with cases (`application`, `commit`, …) that are content types; we read it
/// as wire format and content type together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FanoutMessage<M: EmbeddedMessage> {
    /// When the hub accepted it, in milliseconds since the epoch of the clock.
    pub timestamp: u64,
    /// What it accepted.
    pub event: FanoutEvent<M>,
}

/// Not now: what a follower answers instead of 201, as 503 with Retry-After would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct NotifyLater {
    /// After so many seconds the hub may try again.
    pub retry_after: u32,
}

/// What is fanned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FanoutEvent<M: EmbeddedMessage> {
    /// An application message.
    Application {
        /// The message.
        message: M,
        /// The hub's stamp.
        frank: Option<Frank>,
    },
    /// An invitation, sent only to the providers of those whom the commit adds.
    Welcome {
        /// The Welcome.
        message: M,
        /// The tree to join with.
        ratchet_tree: RatchetTreeOption<M::Opaque>,
    },
    /// Proposals.
    Proposal {
        /// The first.
        message: M,
        /// Those that came with it in its HandshakeBundle, unchanged.
        more_proposals: Vec<M>,
    },
    /// A commit.
    Commit {
        /// The commit.
        message: M,
        /// Where an external commit voided proposals of the hub: their successors in the new epoch.
        external_proposals: Vec<M>,
    },
}

impl<M: EmbeddedMessage> FanoutEvent<M> {
    /// The message (of several proposals, the first).
    pub fn message(&self) -> &M {
        match self {
            Self::Application { message, .. }
            | Self::Welcome { message, .. }
            | Self::Proposal { message, .. }
            | Self::Commit { message, .. } => message,
        }
    }

    /// What the message must be.
    pub fn content(&self) -> Embedded {
        match self {
            Self::Application { .. } => Embedded::Application,
            Self::Welcome { .. } => Embedded::Welcome,
            Self::Proposal { .. } => Embedded::Proposal,
            Self::Commit { .. } => Embedded::Commit,
        }
    }
}

impl<M: EmbeddedMessage> FanoutMessage<M> {
    /// Reads a whole body of `/notify`, which is one or more events one after another.
    ///
    /// # Errors
    /// [`WireError::Codec`] where the body is empty or any event is damaged.
    pub fn decode_all(mut body: &[u8]) -> Result<Vec<Self>, WireError> {
        let mut events = Vec::new();
        loop {
            let event = Self::tls_deserialize(&mut body).map_err(WireError::codec("notify"))?;
            events.push(event);
            if body.is_empty() {
                return Ok(events);
            }
        }
    }
}

impl<M: EmbeddedMessage> Size for FanoutMessage<M> {
    fn tls_serialized_len(&self) -> usize {
        self.timestamp.tls_serialized_len()
            + self.event.message().tls_serialized_len()
            + match &self.event {
                FanoutEvent::Application { frank, .. } => frank.tls_serialized_len(),
                FanoutEvent::Welcome { ratchet_tree, .. } => ratchet_tree.tls_serialized_len(),
                FanoutEvent::Proposal {
                    more_proposals: list,
                    ..
                }
                | FanoutEvent::Commit {
                    external_proposals: list,
                    ..
                } => list.tls_serialized_len(),
            }
    }
}

impl<M: EmbeddedMessage> Serialize for FanoutMessage<M> {
    /// Refuses a message that is not what its field says, since the receiver would read on as the
    /// message, not the field, tells it.
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        require(self.event.message(), self.event.content())?;
        let mut written = self.timestamp.tls_serialize(writer)?;
        written += self.event.message().tls_serialize(writer)?;
        written += match &self.event {
            FanoutEvent::Application { frank, .. } => frank.tls_serialize(writer)?,
            FanoutEvent::Welcome { ratchet_tree, .. } => ratchet_tree.tls_serialize(writer)?,
            FanoutEvent::Proposal {
                more_proposals: list,
                ..
            }
            | FanoutEvent::Commit {
                external_proposals: list,
                ..
            } => {
                require_all(list, Embedded::Proposal)?;
                list.tls_serialize(writer)?
            }
        };
        Ok(written)
    }
}

impl<M: EmbeddedMessage> Deserialize for FanoutMessage<M> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let timestamp = u64::tls_deserialize(bytes)?;
        let message = M::tls_deserialize(bytes)?;
        let event = match message.content() {
            Embedded::Application => FanoutEvent::Application {
                message,
                frank: Option::tls_deserialize(bytes)?,
            },
            Embedded::Welcome => FanoutEvent::Welcome {
                message,
                ratchet_tree: RatchetTreeOption::tls_deserialize(bytes)?,
            },
            Embedded::Proposal => FanoutEvent::Proposal {
                message,
                more_proposals: proposals(bytes)?,
            },
            Embedded::Commit => FanoutEvent::Commit {
                message,
                external_proposals: proposals(bytes)?,
            },
            found @ (Embedded::GroupInfo | Embedded::KeyPackage) => {
                return Err(Error::DecodingError(format!("{found} is never fanned out")));
            }
        };
        Ok(Self { timestamp, event })
    }
}

fn proposals<M: EmbeddedMessage, R: Read>(bytes: &mut R) -> Result<Vec<M>, Error> {
    let list = Vec::tls_deserialize(bytes)?;
    require_all(&list, Embedded::Proposal)?;
    Ok(list)
}
