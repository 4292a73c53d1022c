//! Providers driven by hand: two of them, a room at the first, and devices that are no more than an engine's clients, so
//! that a test can send what no honest client would.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::collections::VecDeque;
use std::sync::Arc;
use throng_sim::mimi::directory::{Directory, RoomPlace};
use throng_sim::mimi::observation::Observation;
use throng_sim::mimi::packet::{Envelope, Packet, Peer, RequestId};
use throng_sim::mimi::participant::{Input, Outputs, Participant};
use throng_sim::mimi::provider::Provider;
use throng_sim::mimi::refusal::Refusal;
use throng_sim::mimi::wire::client::{CreateRoom, PublishKeyPackages};
use throng_sim::mimi::wire::*;
use throng_sim::mls::engine::{Engine, EngineConfig};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;

pub const A: ProviderId = ProviderId(0);
pub const B: ProviderId = ProviderId(1);
pub const ROOM: RoomId = RoomId(0);
pub const ALICE: ClientId = ClientId(0);
pub const BOB: ClientId = ClientId(1);
pub const CAROL: ClientId = ClientId(2);
/// Devices, each of the user of the same number: Alice at A, Bob and Carol at B.
pub const DEVICES: [(ClientId, ProviderId); 3] = [(ALICE, A), (BOB, B), (CAROL, B)];

pub struct Device<E: Engine> {
    pub id: ClientId,
    pub home: ProviderId,
    pub mls: E::Client,
    sequence: u64,
    request: u32,
    /// What came for it, in order.
    pub received: VecDeque<Envelope>,
}

pub struct Bench<E: Engine> {
    pub engine: Arc<E>,
    pub directory: Arc<Directory>,
    pub providers: Vec<Provider<E>>,
    pub devices: Vec<Device<E>>,
    pub now: SimTime,
    /// On their way between providers.
    pub wire: VecDeque<(ProviderId, Envelope)>,
    pub observations: Vec<Observation>,
}

impl<E: Engine> Bench<E> {
    pub fn new() -> Self {
        let engine = Arc::new(E::new(EngineConfig {
            ciphersuite: Ciphersuite::X25519Aes128Sha256Ed25519,
            tree_in_welcome: true,
            epoch_tolerance: 2,
            padding: 0,
            max_forward: 100,
        }));
        let directory = Arc::new(Directory {
            domains: vec!["a.example".to_owned(), "b.example".to_owned()],
            users: DEVICES.iter().map(|(_, home)| *home).collect(),
            rooms: vec![RoomPlace {
                hub: A,
                creator: UserId(0),
            }],
        });
        let streams = Streams::new(3, 0);
        let policy = Arc::new(policy());
        let mut providers: Vec<Provider<E>> = [A, B]
            .map(|me| {
                let (engine, directory) = (Arc::clone(&engine), Arc::clone(&directory));
                Provider::new(me, engine, directory, Arc::clone(&policy), &streams).unwrap()
            })
            .into();
        let devices = DEVICES.map(|(id, home)| {
            let identity = directory.client_uri(UserId(id.0), id);
            let owner = StreamOwner::Client(id.0.into());
            providers[usize::from(home.0)].register(id, UserId(id.0), true);
            Device {
                id,
                home,
                mls: engine.client(identity.as_bytes(), &streams, owner).unwrap(),
                sequence: 0,
                request: 0,
                received: VecDeque::new(),
            }
        });
        Self {
            engine,
            directory,
            providers,
            devices: devices.into(),
            now: SimTime::ZERO,
            wire: VecDeque::new(),
            observations: Vec::new(),
        }
    }

    /// The same with Alice's room.
    pub fn with_room() -> (Self, E::Group) {
        let mut bench = Self::new();
        let group_id = bench.directory.group_uri(ROOM);
        let alice = &mut bench.devices[0].mls;
        let group = bench.engine.create(alice, group_id.as_bytes()).unwrap();
        let (group_info, ratchet_tree) = bench.engine.group_info(alice, &group).unwrap();
        let create = CreateRoom {
            group_info: Bare::new(group_info).unwrap(),
            ratchet_tree,
        };
        bench.request(ALICE, &Frame::CreateRoom(Box::new(create)));
        let answer = bench.answer(ALICE);
        assert!(matches!(
            answer,
            Frame::UpdateResponse(UpdateRoomResponse {
                outcome: UpdateOutcome::Success { .. },
                ..
            })
        ));
        (bench, group)
    }

    pub fn device(&mut self, client: ClientId) -> &mut Device<E> {
        &mut self.devices[client.0 as usize]
    }

    /// The headers of a device's next request about the room.
    pub fn envelope(&mut self, client: ClientId, packet: Packet) -> Envelope {
        let device = self.device(client);
        let request = RequestId {
            provider: device.home,
            client,
            number: device.request,
        };
        device.request += 1;
        Envelope {
            from: Peer::Client(client),
            sequence: 0,
            room: Some(ROOM),
            request: Some(request),
            event: None,
            receivers: None,
            passive: 0,
            packet,
        }
    }

    /// A device sends an envelope over its own link.
    pub fn send(&mut self, client: ClientId, mut envelope: Envelope) {
        let device = self.device(client);
        envelope.sequence = device.sequence;
        device.sequence += 1;
        let home = device.home;
        self.deliver(home, envelope);
        self.settle();
    }

    /// A device asks something about the room.
    pub fn request(&mut self, client: ClientId, frame: &Frame<E::Message>) -> RequestId {
        let envelope = self.envelope(client, Packet::seal(frame).unwrap());
        let request = envelope.request.unwrap();
        self.send(client, envelope);
        request
    }

    /// Hand an envelope to a provider. What it sends to others waits on the wire.
    pub fn deliver(&mut self, to: ProviderId, envelope: Envelope) {
        self.input(to, Input::Envelope(Box::new(envelope)));
    }

    pub fn input(&mut self, to: ProviderId, input: Input) {
        let mut out = Outputs::default();
        self.providers[usize::from(to.0)].handle(self.now, input, &mut out);
        self.observations.append(&mut out.observations);
        for (peer, envelope) in out.sends {
            match peer {
                Peer::Client(client) => self.device(client).received.push_back(envelope),
                Peer::Provider(provider) => self.wire.push_back((provider, envelope)),
            }
        }
    }

    /// Deliver what is on the wire until nothing is.
    pub fn settle(&mut self) {
        while let Some((to, envelope)) = self.wire.pop_front() {
            self.deliver(to, envelope);
        }
    }

    /// The next thing that came for a device.
    pub fn answer(&mut self, client: ClientId) -> Frame<E::Message> {
        let envelope = self.device(client).received.pop_front().expect("an answer");
        envelope.packet.open().unwrap()
    }

    /// A device publishes a KeyPackage.
    pub fn publish(&mut self, client: ClientId) {
        let engine = Arc::clone(&self.engine);
        let package = engine.key_package(&mut self.device(client).mls).unwrap();
        let publish = PublishKeyPackages {
            key_packages: vec![Bare::new(package.message).unwrap()],
        };
        let packet = Packet::seal(&Frame::<E::Message>::PublishKeyPackages(publish)).unwrap();
        let envelope = Envelope {
            room: None,
            request: None,
            ..self.envelope(client, packet)
        };
        self.send(client, envelope);
    }

    /// Why requests were refused so far; forgets them.
    pub fn refusals(&mut self) -> Vec<Refusal> {
        let refused = self.observations.drain(..).filter_map(|seen| match seen {
            Observation::HandshakeRefused { reason, .. } => Some(reason),
            _ => None,
        });
        refused.collect()
    }
}

fn policy() -> throng_workloads::scenario::Policy {
    let scenario = throng_workloads::builtin::find("small")
        .and_then(|small| small.scenario(&[]))
        .expect("built in");
    scenario.policy
}
