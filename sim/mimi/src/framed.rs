//! Frames as packets of the seam.

use crate::wire::{Frame, FrameKind, WireError};
use throng_mls::wire::EmbeddedMessage;
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
    /// The bytes are no such frame.
    fn open<M: EmbeddedMessage>(&self) -> Result<Frame<M>, WireError>;
    /// What it is.
    fn frame_kind(&self) -> FrameKind;
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
        let endpoint = self.frame_kind().endpoint();
        match self.body() {
            Body::Bytes(bytes) => Frame::decode(endpoint, bytes),
            Body::Structure(frame) => match frame.downcast_ref::<Frame<M>>() {
                Some(frame) => Ok(frame.clone()),
                None => Frame::decode(endpoint, &[]),
            },
        }
    }

    fn frame_kind(&self) -> FrameKind {
        let kind = FrameKind::ALL.get(self.kind().index());
        kind.copied().unwrap_or(FrameKind::Disconnect)
    }
}
