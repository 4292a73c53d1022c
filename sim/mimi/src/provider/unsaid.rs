//! As a follower of a bare hub: its events, of which nothing says which they are and for whom, and its answers, which come in no order.

use super::answers::{About, Given};
use super::serving::submit_response;
use super::state::Provider;
use crate::bare;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::wire::notify::FanoutEvent;
use crate::wire::{
    FanoutMessage, Frame, FrameKind, HandshakeBundle, NotifyLater, SubmitAccepted, SubmitOutcome,
    UpdateOutcome,
};
use throng_mls::engine::Engine;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::packet::Body;
use throng_stack::{Envelope, Fact, Outputs, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::SimTime;
use tls_codec::Serialize as _;

/// For how many seconds a bare hub is to spare a follower with what is early.
const RETRY_AFTER: u32 = 1;

/// Whether an answer says what came of something that is done once.
pub(super) fn is_done(answer: Option<FrameKind>) -> bool {
    matches!(
        answer,
        Some(FrameKind::UpdateResponse | FrameKind::SubmitMessageResponse)
    )
}

/// The message that goes to a hub with a request, as it comes back.
fn sent<M: EmbeddedMessage>(question: &Frame<M>) -> Option<Vec<u8>> {
    let message = match question {
        Frame::Update(bundle) => bundle.message(),
        Frame::SubmitMessage(submit) => &submit.app_message,
        _ => return None,
    };
    message.tls_serialize_detached().ok()
}

impl<E: Engine> Provider<E> {
    /// Whether a provider speaks the draft alone is known by the last that it said. A receipt has nothing of ours in it.
    pub(super) fn hear(&mut self, envelope: &Envelope) {
        use FrameKind as K;
        let Peer::Provider(from) = envelope.from else {
            return;
        };
        let kind = envelope.packet.frame_kind();
        if !matches!(
            kind,
            Some(K::NotifyAccepted | K::NotifyLater | K::NotifyTooLarge)
        ) {
            let is_bare = bare::is_unnumbered(envelope.sequence);
            self.durable.bare.hear(from, is_bare);
        }
    }

    /// An event of a bare hub, or its answer to something.
    pub(super) fn take_from_bare_hub(
        &mut self,
        now: SimTime,
        (room, hub): (RoomId, ProviderId),
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        match envelope.request {
            Some(request) => {
                self.take_bare_answer(now, (About { room, request }, hub), envelope.packet, out);
            }
            None => {
                let sequence = envelope.sequence;
                let receipt = self.take_bare_event(now, room, envelope, out);
                self.receipt(room, hub, sequence, &receipt, out);
            }
        }
    }

    /// Takes an event; what to say to that.
    fn take_bare_event(
        &mut self,
        now: SimTime,
        room: RoomId,
        envelope: Envelope,
        out: &mut Outputs,
    ) -> Frame<E::Message> {
        let body = match envelope.packet.body() {
            Body::Bytes(body) => body.clone(),
            // Of an engine whose messages are no bytes nothing comes from strangers.
            Body::Structure(_) => return Frame::NotifyAccepted(()),
        };
        if self.durable.bare.has(room, &body) {
            return Frame::NotifyAccepted(());
        }
        let Ok(Frame::Notify(fanout)) = envelope.packet.open::<E::Message>() else {
            out.note(Fact::Rejected {
                reason: Refusal::MalformedFrame.reason(),
            });
            return Frame::NotifyAccepted(());
        };
        if let FanoutEvent::Welcome { .. } = fanout.event {
            self.welcome_from_bare_hub(room, &body, envelope.packet, out);
            return Frame::NotifyAccepted(());
        }
        let FanoutMessage { timestamp, event } = fanout;
        let message = event.message().tls_serialize_detached().ok();
        let request = message.and_then(|message| self.durable.bare.comes_back(room, &message));
        if let Some(request) = request {
            let accepted = SubmitAccepted {
                accepted_timestamp: timestamp,
                frank: match &event {
                    FanoutEvent::Application { frank, .. } => frank.clone(),
                    _ => None,
                },
            };
            self.came_back(now, About { room, request }, accepted, out);
        }
        let epoch = self.engine.message_epoch(event.message());
        if let Ok(epoch) = epoch {
            let before = self.commit_under_way(room);
            if self.durable.bare.puts_off(now, room, epoch, before) {
                return Frame::NotifyLater(NotifyLater {
                    retry_after: RETRY_AFTER,
                });
            }
        }
        if self.durable.bare.inside(room).next().is_none() {
            // Nobody of ours is there, or is about to be: nothing is kept for nobody.
            return Frame::NotifyAccepted(());
        }
        let known = &mut self.durable.bare;
        known.take(room, &body);
        let number = known.number(room);
        match (epoch, &event) {
            (Ok(epoch), FanoutEvent::Commit { .. }) => self.changes_epoch(room, epoch),
            (Ok(epoch), _) => self.durable.bare.reached(room, epoch),
            (Err(_), _) => {}
        }
        let inside = self.durable.bare.inside(room);
        let sender = request.map(|request| request.client);
        let receivers = inside.filter(|client| Some(*client) != sender).collect();
        let event = Envelope {
            event: Some(number),
            receivers: Some(receivers),
            ..envelope
        };
        self.deliver_event(&event, out);
        Frame::NotifyAccepted(())
    }

    /// A hub sent on what a request of an own client brought it, so it took that. Where the request has no answer, this is one: the hub's own
    /// may be lost with a connection, and a hub that does not know a request again would be asked in vain, or take it twice.
    fn came_back(
        &mut self,
        now: SimTime,
        about: About,
        accepted: SubmitAccepted,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        let Some(hub) = self.durable.owed.asked(room, request) else {
            return;
        };
        let kind = self.durable.owed.question(room, request);
        let kind = kind.and_then(|question| question.packet.frame_kind());
        let answer = match kind {
            Some(FrameKind::SubmitMessage) => submit_response(SubmitOutcome::Accepted(accepted)),
            _ => {
                let accepted_timestamp = accepted.accepted_timestamp;
                let outcome = UpdateOutcome::Success { accepted_timestamp };
                Frame::<E::Message>::UpdateResponse(outcome.into())
            }
        };
        if let Ok(packet) = Packet::seal(&answer) {
            self.take_bare_answer(now, (about, hub), packet, out);
        }
    }

    /// The epoch is over. What strangers asked before may be asked anew, in the same words.
    fn changes_epoch(&mut self, room: RoomId, epoch: u64) {
        self.durable.bare.reached(room, epoch.saturating_add(1));
        self.durable.answers.forget_unnamed(room);
    }

    /// The same, by a commit of this client's. Where others of ours are there, the room is no further before the commit comes for them: who
    /// gets something of the next epoch first takes an own commit that is under way for the one that made it.
    fn ends_epoch_by_own(&mut self, room: RoomId, epoch: u64, committer: ClientId) {
        let alone = self
            .durable
            .bare
            .inside(room)
            .all(|client| client == committer);
        match alone {
            true => self.changes_epoch(room, epoch),
            false => {
                self.durable.bare.reached(room, epoch);
                self.durable.answers.forget_unnamed(room);
            }
        }
    }

    /// One that is for nobody here leaves nothing behind.
    fn welcome_from_bare_hub(
        &mut self,
        room: RoomId,
        body: &[u8],
        packet: Packet,
        out: &mut Outputs,
    ) {
        let welcomed = self.deliver_welcome(Some(room), packet, out);
        if welcomed.is_empty() {
            return;
        }
        self.durable.bare.take(room, body);
        for client in welcomed {
            self.durable.bare.enters(room, client);
        }
        // The KeyPackages that were handed out are used.
        self.durable.answers.forget_unnamed(room);
    }

    /// The epoch of the oldest commit of an own client that is under way to the room's hub.
    fn commit_under_way(&self, room: RoomId) -> Option<u64> {
        let requests = self.durable.owed.requests_about(room);
        let commits = requests.filter_map(|(_, envelope)| match envelope.packet.open().ok()? {
            Frame::Update(bundle) => self.commit_epoch(&bundle),
            _ => None,
        });
        commits.min()
    }

    fn commit_epoch(&self, bundle: &HandshakeBundle<E::Message>) -> Option<u64> {
        match bundle {
            HandshakeBundle::Commit { commit, .. } => self.engine.message_epoch(commit).ok(),
            HandshakeBundle::Proposal { .. } => None,
        }
    }

    /// A bare hub answers a request: whose request it was, the request itself says. Who gets something done there is in the room.
    fn take_bare_answer(
        &mut self,
        now: SimTime,
        (about, hub): (About, ProviderId),
        packet: Packet,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        if self.durable.owed.asked(room, request) != Some(hub) {
            // It was asked more than once, and has its answer.
            return;
        }
        let question = self.durable.owed.question(room, request);
        let question = question.and_then(|envelope| envelope.packet.open::<E::Message>().ok());
        let answer = packet.open::<E::Message>().ok();
        let took = match &answer {
            Some(Frame::UpdateResponse(response)) => {
                matches!(response.outcome, UpdateOutcome::Success { .. })
            }
            Some(Frame::SubmitMessageResponse(response)) => {
                matches!(response.outcome, SubmitOutcome::Accepted(_))
            }
            _ => false,
        };
        if took {
            self.durable.bare.enters(room, request.client);
        }
        if let (true, Some(Frame::Update(bundle))) = (took, question)
            && let Some(epoch) = self.commit_epoch(&bundle)
        {
            self.ends_epoch_by_own(room, epoch, request.client);
        }
        if is_done(packet.frame_kind()) {
            // Whose client asks again gets this: the hub does not know a request again.
            let number = None;
            let packet = packet.clone();
            self.remember(now, about, Given { packet, number });
        }
        self.take_answer(now, about, packet, out);
    }

    /// An own client's request goes to a bare hub: its message will be known when it comes back.
    pub(super) fn note_sent(&mut self, room: RoomId, request: RequestId, packet: &Packet) {
        let message = packet.open::<E::Message>().ok();
        if let Some(message) = message.and_then(|question| sent(&question)) {
            self.durable.bare.sends(room, &message, request);
        }
    }

    /// The same of all that was under way when the process before ended.
    pub(super) fn note_all_sent(&mut self) {
        let requests = self.durable.owed.requests_to(&self.durable.bare);
        for (room, request, packet) in requests {
            self.note_sent(room, request, &packet);
        }
    }
}
