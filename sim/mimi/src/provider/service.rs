//! The provider itself: what it is told, and the way of requests and answers through it.

use super::answers::{About, Given};
use super::border::{Arrival, TurnedAway, is_answer};
use super::key_packages::{user_code, without_clients};
use super::owed::{Again, Due, Item, Ticket};
use super::state::{Durable, Provider};
use crate::directory::Directory;
use crate::follower::StoredKeyPackage;
use crate::framed::Framed;
use crate::hub::{Decision, Member, Room};
use crate::inbox::Inbox;
use crate::refusal::Refusal;
use crate::timers::TimerPurpose;
use crate::wire::client::Connected;
use crate::wire::{
    Frame, FrameKind, GroupInfoOutcome, GroupInfoResponse, NotifyLater, Protocol,
    SubmitMessageResponse, SubmitOutcome, UpdateOutcome,
};
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::BareKeyPackage;
use throng_mls::work::Work;
use throng_stack::Fact;
use throng_stack::{Envelope, Packet, Peer};
use throng_stack::{Input, Outputs, Party, Stored, Timer};
use throng_workloads::dist::unit;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Policy;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::Size;

/// How long answers are kept for those who ask twice.
const KEEP_ANSWERS: SimSpan = SimSpan::from_secs(60);

/// How much of a room may arrive before what goes before it.
const MOST_EARLY: u64 = 4096;

/// So often the wait before a repetition doubles.
const MOST_DOUBLINGS: u32 = 5;

/// For how many seconds a hub is to spare a follower that misses something.
const RETRY_AFTER: u32 = 1;

/// No follower can have itself spared for longer at a time.
const LONGEST_WAIT: SimSpan = SimSpan::from_secs(3600);

impl<E: Engine> Provider<E> {
    /// A provider without clients and rooms.
    pub fn new(
        me: ProviderId,
        engine: Arc<E>,
        directory: Arc<dyn Directory>,
        policy: Arc<Policy>,
        streams: &Streams,
    ) -> Result<Self, MlsError> {
        let uri = directory
            .provider_uri(me)
            .ok_or_else(|| MlsError::Refused {
                operation: "a new provider",
                reason: "it is not in the directory".to_owned(),
            })?;
        let owner = StreamOwner::Provider(u64::from(me.0));
        let identity = engine.client(uri.as_bytes(), streams, owner)?;
        Ok(Self {
            me,
            engine,
            directory,
            policy,
            retry: streams.stream(owner, "retry"),
            durable: Durable::new(identity),
        })
    }

    /// Open an account for a client.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        self.durable.follower.register(client, user, connected);
    }

    /// Have passive clients in a room, each with so many KeyPackages here; `bytes` is the length of all these.
    pub fn seat(&mut self, room: RoomId, clients: u64, key_packages: u64, bytes: u64) {
        self.durable
            .follower
            .seat(room, clients, key_packages, bytes);
    }

    /// Put KeyPackages into the store: all of them, or none where one cannot be read.
    pub fn publish(
        &mut self,
        now: SimTime,
        client: ClientId,
        packages: Vec<BareKeyPackage<E::Message>>,
    ) -> Result<(), Refusal> {
        let expires = now + self.policy.key_package_lifetime;
        let engine = &self.engine;
        let packages = packages.into_iter().map(|package| {
            let bytes = package.tls_serialized_len() as u64;
            let reference = engine
                .key_package_reference(package.message())
                .map_err(|_| Refusal::MalformedMessage)?;
            Ok(StoredKeyPackage {
                message: package.into_message(),
                reference,
                bytes,
                expires,
            })
        });
        let packages = packages.collect::<Result<Vec<_>, Refusal>>()?;
        self.durable.follower.publish(client, packages)
    }

    /// Be the hub of a room that began before time zero.
    pub fn adopt(&mut self, id: RoomId, room: Room<E>) {
        self.durable.rooms.insert(id, room);
    }

    /// The rooms that it is hub of, ascending.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room<E>)> {
        self.durable.rooms.iter().map(|(id, room)| (*id, room))
    }

    /// The process ends and another begins from what it kept: connections are gone, clients have to connect anew, and
    /// all that is owed is sent again, since nobody knows what arrived.
    pub fn restart(mut self, out: &mut Outputs) -> Self {
        self.durable.follower.disconnect_all();
        for again in self.durable.owed.all_again() {
            self.send_again(again, out);
        }
        self
    }

    /// What it keeps.
    pub fn durable(&self) -> &Durable<E> {
        &self.durable
    }

    // ---- sending ----

    /// Pass a request on to another provider, again and again until it is answered.
    pub(super) fn forward(
        &mut self,
        to: ProviderId,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        // It says how much of the room is here, so that the hub can forget answers.
        let inbox = self.durable.from_hubs.get(&(room, to));
        let envelope = Envelope {
            request: Some(request),
            sequence: inbox.map_or(0, Inbox::next),
            ..self.envelope_about(Some(room), packet)
        };
        let owed = &mut self.durable.owed;
        owed.ask((room, request), to, envelope.clone());
        out.sends.push((Peer::Provider(to), envelope));
        self.watch(Item::Request((room, request)), 1, out);
    }

    /// Send an event of a room to a follower, again and again until it has it.
    pub(super) fn notify(
        &mut self,
        room: RoomId,
        to: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let sequence = self.durable.owed.number(room, to);
        let envelope = Envelope {
            sequence,
            ..envelope
        };
        self.durable.owed.owe(room, to, envelope.clone());
        out.sends.push((Peer::Provider(to), envelope));
        self.watch(Item::Event((room, to, sequence)), 1, out);
    }

    /// Have a timer for what is owed, where repeating it is the policy: each wait is twice as long as the one before, and after
    /// the first a little longer, so that not all come at once.
    fn watch(&mut self, item: Item, sendings: u32, out: &mut Outputs) {
        let Some(timeout) = self.policy.request_timeout else {
            return;
        };
        let wait = match sendings {
            0 | 1 => timeout,
            _ => {
                let doublings = (sendings - 1).min(MOST_DOUBLINGS);
                let doubled = timeout.as_secs_f64() * f64::from(1u32 << doublings);
                SimSpan::from_secs_f64(doubled * (1.0 + 0.25 * unit(&mut self.retry)))
            }
        };
        self.see_to(item, wait, out);
    }

    /// Look after so long whether what is owed was answered.
    fn see_to(&mut self, item: Item, wait: SimSpan, out: &mut Outputs) {
        if let Some(ticket) = self.durable.owed.ticket(item) {
            out.timers.push((wait, resend(item.room(), ticket)));
        }
    }

    fn timer(&mut self, now: SimTime, timer: Timer, out: &mut Outputs) {
        if TimerPurpose::of(timer.purpose) != Some(TimerPurpose::Resend) {
            return;
        }
        match self.durable.owed.due(timer.generation, now) {
            Some(Due::Now(again)) => self.send_again(again, out),
            Some(Due::Later(room, wait)) => {
                out.timers.push((wait, resend(room, timer.generation)));
            }
            None => {}
        }
    }

    fn send_again(&mut self, again: Again, out: &mut Outputs) {
        out.sends.push((Peer::Provider(again.to), again.envelope));
        self.watch(again.item, again.sendings, out);
    }

    /// Send an answer towards the client that asked, and remember it for when that asks again.
    pub(super) fn answer(
        &mut self,
        now: SimTime,
        about: About,
        frame: &Frame<E::Message>,
        out: &mut Outputs,
    ) {
        match Packet::seal(frame) {
            Ok(packet) => self.pass_back(now, about, packet, out),
            Err(_) => self.refused(about, Refusal::Unanswerable, out),
        }
    }

    pub(super) fn pass_back(
        &mut self,
        now: SimTime,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let About { room, request } = about;
        let number =
            (request.provider != self.me).then(|| self.durable.owed.number(room, request.provider));
        let given = Given { packet, number };
        if self.directory.hub_of(room) == Some(self.me) {
            self.remember(now, about, given.clone());
        }
        self.give(about, given, out);
    }

    pub(super) fn remember(&mut self, now: SimTime, about: About, given: Given) {
        let keep = match self.policy.request_timeout {
            // Longer than a request is repeated at the longest interval.
            Some(timeout) => (timeout * 128).max(KEEP_ANSWERS),
            None => KEEP_ANSWERS,
        };
        let asked = (about.room, about.request);
        let Durable { answers, owed, .. } = &mut self.durable;
        answers.give(now, asked, given, keep, |(room, request), number| {
            owed.lacks(*room, request.provider, number)
        });
    }

    /// Give an answer, maybe not for the first time.
    pub(super) fn give(&mut self, about: About, given: Given, out: &mut Outputs) {
        let About { room, request } = about;
        let envelope = Envelope {
            request: Some(request),
            sequence: given.number.unwrap_or(0),
            ..self.envelope_about(Some(room), given.packet)
        };
        if request.provider != self.me {
            return out.sends.push((Peer::Provider(request.provider), envelope));
        }
        if let Err(reason) = self.durable.follower.deliver(request.client, envelope, out) {
            self.refused(about, reason, out);
        }
    }

    pub(super) fn envelope_about(&self, room: Option<RoomId>, packet: Packet) -> Envelope {
        Envelope {
            from: Peer::Provider(self.me),
            sequence: 0,
            room,
            request: None,
            event: None,
            receivers: None,
            passive: 0,
            packet,
        }
    }

    // ---- receiving ----

    fn take(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        out.work += Work {
            operations: 1,
            bytes: envelope.packet.len(),
            ..Work::default()
        };
        match self.admit(&envelope) {
            Ok(Arrival::Account(client)) => self.take_from_own_client(now, client, &envelope, out),
            Ok(Arrival::Request(about, hub)) => self.request(now, about, hub, envelope, out),
            Ok(Arrival::KeyMaterial(about)) => self.take_key_material(now, about, envelope, out),
            Ok(Arrival::FromHub(room, hub)) => self.take_from_hub(now, room, hub, envelope, out),
            Ok(Arrival::Receipt(room, by)) => self.take_receipt(now, room, by, &envelope, out),
            Err(TurnedAway {
                reason,
                asked: Some((about, kind)),
            }) => self.turn_down(now, about, Some(kind), reason, out),
            Err(TurnedAway {
                reason,
                asked: None,
            }) => out.note(Fact::Rejected {
                reason: reason.reason(),
            }),
        }
    }

    /// Events and answers from the hub of a room, in its order. What came before is taken and ignored, but for an answer
    /// to a client that asked again.
    fn take_from_hub(
        &mut self,
        now: SimTime,
        room: RoomId,
        hub: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let (sequence, event) = (envelope.sequence, !is_answer(envelope.packet.frame_kind()));
        let inbox = self.durable.from_hubs.entry((room, hub)).or_default();
        if sequence > inbox.next().saturating_add(MOST_EARLY) {
            out.note(Fact::Rejected {
                reason: Refusal::TooEarly.reason(),
            });
            let later = Frame::NotifyLater(NotifyLater {
                retry_after: RETRY_AFTER,
            });
            if event {
                self.receipt(room, hub, sequence, &later, out);
            }
            return;
        }
        if !event && sequence < inbox.next() {
            let asked = |request| self.durable.owed.asked(room, request) == Some(hub);
            if let Some(request) = envelope.request.filter(|request| asked(*request)) {
                self.take_answer(now, About { room, request }, envelope.packet, out);
            }
            return;
        }
        // A Welcome must be read to be delivered; its 201 does not wait for that.
        let welcome = envelope.packet.frame_kind() == Some(FrameKind::NotifyWelcome);
        let ready = inbox.take(sequence, envelope);
        if welcome {
            self.receipt(room, hub, sequence, &Frame::NotifyAccepted, out);
        }
        for envelope in ready {
            match (envelope.packet.frame_kind(), envelope.request) {
                (Some(FrameKind::NotifyWelcome), _) => {
                    self.deliver_welcome(envelope.room, envelope.packet, out);
                }
                (kind, Some(request)) if is_answer(kind) => {
                    if self.durable.owed.asked(room, request) != Some(hub) {
                        let reason = Refusal::Unasked;
                        out.note(Fact::Rejected {
                            reason: reason.reason(),
                        });
                        continue;
                    }
                    self.take_answer(now, About { room, request }, envelope.packet, out);
                }
                _ => self.deliver_event(&envelope, out),
            }
        }
        if event && !welcome {
            self.receipt(room, hub, sequence, &Frame::NotifyAccepted, out);
        }
    }

    /// What was asked has its answer.
    fn take_answer(&mut self, now: SimTime, about: About, packet: Packet, out: &mut Outputs) {
        self.durable.owed.answered((about.room, about.request));
        self.pass_back(now, about, packet, out);
    }

    /// Answer a notification.
    fn receipt(
        &mut self,
        room: RoomId,
        hub: ProviderId,
        sequence: u64,
        frame: &Frame<E::Message>,
        out: &mut Outputs,
    ) {
        match Packet::seal(frame) {
            Ok(packet) => {
                let envelope = Envelope {
                    sequence,
                    ..self.envelope_about(Some(room), packet)
                };
                out.sends.push((Peer::Provider(hub), envelope));
            }
            Err(_) => out.note(Fact::Rejected {
                reason: Refusal::Unanswerable.reason(),
            }),
        }
    }

    /// What a follower says to a notification: it has it, or not now.
    fn take_receipt(
        &mut self,
        now: SimTime,
        room: RoomId,
        by: ProviderId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        match envelope.packet.open::<E::Message>() {
            Ok(Frame::NotifyAccepted) => self.durable.owed.taken(room, by, envelope.sequence),
            Ok(Frame::NotifyLater(later)) => {
                let wait = SimSpan::from_secs(later.retry_after.into()).min(LONGEST_WAIT);
                self.durable.owed.spare(room, by, now + wait);
                // It did not take this one, which comes again whatever the policy.
                self.see_to(Item::Event((room, by, envelope.sequence)), wait, out);
            }
            _ => out.note(Fact::Rejected {
                reason: Refusal::MalformedFrame.reason(),
            }),
        }
    }

    fn take_from_own_client(
        &mut self,
        now: SimTime,
        client: ClientId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let done = match envelope.packet.open::<E::Message>() {
            Ok(Frame::PublishKeyPackages(publish)) => {
                self.publish(now, client, publish.key_packages)
            }
            Ok(Frame::Connect(connect)) => self.connect(client, connect.next_sequence, out),
            Ok(Frame::Ack(ack)) => self.durable.follower.acknowledge(client, ack.next_sequence),
            Ok(Frame::Disconnect) => {
                self.durable.follower.disconnect(client);
                Ok(())
            }
            Ok(_) | Err(_) => Err(Refusal::MalformedFrame),
        };
        if let Err(reason) = done {
            out.note(Fact::Rejected {
                reason: reason.reason(),
            });
        }
    }

    fn connect(
        &mut self,
        client: ClientId,
        next_sequence: u64,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        // This answer is the last of what had waited.
        let head = self.durable.follower.connect(client, next_sequence, out)? + 1;
        let packet = Packet::seal(&Frame::<E::Message>::Connected(Connected { head }))
            .map_err(|_| Refusal::Unanswerable)?;
        let envelope = self.envelope_about(None, packet);
        self.durable.follower.deliver(client, envelope, out)
    }

    /// A request on its way: serve it here or pass it on.
    fn request(
        &mut self,
        now: SimTime,
        about: About,
        hub: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        if let (true, Peer::Provider(follower)) = (hub == self.me, envelope.from) {
            let next = envelope.sequence;
            self.durable.owed.has(about.room, follower, next);
        }
        // One that comes twice gets its answer again, or waits for it as before.
        if self.durable.owed.asked(about.room, about.request).is_some()
            && (hub == self.me || matches!(envelope.from, Peer::Client(_)))
        {
            return;
        }
        if let Some(given) = self.durable.answers.again(about.room, about.request) {
            return match (hub == self.me, envelope.from) {
                (true, _) => self.give(about, given, out),
                (false, Peer::Provider(_)) => self.give_key_material(hub, about, given.packet, out),
                // What a client asks of another hub, that hub answers.
                (false, Peer::Client(_)) => self.forward(hub, about, envelope.packet, out),
            };
        }
        match envelope.packet.frame_kind() {
            Some(FrameKind::KeyMaterialRequest) => {
                self.key_material_request(now, about, hub, envelope, out);
            }
            _ if hub != self.me => self.forward(hub, about, envelope.packet, out),
            _ => self.serve(now, about, &envelope, out),
        }
    }

    /// As a hub: KeyPackages from the target's provider.
    fn take_key_material(
        &mut self,
        now: SimTime,
        about: About,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        if !self.note_key_packages(&envelope) {
            // It is asked again where requests time out; an answer that cannot be read ends it otherwise.
            let reason = Refusal::MalformedFrame;
            return match self.policy.request_timeout {
                Some(_) => out.note(Fact::Rejected {
                    reason: reason.reason(),
                }),
                None => {
                    self.durable.owed.answered((about.room, about.request));
                    self.turn_down(now, about, Some(FrameKind::KeyMaterialRequest), reason, out);
                }
            };
        }
        self.durable.owed.answered((about.room, about.request));
        self.pass_back(now, about, envelope.packet, out);
    }

    /// A request to a room whose hub this is.
    fn serve(&mut self, now: SimTime, about: About, envelope: &Envelope, out: &mut Outputs) {
        let frame = match envelope.packet.open::<E::Message>() {
            Ok(frame) => frame,
            Err(_) => {
                let kind = envelope.packet.frame_kind();
                return self.turn_down(now, about, kind, Refusal::MalformedFrame, out);
            }
        };
        match frame {
            Frame::CreateRoom(create) => self.create_room(now, about, *create, out),
            Frame::Update(bundle) => {
                let Some(room) = self.durable.rooms.get_mut(&about.room) else {
                    let kind = envelope.packet.frame_kind();
                    return self.turn_down(now, about, kind, Refusal::NoSuchRoom, out);
                };
                let decision = room.update(&self.engine, now, about.request, *bundle);
                self.decide(
                    now,
                    about,
                    decision,
                    |outcome| Frame::UpdateResponse(outcome.into()),
                    out,
                );
            }
            Frame::SubmitMessage(submit) => {
                let Some(room) = self.durable.rooms.get_mut(&about.room) else {
                    let kind = envelope.packet.frame_kind();
                    return self.turn_down(now, about, kind, Refusal::NoSuchRoom, out);
                };
                let decision = room.submit(&self.engine, now, about.request, submit);
                self.decide(now, about, decision, submit_response, out);
            }
            Frame::GroupInfoRequest(request) => self.group_info(now, about, &request, out),
            // Its kind said that it is one of these.
            _ => {
                let kind = envelope.packet.frame_kind();
                self.turn_down(now, about, kind, Refusal::MalformedFrame, out);
            }
        }
        if let Some(room) = self.durable.rooms.get_mut(&about.room) {
            out.work += room.take_work(&self.engine);
        }
    }

    /// Refuse a request of this kind, with the code that the draft has for that.
    pub(super) fn turn_down(
        &mut self,
        now: SimTime,
        about: About,
        kind: Option<FrameKind>,
        reason: Refusal,
        out: &mut Outputs,
    ) {
        self.refused(about, reason, out);
        let frame = match kind {
            Some(FrameKind::SubmitMessage) => submit_response(SubmitOutcome::NotAllowed),
            Some(FrameKind::GroupInfoRequest) => {
                let room_id = self.directory.room_uri(about.room).unwrap_or_default();
                Frame::GroupInfoResponse(Box::new(GroupInfoResponse {
                    version: Protocol::Mls10,
                    room_id: room_id.into(),
                    outcome: match reason {
                        Refusal::NoSuchRoom => GroupInfoOutcome::NoSuchRoom,
                        _ => GroupInfoOutcome::NotAuthorized,
                    },
                }))
            }
            Some(FrameKind::KeyMaterialRequest) => {
                Frame::KeyMaterialResponse(without_clients(user_code(reason), "".into()))
            }
            _ => Frame::UpdateResponse(UpdateOutcome::NotAllowed.into()),
        };
        self.answer(now, about, &frame, out);
    }

    /// Note that a request was turned down.
    pub(super) fn refused(&self, about: About, reason: Refusal, out: &mut Outputs) {
        out.note(Fact::Refused {
            room: about.room,
            request: about.request,
            reason: reason.reason(),
        });
    }

    fn decide<O>(
        &mut self,
        now: SimTime,
        about: About,
        decision: Decision<E, O>,
        answer: impl FnOnce(O) -> Frame<E::Message>,
        out: &mut Outputs,
    ) {
        out.facts.extend(decision.facts);
        self.answer(now, about, &answer(decision.outcome), out);
        for fanout in decision.fanouts {
            self.fan_out(about, fanout, out);
        }
    }

    fn create_room(
        &mut self,
        now: SimTime,
        about: About,
        create: crate::wire::client::CreateRoom<E::Message>,
        out: &mut Outputs,
    ) {
        let tolerance = u64::from(self.policy.epoch_tolerance);
        let directory = Arc::clone(&self.directory);
        let made = match self.durable.rooms.contains_key(&about.room) {
            true => Err(Refusal::RoomExists),
            false => Room::create(
                &*self.engine,
                about.room,
                Member::of(about.request),
                directory,
                create.group_info,
                &create.ratchet_tree,
                tolerance,
            ),
        };
        let outcome = match made {
            Ok(room) => {
                out.note(Fact::Opened {
                    room: about.room,
                    by: about.request.client,
                    detail: Some(Arc::new(room.tree(&*self.engine))),
                });
                self.durable.rooms.insert(about.room, room);
                UpdateOutcome::Success {
                    accepted_timestamp: 0,
                }
            }
            Err(reason) => {
                self.refused(about, reason, out);
                UpdateOutcome::NotAllowed
            }
        };
        self.answer(now, about, &Frame::UpdateResponse(outcome.into()), out);
    }
}

/// A timer to see whether a sending was answered.
fn resend(room: RoomId, ticket: Ticket) -> Timer {
    Timer {
        room,
        purpose: TimerPurpose::Resend.into(),
        generation: ticket,
    }
}

fn submit_response<M: throng_mls::wire::EmbeddedMessage>(outcome: SubmitOutcome) -> Frame<M> {
    Frame::SubmitMessageResponse(SubmitMessageResponse {
        protocol: Protocol::Mls10,
        outcome,
    })
}

impl<E: Engine> Party for Provider<E> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        let envelope = match input {
            Input::Envelope(envelope) => envelope,
            Input::OpenAccount { client, user } => return self.register(client, user, true),
            Input::Timer(timer) => return self.timer(now, timer, out),
            Input::Intent(_) | Input::Reconnect | Input::RemoveLost { .. } => return,
        };
        // A client's link hands over in order, each once. Other providers' requests come as they come.
        let Peer::Client(client) = envelope.from else {
            return self.take(now, *envelope, out);
        };
        if !self.durable.follower.knows(client) {
            let reason = Refusal::NoAccount;
            return out.note(Fact::Rejected {
                reason: reason.reason(),
            });
        }
        let inbox = self.durable.from_clients.entry(client).or_default();
        // A connection hands over everything or ends: where that happens, what the last one did not is lost.
        let begins = envelope.packet.frame_kind() == Some(FrameKind::Connect);
        if begins && self.policy.request_timeout.is_some() {
            inbox.skip_to(envelope.sequence);
        }
        if envelope.sequence > inbox.next().saturating_add(MOST_EARLY) {
            let reason = Refusal::TooEarly;
            return out.note(Fact::Rejected {
                reason: reason.reason(),
            });
        }
        for envelope in inbox.take(envelope.sequence, *envelope) {
            self.take(now, envelope, out);
        }
    }

    fn stored(&self) -> Stored {
        let group_bytes = self.durable.rooms.values().map(Room::stored).sum();
        Stored {
            group_bytes,
            ..self.durable.follower.stored()
        }
    }
}
