//! One provider: hub of some rooms, follower in others, home of its users' clients.
//!
//! A request of a client goes to its own provider, from there to the room's hub where that is another,
//! and for KeyPackages on to the target user's provider; the answer comes back the same way. The request
//! id in the header names the client and its provider, so nobody keeps a table of requests.

use crate::mimi::directory::{Directory, parse_user_uri};
use crate::mimi::follower::{Follower, StoredKeyPackage};
use crate::mimi::hub::{Decision, Fanout, Room};
use crate::mimi::inbox::Inbox;
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet, Peer, RequestId};
use crate::mimi::participant::{Input, Outputs, Participant, Stored};
use crate::mimi::wire::client::{Connected, KeyPackagesLow};
use crate::mimi::wire::notify::FanoutEvent;
use crate::mimi::wire::{
    BareKeyPackage, ClientKeyMaterial, ClientMaterial, Frame, FrameKind, GroupInfoGranted,
    GroupInfoOutcome, GroupInfoRequest, GroupInfoResponse, KeyMaterialRequest, KeyMaterialResponse,
    KeyMaterialUserCode, Protocol, SubmitMessageResponse, SubmitOutcome, UpdateOutcome,
};
use crate::mls::engine::{Engine, MlsError};
use crate::mls::work::Work;
use openmls::extensions::ExternalSender;
use openmls::prelude::SignaturePublicKey;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Policy;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;
use tls_codec::Size;

/// One provider of the federation: a state machine without I/O.
pub struct Provider<E: Engine> {
    me: ProviderId,
    engine: Arc<E>,
    directory: Arc<Directory>,
    policy: Arc<Policy>,
    /// The provider's own keys: it signs GroupInfos that it hands out.
    identity: E::Client,
    rooms: BTreeMap<RoomId, Room<E>>,
    follower: Follower<E::Message>,
    /// Who gave out a KeyPackage: the provider that a hub asked, by KeyPackageRef.
    asked: BTreeMap<Vec<u8>, ProviderId>,
    /// Whose KeyPackage it is, for those of own clients that were handed out.
    owners: BTreeMap<Vec<u8>, ClientId>,
    inboxes: BTreeMap<Peer, Inbox<Envelope>>,
    sequences: BTreeMap<ProviderId, u64>,
}

/// The headers that an envelope is answered or sent on with.
#[derive(Debug, Clone, Copy)]
struct About {
    room: RoomId,
    request: RequestId,
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
        let uri = format!("mimi://{}", directory.domain(me));
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

    fn forward(&mut self, to: ProviderId, about: About, packet: Packet, out: &mut Outputs) {
        let envelope = Envelope {
            from: Peer::Provider(self.me),
            sequence: 0,
            room: Some(about.room),
            request: Some(about.request),
            event: None,
            receivers: None,
            packet,
        };
        self.put(to, envelope, out);
    }

    fn put(&mut self, to: ProviderId, mut envelope: Envelope, out: &mut Outputs) {
        let sequence = self.sequences.entry(to).or_default();
        envelope.sequence = *sequence;
        *sequence += 1;
        out.sends.push((Peer::Provider(to), envelope));
    }

    /// Send an answer towards the client that asked.
    fn answer(&mut self, about: About, frame: &Frame<E::Message>, out: &mut Outputs) {
        match Packet::seal(frame) {
            Ok(packet) => self.pass_back(about, packet, out),
            Err(_) => out.observe(Observation::Unprocessable {
                room: about.room,
                reason: "answer too long to encode",
            }),
        }
    }

    fn pass_back(&mut self, about: About, packet: Packet, out: &mut Outputs) {
        if about.request.provider != self.me {
            return self.forward(about.request.provider, about, packet, out);
        }
        let envelope = self.envelope_to_client(Some(about.room), packet);
        let envelope = Envelope {
            request: Some(about.request),
            ..envelope
        };
        self.follower.deliver(about.request.client, envelope, out);
    }

    fn envelope_to_client(&self, room: Option<RoomId>, packet: Packet) -> Envelope {
        Envelope {
            from: Peer::Provider(self.me),
            sequence: 0,
            room,
            request: None,
            event: None,
            receivers: None,
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
            }
            (_, FrameKind::NotifyWelcome) => {
                self.deliver_welcome(envelope.room, envelope.packet, out)
            }
            _ => {
                let (Some(room), Some(request)) = (envelope.room, envelope.request) else {
                    return;
                };
                self.route(now, About { room, request }, envelope, out);
            }
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
                    let envelope = self.envelope_to_client(None, packet);
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
                    return self.answer(about, &submit_response(SubmitOutcome::NotAllowed), out);
                };
                let decision = room.submit(&self.engine, now, about.request, submit.app_message);
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
        out.observe(Observation::HandshakeRefused {
            room: about.room,
            request: about.request,
            reason: "malformed frame",
        });
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
        let made = if self.rooms.contains_key(&about.room) {
            Err("the room exists already")
        } else {
            Room::create(
                &*self.engine,
                about.room,
                directory,
                create.group_info,
                &create.ratchet_tree,
                tolerance,
            )
            .map_err(|_| "refused by MLS")
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
                out.observe(Observation::HandshakeRefused {
                    room: about.room,
                    request: about.request,
                    reason,
                });
                UpdateOutcome::NotAllowed
            }
        };
        self.answer(about, &Frame::UpdateResponse(outcome.into()), out);
    }

    // ---- fan-out ----

    /// Once to each provider with receivers, own clients included.
    fn fan_out(&mut self, about: About, fanout: Fanout<E>, out: &mut Outputs) {
        let frame = Frame::Notify(fanout.message);
        let Ok(packet) = Packet::seal(&frame) else {
            return out.observe(Observation::Unprocessable {
                room: about.room,
                reason: "fan-out too long to encode",
            });
        };
        let Some((event, receivers)) = fanout.event else {
            return self.fan_out_welcome(about.room, &frame, packet, out);
        };
        for (provider, clients) in receivers.by_provider {
            let envelope = Envelope {
                event: Some(event),
                receivers: Some(clients.into()),
                ..self.envelope_to_client(Some(about.room), packet.clone())
            };
            if provider == self.me {
                self.deliver_event(&envelope, out);
            } else {
                self.put(provider, envelope, out);
            }
        }
    }

    fn deliver_event(&mut self, envelope: &Envelope, out: &mut Outputs) {
        let Some(receivers) = &envelope.receivers else {
            return;
        };
        for &client in receivers.iter() {
            let copy = Envelope {
                event: envelope.event,
                ..self.envelope_to_client(envelope.room, envelope.packet.clone())
            };
            out.work.bytes += copy.packet.len();
            self.follower.deliver(client, copy, out);
        }
    }

    /// A Welcome goes to the providers that its KeyPackages came from.
    fn fan_out_welcome(
        &mut self,
        room: RoomId,
        frame: &Frame<E::Message>,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let Frame::Notify(notify) = frame else { return };
        let references = self
            .engine
            .welcome_references(notify.event.message())
            .unwrap_or_default();
        let mut providers: Vec<ProviderId> = references
            .iter()
            .filter_map(|r| self.asked.remove(r))
            .collect();
        providers.sort_unstable();
        providers.dedup();
        for provider in providers {
            if provider == self.me {
                self.deliver_welcome(Some(room), packet.clone(), out);
            } else {
                let envelope = self.envelope_to_client(Some(room), packet.clone());
                self.put(provider, envelope, out);
            }
        }
    }

    /// A Welcome goes to the own clients whose KeyPackages it is for.
    fn deliver_welcome(&mut self, room: Option<RoomId>, packet: Packet, out: &mut Outputs) {
        let Ok(Frame::Notify(notify)) = packet.open::<E::Message>() else {
            return;
        };
        let FanoutEvent::Welcome { message, .. } = &notify.event else {
            return;
        };
        for reference in self.engine.welcome_references(message).unwrap_or_default() {
            if let Some(client) = self.owners.remove(&reference) {
                let envelope = self.envelope_to_client(room, packet.clone());
                out.work.bytes += envelope.packet.len();
                self.follower.deliver(client, envelope, out);
            }
        }
    }

    // ---- KeyPackages ----

    fn key_material_request(
        &mut self,
        now: SimTime,
        about: About,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let hub = self.directory.hub_of(about.room);
        if hub != self.me && matches!(envelope.from, Peer::Client(_)) {
            return self.forward(hub, about, envelope.packet, out);
        }
        let Ok(Frame::KeyMaterialRequest(request)) = envelope.packet.open::<E::Message>() else {
            return;
        };
        let Some(target) = parse_user_uri(request.target_user.as_str().as_bytes()) else {
            return;
        };
        let home = self.directory.provider_of(target);
        if home != self.me {
            return self.forward(home, about, envelope.packet, out);
        }
        let response = self.key_material(now, target, &request, out);
        let frame = Frame::KeyMaterialResponse(response);
        if hub == self.me {
            self.note_response(&frame, self.me);
            self.answer(about, &frame, out);
        } else if let Ok(packet) = Packet::seal(&frame) {
            self.forward(hub, about, packet, out);
        }
    }

    fn key_material(
        &mut self,
        now: SimTime,
        target: UserId,
        request: &KeyMaterialRequest,
        out: &mut Outputs,
    ) -> KeyMaterialResponse<E::Message> {
        let (mut used, mut exhausted, mut expired) = (0, 0, 0);
        let mut clients = Vec::new();
        for client in self.follower.clients_of(target) {
            let taken = self.follower.take(client, now);
            expired += taken.expired;
            if self
                .follower
                .tell_low(client, taken.left, self.policy.key_packages.div_ceil(2))
            {
                self.tell_low(client, taken.left, out);
            }
            let material = match taken.key_package {
                Some(package) => {
                    used += 1;
                    self.owners.insert(package.reference, client);
                    BareKeyPackage::new(package.message).map_or(
                        ClientMaterial::KeyMaterialExhausted,
                        ClientMaterial::Success,
                    )
                }
                None => {
                    exhausted += 1;
                    ClientMaterial::KeyMaterialExhausted
                }
            };
            let client_uri = self.directory.client_uri(target, client).into();
            clients.push(ClientKeyMaterial {
                client_uri,
                material,
            });
        }
        out.observe(Observation::KeyPackagesTaken {
            used,
            exhausted,
            expired,
        });
        let user_status = match (used, exhausted) {
            (0, _) => KeyMaterialUserCode::NoCompatibleMaterial,
            (_, 0) => KeyMaterialUserCode::Success,
            _ => KeyMaterialUserCode::PartialSuccess,
        };
        KeyMaterialResponse {
            protocol: Protocol::Mls10,
            user_status,
            user_uri: request.target_user.clone(),
            clients,
        }
    }

    fn tell_low(&mut self, client: ClientId, remaining: u32, out: &mut Outputs) {
        if let Ok(packet) = Packet::seal(&Frame::<E::Message>::KeyPackagesLow(KeyPackagesLow {
            remaining,
        })) {
            let envelope = self.envelope_to_client(None, packet);
            self.follower.deliver(client, envelope, out);
        }
    }

    /// As a hub: remember which provider each KeyPackage came from.
    fn note_key_packages(&mut self, envelope: &Envelope) {
        let Peer::Provider(provider) = envelope.from else {
            return;
        };
        if let Ok(frame) = envelope.packet.open::<E::Message>() {
            self.note_response(&frame, provider);
        }
    }

    fn note_response(&mut self, frame: &Frame<E::Message>, provider: ProviderId) {
        let Frame::KeyMaterialResponse(response) = frame else {
            return;
        };
        for client in &response.clients {
            if let ClientMaterial::Success(package) = &client.material
                && let Ok(reference) = self.engine.key_package_reference(package.message())
            {
                self.asked.insert(reference, provider);
            }
        }
    }

    // ---- GroupInfo ----

    fn group_info(&mut self, about: About, request: &GroupInfoRequest, out: &mut Outputs) {
        let outcome = match self.rooms.get(&about.room) {
            None => GroupInfoOutcome::NoSuchRoom,
            Some(room) => {
                let plaintext = room.group_info(&self.engine);
                let sealed = self.engine.seal_group_info(
                    &mut self.identity,
                    request.group_info_public_key.as_slice(),
                    &plaintext,
                );
                match sealed.and_then(|sealed| self.grant(sealed)) {
                    Ok(granted) => GroupInfoOutcome::Success(granted),
                    Err(_) => GroupInfoOutcome::NotAuthorized,
                }
            }
        };
        let room_id = self.directory.room_uri(about.room).into();
        let response = GroupInfoResponse {
            version: Protocol::Mls10,
            room_id,
            outcome,
        };
        self.answer(about, &Frame::GroupInfoResponse(Box::new(response)), out);
        out.work += self.engine.take_work(&mut self.identity);
    }

    fn grant(
        &mut self,
        sealed: crate::mimi::wire::HpkeCiphertext<E::Tree>,
    ) -> Result<GroupInfoGranted<E::Tree>, MlsError> {
        let signature = self
            .engine
            .sign(&mut self.identity, sealed.kem_output.as_slice())?;
        Ok(GroupInfoGranted {
            cipher_suite: self.engine.ciphersuite_code(),
            hub_sender: ExternalSender::new(
                SignaturePublicKey::from(self.engine.signature_key(&self.identity)),
                self.engine.credential(&self.identity),
            ),
            encrypted_group_info_and_tree: sealed,
            signature: signature.into(),
        })
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
