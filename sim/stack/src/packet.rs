//! What goes over a link: a packet with its headers.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
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

/// What a packet is: its place in the stack's table of kinds ([`Vocabulary::packets`](crate::Vocabulary::packets)),
/// and its name there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    index: u16,
    name: &'static str,
}

impl Kind {
    /// The kind at this place of the table.
    pub const fn new(index: u16, name: &'static str) -> Self {
        Self { index, name }
    }

    /// Its place.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// Its name in tables and files, in kebab case.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Something to send, made ready to travel once however many receive it.
#[derive(Debug, Clone)]
pub struct Packet {
    kind: Kind,
    len: u64,
    body: Body,
}

/// What a packet consists of.
#[derive(Debug, Clone)]
pub enum Body {
    /// As it goes over a wire.
    Bytes(Arc<[u8]>),
    /// Something that only its stack can read, and that has a length but no bytes.
    Structure(Arc<dyn Any + Send + Sync>),
}

impl Packet {
    /// A packet that is bytes.
    pub fn of_bytes(kind: Kind, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self {
            kind,
            len: bytes.len() as u64,
            body: Body::Bytes(bytes),
        }
    }

    /// A packet that is as long as `len` bytes, and travels as it is.
    pub fn of_structure(kind: Kind, len: u64, structure: impl Any + Send + Sync) -> Self {
        Self {
            kind,
            len,
            body: Body::Structure(Arc::new(structure)),
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it consists of.
    pub fn body(&self) -> &Body {
        &self.body
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
    #[must_use]
    pub fn with_bytes(&self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = match &self.body {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::Structure(_) => vec![0; self.len as usize],
        };
        change(&mut bytes);
        Self::of_bytes(self.kind, bytes)
    }
}

/// What an envelope takes on the wire beside its body; nothing where nobody counts it. Whoever sends it works that out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overhead {
    /// Bytes that go with it: heads, frames, records of TLS.
    pub there: u32,
    /// Bytes that come back at once and say no more than that it was taken.
    pub back: u32,
    /// The connection that is set up for it, before it goes.
    pub opening: Option<&'static Opening>,
}

/// How a connection is set up. Bytes are those within TCP's segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Whether it goes on from an earlier one (RFC 8446, section 2.2).
    pub resumed: bool,
    /// What goes to and fro before the first request can leave, in bytes: by turns from whoever opens the connection, who begins,
    /// and back. Two flights are a round trip.
    pub flights: &'static [u32],
    /// Bytes that go with the first request, because it is the first.
    pub besides_there: u32,
    /// Bytes that come with the first answer, because it is the first.
    pub besides_back: u32,
}

impl Opening {
    /// All bytes from whoever opens it.
    pub fn there(&self) -> u64 {
        self.turns(0) + u64::from(self.besides_there)
    }

    /// All bytes to whoever opens it.
    pub fn back(&self) -> u64 {
        self.turns(1) + u64::from(self.besides_back)
    }

    fn turns(&self, first: usize) -> u64 {
        let flights = self.flights.iter().skip(first).step_by(2);
        flights.map(|bytes| u64::from(*bytes)).sum()
    }
}

/// A packet with its headers.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Who put it on this link.
    pub from: Peer,
    /// Its number on this link.
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
    /// What it takes on the wire beside its body.
    pub overhead: Overhead,
    /// What travels.
    pub packet: Packet,
    /// What travels behind it in the same request, where its protocol has several packets in one body: each with headers of its own, from
    /// the same sender. All of it arrives or nothing does.
    pub behind: Option<Arc<[Envelope]>>,
}

impl Envelope {
    /// How many bytes go over the link with it: its body, and what stands around that.
    pub fn wire_len(&self) -> u64 {
        self.body_len() + u64::from(self.overhead.there)
    }

    /// Length of the body that it is, in bytes: its packet and all that travels behind it.
    pub fn body_len(&self) -> u64 {
        let behind = self.behind().iter().map(|envelope| envelope.packet.len());
        self.packet.len() + behind.sum::<u64>()
    }

    /// What travels behind it in the same request.
    pub fn behind(&self) -> &[Envelope] {
        self.behind.as_deref().unwrap_or_default()
    }

    /// It and all that travels behind it, each by itself.
    pub fn apart(mut self) -> impl Iterator<Item = Envelope> {
        let behind = self.behind.take();
        let behind = behind.into_iter().flat_map(|all| all.to_vec());
        std::iter::once(self).chain(behind)
    }

    /// A packet about nothing in particular, the first on its link.
    pub fn new(from: Peer, packet: Packet) -> Self {
        Self {
            from,
            sequence: 0,
            room: None,
            request: None,
            event: None,
            receivers: None,
            overhead: Overhead::default(),
            packet,
            behind: None,
        }
    }
}
