//! What goes over a link: a frame with what its HTTP request line and headers would say.

use crate::wire::{Frame, FrameKind, WireError};
use std::any::Any;
use std::sync::Arc;
use throng_mls::wire::EmbeddedMessage;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};

/// One end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// A client; its only peer is its provider.
    Client(ClientId),
    /// A provider.
    Provider(ProviderId),
}

/// Names a request, so that its response finds the way back and a retried one is known again. Travels
/// in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId {
    /// The provider of the client that asks.
    pub provider: ProviderId,
    /// The client that asks.
    pub client: ClientId,
    /// Counts the client's requests.
    pub number: u32,
}

/// A frame, made ready to travel once however many receive it.
#[derive(Debug, Clone)]
pub struct Packet {
    kind: FrameKind,
    len: u64,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    /// As it goes over a wire.
    Bytes(Arc<[u8]>),
    /// The frame itself, where its messages are only lengths ([`EmbeddedMessage::ENCODED`]).
    Structure(Arc<dyn Any + Send + Sync>),
}

impl Packet {
    /// Make a frame ready.
    pub fn seal<M: EmbeddedMessage>(frame: &Frame<M>) -> Result<Self, WireError> {
        let kind = frame.kind();
        if M::ENCODED {
            return Ok(Self::of_bytes(kind, frame.encode()?));
        }
        Ok(Self {
            kind,
            len: frame.checked_len()? as u64,
            body: Body::Structure(Arc::new(frame.clone())),
        })
    }

    fn of_bytes(kind: FrameKind, bytes: Vec<u8>) -> Self {
        Self {
            kind,
            len: bytes.len() as u64,
            body: Body::Bytes(bytes.into()),
        }
    }

    /// The frame. Fails on bytes that are no such frame.
    pub fn open<M: EmbeddedMessage>(&self) -> Result<Frame<M>, WireError> {
        let endpoint = self.kind.endpoint();
        match &self.body {
            Body::Bytes(bytes) => Frame::decode(endpoint, bytes),
            Body::Structure(frame) => match frame.downcast_ref::<Frame<M>>() {
                Some(frame) => Ok(frame.clone()),
                None => Frame::decode(endpoint, &[]),
            },
        }
    }

    /// What it is.
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Length of the body in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the body is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The body, to be changed by whoever wants to damage it. One that is only a length becomes zeros, and
    /// can then no more be opened.
    pub fn with_bytes(&self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = match &self.body {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::Structure(_) => vec![0; self.len as usize],
        };
        change(&mut bytes);
        Self::of_bytes(self.kind, bytes)
    }
}

/// A packet with its headers. Only the packet's bytes are counted: HTTP and TLS framing depend on the
/// deployment.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Who put it on this link.
    pub from: Peer,
    /// Its number on this link (see [`crate::inbox`]).
    pub sequence: u64,
    /// The room, where it is about one (in the URL).
    pub room: Option<RoomId>,
    /// The request that it is or answers.
    pub request: Option<RequestId>,
    /// A fan-out's event: which of the room's events it is, from 0. The drafts tell repeated
    /// notifications by their bytes; a number in a header does the same.
    pub event: Option<u64>,
    /// A fan-out's receivers among the addressed provider's clients. The drafts leave a follower to
    /// derive them from the handshakes that it forwards; here the hub's list is handed over.
    pub receivers: Option<Arc<[ClientId]>>,
    /// How many more of the addressed provider's clients a fan-out is for: those of the room who do nothing
    /// but receive. The provider knows them.
    pub passive: u32,
    /// The frame.
    pub packet: Packet,
}
