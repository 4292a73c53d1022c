//! What a client's connections take on the wire: what is around what it sends, and setting one up.
//!
//! A client that comes online opens a connection. Its first is a full handshake of TLS; a later one goes on from the one before, where that
//! gave it a ticket that is still good.

use crate::framed::Framed;
use crate::web::overhead::{Overheads, opening};
use crate::wire::FrameKind;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::{Envelope, Peer};
use throng_workloads::time::{SimSpan, SimTime};

/// For how long a ticket is good: as long as those are whose keys change twice a day.
const TICKET: SimSpan = SimSpan::from_secs(12 * 3600);

/// A client's way to its provider as it is on the wire.
#[derive(Debug)]
pub(super) struct Line {
    overheads: Overheads,
    /// There is a connection, or one was begun.
    open: bool,
    /// Until when the last ticket is good.
    ticket: Option<SimTime>,
}

impl Line {
    /// The line of a client at time zero: who is `online` has a connection from before.
    pub(super) fn new(overheads: Overheads, online: bool) -> Self {
        Self {
            overheads,
            open: online,
            ticket: online.then_some(SimTime::ZERO + TICKET),
        }
    }

    /// There is no connection, and there has never been one.
    pub(super) fn hang_up(&mut self) {
        self.open = false;
        self.ticket = None;
    }

    /// Write down what an envelope takes that is about to be sent.
    pub(super) fn put<M: EmbeddedMessage>(
        &mut self,
        now: SimTime,
        to: Peer,
        envelope: &mut Envelope,
    ) {
        self.overheads.put::<M>(to, envelope);
        if envelope.packet.frame_kind() == Some(FrameKind::Connect) || !self.open {
            let resumed = self.ticket.is_some_and(|until| now <= until);
            envelope.overhead.opening = opening(self.overheads.transport(), resumed);
            self.open = true;
            self.ticket = Some(now + TICKET);
        }
    }
}
