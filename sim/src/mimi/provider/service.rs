//! The provider itself: what it is told, and the way of requests and answers through it.

use crate::mimi::directory::Directory;
use crate::mimi::follower::{Follower, StoredKeyPackage};
use crate::mimi::hub::{Decision, Room};
use crate::mimi::inbox::Inbox;
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet, Peer, RequestId};
use crate::mimi::participant::{Input, Outputs, Participant, Stored};
use crate::mimi::refusal::Refusal;
use crate::mimi::wire::client::Connected;
use crate::mimi::wire::{
    BareKeyPackage, Frame, FrameKind, Protocol, SubmitMessageResponse, SubmitOutcome, UpdateOutcome,
};
use crate::mls::engine::{Engine, MlsError};
use crate::mls::work::Work;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Policy;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// One provider of the federation: a state machine without I/O.
pub struct Provider<E: Engine> {
    pub(super) me: ProviderId,
    pub(super) engine: Arc<E>,
    pub(super) directory: Arc<Directory>,
    pub(super) policy: Arc<Policy>,
    /// The provider's own keys: it signs GroupInfos that it hands out.
    pub(super) identity: E::Client,
    pub(super) rooms: BTreeMap<RoomId, Room<E>>,
    pub(super) follower: Follower<E::Message>,
    /// Who gave out a KeyPackage: the provider that a hub asked, by KeyPackageRef.
    pub(super) asked: BTreeMap<Vec<u8>, ProviderId>,
    /// Whose KeyPackage it is, for those of own clients that were handed out.
    pub(super) owners: BTreeMap<Vec<u8>, ClientId>,
    pub(super) inboxes: BTreeMap<Peer, Inbox<Envelope>>,
    pub(super) sequences: BTreeMap<ProviderId, u64>,
}

/// The headers that an envelope is answered or sent on with.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) room: RoomId,
    pub(super) request: RequestId,
}

impl<E: Engine> Provider<E> {
    /// A provider without clients and rooms.
    pub fn new(
        me: ProviderId,
        engine: Arc<E>,
        directory: Arc<Directory>,
        policy: Arc<Policy>,
        streams: &Streams,
    ) -> Result<Self, MlsError> {
        let uri = directory.provider_uri(me);
        let identity = engine.client(
            uri.as_bytes(),
            streams,
            StreamOwner::Provider(u64::from(me.0)),
        )?;
        Ok(Self {
            me,
            engine,
            directory,
            policy,
            identity,
            rooms: BTreeMap::new(),
            follower: Follower::default(),
            asked: BTreeMap::new(),
            owners: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            sequences: BTreeMap::new(),
        })
    }

    /// Open an account for a client.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        self.follower.register(client, user, connected);
    }

    /// Have passive clients in a room, each with so many KeyPackages here; `bytes` is the length of all these.
    pub fn seat(&mut self, room: RoomId, clients: u64, key_packages: u64, bytes: u64) {
        self.follower.seat(room, clients, key_packages, bytes);
    }

    /// Put KeyPackages into the store.
    pub fn publish(
        &mut self,
        now: SimTime,
        client: ClientId,
        packages: Vec<BareKeyPackage<E::Message>>,
    ) {
        let expires = now + self.policy.key_package_lifetime;
        let engine = &self.engine;
        let packages = packages.into_iter().filter_map(|package| {
            let bytes = package.tls_serialized_len() as u64;
            let reference = engine.key_package_reference(package.message()).ok()?;
            Some(StoredKeyPackage {
                message: package.into_message(),
                reference,
                bytes,
                expires,
            })
        });
        self.follower.publish(client, packages);
    }

    /// Be the hub of a room that began before time zero.
    pub fn adopt(&mut self, id: RoomId, room: Room<E>) {
        self.rooms.insert(id, room);
    }

    /// The rooms that it is hub of, ascending.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room<E>)> {
        self.rooms.iter().map(|(id, room)| (*id, room))
    }

    // ---- sending ----

    pub(super) fn forward(
        &mut self,
        to: ProviderId,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let envelope = Envelope {
            from: Peer::Provider(self.me),
            sequence: 0,
            room: Some(about.room),
            request: Some(about.request),
            event: None,
            receivers: None,
            passive: 0,
            packet,
        };
        self.put(to, envelope, out);
    }

    pub(super) fn put(&mut self, to: ProviderId, mut envelope: Envelope, out: &mut Outputs) {
        let sequence = self.sequences.entry(to).or_default();
        envelope.sequence = *sequence;
        *sequence += 1;
        out.sends.push((Peer::Provider(to), envelope));
    }

    /// Send an answer towards the client that asked.
    pub(super) fn answer(&mut self, about: About, frame: &Frame<E::Message>, out: &mut Outputs) {
        match Packet::seal(frame) {
            Ok(packet) => self.pass_back(about, packet, out),
            Err(_) => out.observe(Observation::Unprocessable {
                room: about.room,
                reason: "answer too long to encode",
            }),
        }
    }

    pub(super) fn pass_back(&mut self, about: About, packet: Packet, out: &mut Outputs) {
        if about.request.provider != self.me {
            return self.forward(about.request.provider, about, packet, out);
        }
        let envelope = self.envelope_about(Some(about.room), packet);
        let envelope = Envelope {
            request: Some(about.request),
            ..envelope
        };
        self.follower.deliver(about.request.client, envelope, out);
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
        match (envelope.from, envelope.packet.kind()) {
            (
                Peer::Client(client),
                FrameKind::PublishKeyPackages
                | FrameKind::Connect
                | FrameKind::Ack
                | FrameKind::Disconnect,
            ) => {
                self.take_from_own_client(now, client, &envelope, out);
            }
            (
                _,
                FrameKind::NotifyCommit | FrameKind::NotifyProposal | FrameKind::NotifyApplication,
            ) => {
                self.deliver_event(&envelope, out);
                self.confirm(&envelope, out);
            }
            (_, FrameKind::NotifyWelcome) => {
                self.confirm(&envelope, out);
                self.deliver_welcome(envelope.room, envelope.packet, out);
            }
            // The 201 says no more than that the link delivered, which it always does in the end.
            (_, FrameKind::NotifyAccepted) => {}
            _ => {
                let (Some(room), Some(request)) = (envelope.room, envelope.request) else {
                    return;
                };
                self.route(now, About { room, request }, envelope, out);
            }
        }
    }

    /// Answer a notification: 201, without a body.
    fn confirm(&mut self, notification: &Envelope, out: &mut Outputs) {
        let Peer::Provider(hub) = notification.from else {
            return;
        };
        if let Ok(packet) = Packet::seal(&Frame::<E::Message>::NotifyAccepted) {
            let envelope = self.envelope_about(notification.room, packet);
            self.put(hub, envelope, out);
        }
    }

    fn take_from_own_client(
        &mut self,
        now: SimTime,
        client: ClientId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        match envelope.packet.open::<E::Message>() {
            Ok(Frame::PublishKeyPackages(publish)) => {
                self.publish(now, client, publish.key_packages)
            }
            Ok(Frame::Connect(connect)) => {
                let head = self.follower.connect(client, connect.next_sequence, out) + 1;
                if let Ok(packet) =
                    Packet::seal(&Frame::<E::Message>::Connected(Connected { head }))
                {
                    let envelope = self.envelope_about(None, packet);
                    self.follower.deliver(client, envelope, out);
                }
            }
            Ok(Frame::Ack(ack)) => self.follower.acknowledge(client, ack.next_sequence),
            Ok(Frame::Disconnect) => self.follower.disconnect(client),
            _ => {}
        }
    }

    /// A request or an answer on its way: serve it here or pass it on.
    fn route(&mut self, now: SimTime, about: About, envelope: Envelope, out: &mut Outputs) {
        let hub = self.directory.hub_of(about.room);
        match envelope.packet.kind() {
            FrameKind::KeyMaterialRequest => self.key_material_request(now, about, envelope, out),
            FrameKind::KeyMaterialResponse => {
                if hub == self.me {
                    self.note_key_packages(&envelope);
                }
                self.pass_back(about, envelope.packet, out);
            }
            FrameKind::UpdateResponse
            | FrameKind::SubmitMessageResponse
            | FrameKind::GroupInfoResponse => {
                self.pass_back(about, envelope.packet, out);
            }
            _ if hub != self.me => self.forward(hub, about, envelope.packet, out),
            _ => self.serve(now, about, &envelope, out),
        }
    }

    /// A request to a room whose hub this is.
    fn serve(&mut self, now: SimTime, about: About, envelope: &Envelope, out: &mut Outputs) {
        let frame = match envelope.packet.open::<E::Message>() {
            Ok(frame) => frame,
            Err(_) => return self.serve_malformed(about, envelope.packet.kind(), out),
        };
        match frame {
            Frame::CreateRoom(create) => self.create_room(about, *create, out),
            Frame::Update(bundle) => {
                let Some(room) = self.rooms.get_mut(&about.room) else {
                    self.refused(about, Refusal::NoSuchRoom, out);
                    return self.answer(
                        about,
                        &Frame::UpdateResponse(UpdateOutcome::NotAllowed.into()),
                        out,
                    );
                };
                let decision = room.update(&self.engine, now, about.request, *bundle);
                self.decide(
                    about,
                    decision,
                    |outcome| Frame::UpdateResponse(outcome.into()),
                    out,
                );
            }
            Frame::SubmitMessage(submit) => {
                let Some(room) = self.rooms.get_mut(&about.room) else {
                    self.refused(about, Refusal::NoSuchRoom, out);
                    return self.answer(about, &submit_response(SubmitOutcome::NotAllowed), out);
                };
                let decision = room.submit(&self.engine, now, about.request, submit);
                self.decide(about, decision, submit_response, out);
            }
            Frame::GroupInfoRequest(request) => self.group_info(about, &request, out),
            _ => {}
        }
        if let Some(room) = self.rooms.get_mut(&about.room) {
            out.work += room.take_work(&self.engine);
        }
    }

    fn serve_malformed(&mut self, about: About, kind: FrameKind, out: &mut Outputs) {
        self.refused(about, Refusal::MalformedFrame, out);
        match kind {
            FrameKind::UpdateCommit | FrameKind::UpdateProposal | FrameKind::CreateRoom => {
                self.answer(
                    about,
                    &Frame::UpdateResponse(UpdateOutcome::NotAllowed.into()),
                    out,
                );
            }
            FrameKind::SubmitMessage => {
                self.answer(about, &submit_response(SubmitOutcome::NotAllowed), out)
            }
            _ => {}
        }
    }

    /// Note that a request was turned down.
    pub(super) fn refused(&self, about: About, reason: Refusal, out: &mut Outputs) {
        out.observe(Observation::HandshakeRefused {
            room: about.room,
            request: about.request,
            reason,
        });
    }

    fn decide<O>(
        &mut self,
        about: About,
        decision: Decision<E, O>,
        answer: impl FnOnce(O) -> Frame<E::Message>,
        out: &mut Outputs,
    ) {
        out.observations.extend(decision.observations);
        self.answer(about, &answer(decision.outcome), out);
        for fanout in decision.fanouts {
            self.fan_out(about, fanout, out);
        }
    }

    fn create_room(
        &mut self,
        about: About,
        create: crate::mimi::wire::client::CreateRoom<E::Message>,
        out: &mut Outputs,
    ) {
        let tolerance = u64::from(self.policy.epoch_tolerance);
        let directory = Arc::clone(&self.directory);
        let made = match self.rooms.contains_key(&about.room) {
            true => Err(Refusal::RoomExists),
            false => Room::create(
                &*self.engine,
                about.room,
                about.request.client,
                directory,
                create.group_info,
                &create.ratchet_tree,
                tolerance,
            ),
        };
        let outcome = match made {
            Ok(room) => {
                self.rooms.insert(about.room, room);
                out.observe(Observation::RoomCreated {
                    room: about.room,
                    creator: about.request.client,
                });
                UpdateOutcome::Success {
                    accepted_timestamp: 0,
                }
            }
            Err(reason) => {
                self.refused(about, reason, out);
                UpdateOutcome::NotAllowed
            }
        };
        self.answer(about, &Frame::UpdateResponse(outcome.into()), out);
    }
}

fn submit_response<M: crate::mimi::wire::EmbeddedMessage>(outcome: SubmitOutcome) -> Frame<M> {
    Frame::SubmitMessageResponse(SubmitMessageResponse {
        protocol: Protocol::Mls10,
        outcome,
    })
}

impl<E: Engine> Participant for Provider<E> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        let envelope = match input {
            Input::Envelope(envelope) => envelope,
            Input::OpenAccount { client, user } => return self.register(client, user, true),
            Input::Intent(_) | Input::Timer(_) | Input::RemoveLost { .. } => return,
        };
        let inbox = self.inboxes.entry(envelope.from).or_default();
        let ready: Vec<Envelope> = inbox.take(envelope.sequence, *envelope).collect();
        for envelope in ready {
            self.take(now, envelope, out);
        }
    }

    fn stored(&self) -> Stored {
        let group_bytes = self.rooms.values().map(Room::stored).sum();
        Stored {
            group_bytes,
            ..self.follower.stored()
        }
    }
}
