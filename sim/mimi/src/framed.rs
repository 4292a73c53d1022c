//! Frames as packets of the seam.

use crate::wire::{Endpoint, Frame, FrameKind, WireError};
use throng_mls::wire::{EmbeddedMessage, MlsBytes};
use throng_stack::packet::Body;
use throng_stack::{Kind, Packet};

/// A packet that carries a frame.
pub trait Framed: Sized {
    /// Make a frame ready to travel.
    ///
    /// # Errors
    /// The frame cannot be encoded.
    fn seal<M: EmbeddedMessage>(frame: &Frame<M>) -> Result<Self, WireError>;
    /// The frame.
    ///
    /// # Errors
    /// The packet is of no known kind, or what is in it is no such frame.
    fn open<M: EmbeddedMessage>(&self) -> Result<Frame<M>, WireError>;
    /// A body that came over HTTP, for this endpoint. What travels there does not say its kind.
    ///
    /// # Errors
    /// The kind cannot be told.
    fn arrived(endpoint: Endpoint, body: &[u8]) -> Result<Self, WireError>;
    /// A frame of this kind that came as bytes.
    fn received(kind: FrameKind, body: Vec<u8>) -> Self;
    /// What it says that it is; nothing, where that is no kind of frame.
    fn frame_kind(&self) -> Option<FrameKind>;
}

impl From<FrameKind> for Kind {
    fn from(kind: FrameKind) -> Self {
        Self::new(kind.index() as u16, kind.name())
    }
}

impl Framed for Packet {
    fn seal<M: EmbeddedMessage>(frame: &Frame<M>) -> Result<Self, WireError> {
        let kind = Kind::from(frame.kind());
        if M::ENCODED {
            return Ok(Self::of_bytes(kind, frame.encode()?));
        }
        let len = frame.checked_len()? as u64;
        Ok(Self::of_structure(kind, len, frame.clone()))
    }

    fn open<M: EmbeddedMessage>(&self) -> Result<Frame<M>, WireError> {
        let kind = self.frame_kind().ok_or(WireError::NoFrame)?;
        match self.body() {
            Body::Bytes(bytes) => Frame::decode(kind.endpoint(), bytes),
            Body::Structure(frame) => match frame.downcast_ref::<Frame<M>>() {
                Some(frame) => Ok(frame.clone()),
                None => Err(WireError::NoFrame),
            },
        }
    }

    fn arrived(endpoint: Endpoint, body: &[u8]) -> Result<Self, WireError> {
        let mut kinds = FrameKind::ALL
            .into_iter()
            .filter(|kind| kind.endpoint() == endpoint);
        let kind = match (kinds.next(), kinds.next()) {
            (Some(kind), None) => kind,
            // What a handshake or an event is, the message in it says.
            _ => Frame::<MlsBytes>::decode(endpoint, body)?.kind(),
        };
        Ok(Self::received(kind, body.to_vec()))
    }

    fn received(kind: FrameKind, body: Vec<u8>) -> Self {
        Self::of_bytes(kind.into(), body)
    }

    fn frame_kind(&self) -> Option<FrameKind> {
        FrameKind::ALL.get(self.kind().index()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty body is a whole frame of some kinds, so nothing may be taken for one.
    #[test]
    fn what_is_no_frame_is_not_opened_as_an_empty_one() {
        let open = |packet: &Packet| packet.open::<MlsBytes>();
        let disconnect = Kind::from(FrameKind::Disconnect);
        let empty = Packet::of_bytes(disconnect, []);
        assert_eq!(open(&empty), Ok(Frame::Disconnect(())));
        let unknown = Packet::of_bytes(Kind::new(u16::MAX, "unknown"), []);
        assert_eq!(unknown.frame_kind(), None);
        assert_eq!(open(&unknown), Err(WireError::NoFrame));
        let foreign = Packet::of_structure(disconnect, 0, "another engine's");
        assert_eq!(open(&foreign), Err(WireError::NoFrame));
    }
}
