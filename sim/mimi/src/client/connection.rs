//! Whether the client is there, and how far it has got with what its provider sends.

use crate::inbox::Inbox;
use crate::wire::{Ack, Connect};
use throng_stack::Envelope;
use throng_workloads::time::SimTime;

/// How many envelopes a client takes before it acknowledges them.
const ACKNOWLEDGE_EVERY: u64 = 16;

/// A client's connection to its provider, as the client sees it.
#[derive(Debug)]
pub(super) struct Connection {
    online: bool,
    /// The device is lost and never comes back.
    lost: bool,
    /// Since when the client has been catching up, or had when it last did.
    since: SimTime,
    /// The stream position to reach before the client has caught up.
    catching_up_to: Option<u64>,
    inbox: Inbox<Envelope>,
    acknowledged: u64,
}

impl Connection {
    pub(super) fn new(online: bool) -> Self {
        Self {
            online,
            lost: false,
            since: SimTime::ZERO,
            catching_up_to: None,
            inbox: Inbox::default(),
            acknowledged: 0,
        }
    }

    /// That of a client that goes on from where another was, and is offline: from the number of the envelope that is to come next, and of
    /// that before which all are acknowledged.
    pub(super) fn resumed((next, acknowledged): (u64, u64)) -> Self {
        Self {
            inbox: Inbox::resume(next, []),
            acknowledged,
            ..Self::new(false)
        }
    }

    /// What [`Self::resumed`] goes on from.
    pub(super) fn received(&self) -> (u64, u64) {
        (self.inbox.next(), self.acknowledged)
    }

    /// Why the client is not at rest, where it is not.
    pub(super) fn under_way(&self) -> Option<&'static str> {
        let reasons = [
            (self.lost, "the device is lost"),
            (self.online && !self.ready(), "it has not caught up"),
            (
                self.inbox.early().next().is_some(),
                "something has come before what was to come first",
            ),
        ];
        let found = reasons.into_iter().find(|(holds, _)| *holds);
        found.map(|(_, why)| why)
    }

    pub(super) fn online(&self) -> bool {
        self.online
    }

    pub(super) fn lost(&self) -> bool {
        self.lost
    }

    /// Whether the client may act: it is online and has caught up with what waited for it.
    pub(super) fn ready(&self) -> bool {
        self.online && self.catching_up_to.is_none()
    }

    /// Go offline; false if it was.
    pub(super) fn go_offline(&mut self) -> bool {
        self.catching_up_to = None;
        std::mem::replace(&mut self.online, false)
    }

    /// The device is lost.
    pub(super) fn lose(&mut self) {
        self.lost = true;
    }

    /// Come online: what to tell the provider, unless it cannot or is online already.
    pub(super) fn go_online(&mut self, now: SimTime) -> Option<Connect> {
        if self.online || self.lost {
            return None;
        }
        self.online = true;
        // Also where the answer to an earlier connection came too late.
        self.catching_up_to = None;
        self.reconnect(now)
    }

    /// Begin another connection: what to tell the provider, unless the client is offline.
    pub(super) fn reconnect(&mut self, now: SimTime) -> Option<Connect> {
        if !self.online {
            return None;
        }
        // Who has not caught up when a connection breaks goes on with that.
        if self.catching_up_to.is_none() {
            self.since = now;
        }
        // Until the provider says how much has waited.
        self.catching_up_to = Some(u64::MAX);
        Some(Connect {
            next_sequence: self.inbox.next(),
        })
    }

    /// The provider has sent everything before `head`.
    pub(super) fn connected(&mut self, head: u64) {
        self.catching_up_to = Some(head);
    }

    /// An envelope came: everything that is now in order.
    pub(super) fn take(&mut self, envelope: Envelope) -> impl Iterator<Item = Envelope> + use<> {
        self.inbox.take(envelope.sequence, envelope)
    }

    /// Whether enough has come to acknowledge it.
    pub(super) fn owes_acknowledgement(&self) -> bool {
        self.inbox.next() >= self.acknowledged + ACKNOWLEDGE_EVERY
    }

    /// Acknowledge what has come, if anything has since the last time.
    pub(super) fn acknowledge(&mut self) -> Option<Ack> {
        let next_sequence = self.inbox.next();
        (self.acknowledged < next_sequence).then(|| {
            self.acknowledged = next_sequence;
            Ack { next_sequence }
        })
    }

    /// Whether the client has caught up just now, and since when it had to: since it came online, or its connection turned out broken.
    pub(super) fn caught_up(&mut self) -> Option<SimTime> {
        let next = self.inbox.next();
        self.catching_up_to
            .take_if(|head| next >= *head)
            .map(|_| self.since)
    }
}
