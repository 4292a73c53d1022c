//! What a room's session may use of its client: no more than this.

use super::uplink::{Question, Uplink};
use crate::directory::Directory;
use crate::hub_keys::HubKeys;
use crate::timers::TimerPurpose;
use crate::vocabulary::reasons;
use crate::wire::{Frame, WireError};
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::{Fact, Reason};
use throng_stack::{Outputs, Timer};
use throng_stack::{Peer, RequestId};
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{Content, Policy};
use throng_workloads::stream::Stream;
use throng_workloads::time::{SimSpan, SimTime};

/// What all rooms of a client share.
pub(super) struct Device<E: Engine> {
    /// Whose device it is.
    pub(super) user: UserId,
    pub(super) engine: Arc<E>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) policy: Arc<Policy>,
    /// Its identity and private keys.
    pub(super) mls: E::Client,
    /// What is drawn for delays.
    pub(super) choices: Stream,
    /// What is drawn for refreshes of leaves that nobody wishes.
    pub(super) refreshes: Stream,
    /// What is drawn for messages.
    pub(super) content: Stream,
    /// What is drawn for what a message is, and about what.
    pub(super) kinds: Stream,
    /// What is drawn for how long reports are gathered.
    pub(super) receipts: Stream,
    /// What is drawn for which messages are reported as abuse.
    pub(super) reports: Stream,
    /// What is drawn for what people attach.
    pub(super) assets: Stream,
    /// What is in messages.
    pub(super) speech: Arc<Content>,
    /// Who stamps messages, by hub; nobody where they are not franked.
    pub(super) hubs: HubKeys,
    /// The way to its provider.
    pub(super) uplink: Uplink,
}

impl<E: Engine> Device<E> {
    /// Its name.
    pub(super) fn uri(&self) -> Option<String> {
        let Peer::Client(client) = self.uplink.me() else {
            return None;
        };
        self.directory.client_uri(self.user, client)
    }
}

/// One input's occasion: when, about which room, with what at hand.
pub(super) struct Context<'a, E: Engine> {
    pub(super) now: SimTime,
    pub(super) room: RoomId,
    /// Whether the client may act: it is online and has caught up with what waited for it.
    pub(super) ready: bool,
    pub(super) device: &'a mut Device<E>,
    pub(super) out: &'a mut Outputs,
}

impl<E: Engine> Context<'_, E> {
    pub(super) fn note(&mut self, fact: Fact) {
        self.out.note(fact);
    }

    /// Something that was wanted cannot be.
    pub(super) fn skip(&mut self, reason: &'static Reason) {
        self.note(Fact::GivenUp { reason });
    }

    /// Something that came, or that was kept, is of no use.
    pub(super) fn unprocessable(&mut self, reason: &'static Reason) {
        let room = self.room;
        self.note(Fact::Unreadable { room, reason });
    }

    /// Send a request about the room; its answer comes back with the id returned.
    pub(super) fn ask(
        &mut self,
        question: Question,
        frame: &Frame<E::Message>,
    ) -> Result<RequestId, WireError> {
        self.device.uplink.ask(self.room, question, frame, self.out)
    }

    /// Set a timer of the room, for so long after what is done now is done.
    pub(super) fn set_timer(&mut self, wait: SimSpan, purpose: TimerPurpose, generation: u32) {
        let timer = Timer {
            room: self.room,
            purpose: purpose.into(),
            generation,
        };
        self.out.timers.push((wait, timer));
    }

    /// Forget a group that is of no more use.
    pub(super) fn forget(&mut self, group: E::Group) {
        if self
            .device
            .engine
            .forget(&mut self.device.mls, group)
            .is_err()
        {
            self.unprocessable(&reasons::STATE_NOT_DROPPED);
        }
    }
}
