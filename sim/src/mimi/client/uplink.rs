//! The way to the own provider: numbered envelopes, and requests that wait for their answers.

use crate::mimi::packet::{Envelope, Packet, Peer, RequestId};
use crate::mimi::participant::Outputs;
use crate::mimi::wire::{EmbeddedMessage, Frame, WireError};
use std::collections::BTreeMap;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::SimTime;

/// Why a wish comes to nothing whose frame cannot be encoded.
pub(super) const TOO_LONG: &str = "frame too long to encode";

/// A client's way to its provider.
#[derive(Debug)]
pub(super) struct Uplink {
    me: ClientId,
    provider: ProviderId,
    next_sequence: u64,
    next_request: u32,
    /// Requests that were not answered yet, by their numbers.
    open: BTreeMap<u32, (RoomId, Question)>,
}

/// What a request asks for.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// KeyPackages of a user.
    KeyMaterial(UserId),
    /// That the hub takes a handshake, or gives GroupInfo: the room's session knows more.
    Handshake,
    /// That the hub takes an application message, wanted when, with so many bytes.
    Message(SimTime, u32),
}

impl Uplink {
    pub(super) fn new(me: ClientId, provider: ProviderId) -> Self {
        Self {
            me,
            provider,
            next_sequence: 0,
            next_request: 0,
            open: BTreeMap::new(),
        }
    }

    /// Send what is about no room and has no answer.
    pub(super) fn send<M: EmbeddedMessage>(
        &mut self,
        frame: &Frame<M>,
        out: &mut Outputs,
    ) -> Result<(), WireError> {
        let packet = Packet::seal(frame)?;
        self.put(None, None, packet, out);
        Ok(())
    }

    /// Send a request about a room; its answer comes back with the id returned.
    pub(super) fn ask<M: EmbeddedMessage>(
        &mut self,
        room: RoomId,
        question: Question,
        frame: &Frame<M>,
        out: &mut Outputs,
    ) -> Result<RequestId, WireError> {
        let packet = Packet::seal(frame)?;
        let request = RequestId {
            provider: self.provider,
            client: self.me,
            number: self.next_request,
        };
        self.next_request += 1;
        self.open.insert(request.number, (room, question));
        self.put(Some(room), Some(request), packet, out);
        Ok(request)
    }

    /// The answer to this request is here: what was asked about which room, unless it was answered before or
    /// never asked.
    pub(super) fn answered(&mut self, request: RequestId) -> Option<(RoomId, Question)> {
        if (request.provider, request.client) != (self.provider, self.me) {
            return None;
        }
        self.open.remove(&request.number)
    }

    fn put(
        &mut self,
        room: Option<RoomId>,
        request: Option<RequestId>,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let envelope = Envelope {
            from: Peer::Client(self.me),
            sequence: self.next_sequence,
            room,
            request,
            event: None,
            receivers: None,
            passive: 0,
            packet,
        };
        self.next_sequence += 1;
        out.sends.push((Peer::Provider(self.provider), envelope));
    }
}
