//! Providers driven by hand: two of them, a room at the first, and devices that are no more than an engine's clients, so
//! that a test can send what no honest client would.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use throng_mimi::directory::{Directory, Federation, RoomPlace};
use throng_mimi::framed::Framed;
use throng_mimi::provider::Provider;
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::client::{CreateRoom, PublishKeyPackages};
use throng_mimi::wire::*;
use throng_mls::engine::{Engine, EngineConfig};
use throng_mls::wire::Bare;
use throng_stack::Fact;
use throng_stack::{Envelope, Packet, Peer, RequestId};
use throng_stack::{Input, Outputs, Party, Timer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::{Ciphersuite, Policy, Transport};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

pub(crate) const A: ProviderId = ProviderId(0);
pub(crate) const B: ProviderId = ProviderId(1);
pub(crate) const ROOM: RoomId = RoomId(0);
pub(crate) const ALICE: ClientId = ClientId(0);
pub(crate) const BOB: ClientId = ClientId(1);
pub(crate) const CAROL: ClientId = ClientId(2);
/// Devices, each of the user of the same number: Alice at A, Bob and Carol at B.
pub(crate) const DEVICES: [(ClientId, ProviderId); 3] = [(ALICE, A), (BOB, B), (CAROL, B)];

/// After so long what has no answer is sent again.
pub(crate) const TIMEOUT: SimSpan = SimSpan::from_secs(10);

pub(crate) struct Device<E: Engine> {
    pub(crate) home: ProviderId,
    pub(crate) mls: E::Client,
    request: u32,
    /// What came for it, in order.
    pub(crate) received: VecDeque<Envelope>,
}

pub(crate) struct Bench<E: Engine> {
    pub(crate) engine: Arc<E>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) providers: Vec<Provider<E>>,
    pub(crate) devices: Vec<Device<E>>,
    pub(crate) now: SimTime,
    /// On their way between providers.
    pub(crate) wire: VecDeque<(ProviderId, Envelope)>,
    pub(crate) facts: Vec<Fact>,
    /// What each link has carried, to number what comes over it.
    links: BTreeMap<(ProviderId, Peer), u64>,
    /// Timers that were set, by provider.
    pub(crate) timers: Vec<(ProviderId, SimTime, Timer)>,
    /// Called with everything that is about to be delivered.
    pub(crate) before: Option<Before<E>>,
}

/// A test's hand on the wire.
pub(crate) type Before<E> = fn(&mut Bench<E>, ProviderId, &Envelope);

impl<E: Engine> Bench<E> {
    pub(crate) fn new() -> Self {
        Self::with_timeout(Some(TIMEOUT))
    }

    /// With another time after which requests are repeated.
    pub(crate) fn with_timeout(request_timeout: Option<SimSpan>) -> Self {
        let engine = Arc::new(E::new(EngineConfig::new(
            Ciphersuite::X25519Aes128Sha256Ed25519,
        )));
        let directory: Arc<dyn Directory> = Arc::new(Federation {
            domains: vec!["a.example".to_owned(), "b.example".to_owned()],
            users: DEVICES.iter().map(|(_, home)| *home).collect(),
            // The second is never created.
            rooms: [A, B]
                .map(|hub| RoomPlace {
                    hub,
                    creator: UserId(0),
                })
                .into(),
        });
        let streams = Streams::new(3, 0);
        let policy = Arc::new(Policy {
            request_timeout,
            ..policy()
        });
        let mut providers: Vec<Provider<E>> = [A, B]
            .map(|me| {
                let (engine, directory) = (Arc::clone(&engine), Arc::clone(&directory));
                Provider::new(
                    me,
                    engine,
                    directory,
                    Arc::clone(&policy),
                    Transport::Https,
                    &streams,
                )
                .unwrap()
            })
            .into();
        let devices = DEVICES.map(|(id, home)| {
            let identity = directory.client_uri(UserId(id.0), id).unwrap();
            let owner = StreamOwner::Client(id.0.into());
            providers[usize::from(home.0)].register(id, UserId(id.0), true);
            Device {
                home,
                mls: engine.client(identity.as_bytes(), &streams, owner).unwrap(),
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
            facts: Vec::new(),
            links: BTreeMap::new(),
            timers: Vec::new(),
            before: None,
        }
    }

    /// The same with Alice's room.
    pub(crate) fn with_room() -> (Self, E::Group) {
        let mut bench = Self::new();
        let group = bench.create();
        (bench, group)
    }

    /// Alice creates the room.
    pub(crate) fn create(&mut self) -> E::Group {
        let group_id = self.directory.group_uri(ROOM).unwrap();
        let alice = &mut self.devices[0].mls;
        let group = self.engine.create(alice, group_id.as_bytes()).unwrap();
        let (group_info, ratchet_tree) = self.engine.group_info(alice, &group).unwrap();
        let create = CreateRoom {
            group_info: Bare::new(group_info).unwrap(),
            ratchet_tree,
        };
        self.request(ALICE, &Frame::CreateRoom(Box::new(create)));
        let answer = self.answer(ALICE);
        assert!(matches!(
            answer,
            Frame::UpdateResponse(UpdateRoomResponse {
                outcome: UpdateOutcome::Success { .. },
                ..
            })
        ));
        group
    }

    pub(crate) fn device(&mut self, client: ClientId) -> &mut Device<E> {
        &mut self.devices[client.0 as usize]
    }

    /// The headers of a device's next request about the room.
    pub(crate) fn envelope(&mut self, client: ClientId, packet: Packet) -> Envelope {
        let device = self.device(client);
        let request = RequestId {
            provider: device.home,
            client,
            number: device.request,
        };
        device.request += 1;
        Envelope {
            room: Some(ROOM),
            request: Some(request),
            ..Envelope::new(Peer::Client(client), packet)
        }
    }

    /// A device sends an envelope over its own link.
    pub(crate) fn send(&mut self, client: ClientId, envelope: Envelope) {
        let home = self.device(client).home;
        self.deliver(home, envelope);
        self.settle();
    }

    /// A device asks something about the room.
    pub(crate) fn request(&mut self, client: ClientId, frame: &Frame<E::Message>) -> RequestId {
        let envelope = self.envelope(client, Packet::seal(frame).unwrap());
        let request = envelope.request.unwrap();
        self.send(client, envelope);
        request
    }

    /// Hand an envelope to a provider. What it sends to others waits on the wire.
    pub(crate) fn deliver(&mut self, to: ProviderId, envelope: Envelope) {
        if let Some(before) = self.before {
            before(self, to, &envelope);
        }
        let out = self.handle(to, envelope);
        self.take(to, out);
    }

    /// Send on what a provider wants sent.
    pub(crate) fn take(&mut self, of: ProviderId, out: Outputs) {
        self.facts.extend(out.facts);
        let timers = out.timers.into_iter();
        self.timers
            .extend(timers.map(|(wait, timer)| (of, self.now + wait, timer)));
        for (peer, envelope) in out.sends {
            match peer {
                Peer::Client(client) => self.device(client).received.push_back(envelope),
                Peer::Provider(provider) => self.wire.push_back((provider, envelope)),
            }
        }
    }

    /// Time passes, and with it all timers that are set.
    pub(crate) fn wait(&mut self, span: SimSpan) {
        self.now += span;
        let due = std::mem::take(&mut self.timers);
        for (of, at, timer) in due {
            if at > self.now {
                self.timers.push((of, at, timer));
                continue;
            }
            let mut out = Outputs::default();
            let provider = &mut self.providers[usize::from(of.0)];
            provider.handle(self.now, Input::Timer(timer), &mut out);
            self.take(of, out);
        }
    }

    /// What a provider makes of an envelope. One of a device gets the next number of its link.
    pub(crate) fn handle(&mut self, to: ProviderId, mut envelope: Envelope) -> Outputs {
        if let Peer::Client(_) = envelope.from {
            let next = self.links.entry((to, envelope.from)).or_default();
            envelope.sequence = *next;
            *next += 1;
        }
        let mut out = Outputs::default();
        let input = Input::Envelope(Box::new(envelope));
        self.providers[usize::from(to.0)].handle(self.now, input, &mut out);
        out
    }

    /// Deliver what is on the wire until nothing is.
    pub(crate) fn settle(&mut self) {
        while let Some((to, envelope)) = self.wire.pop_front() {
            self.deliver(to, envelope);
        }
    }

    /// The next thing that came for a device, but for the wish for more KeyPackages.
    pub(crate) fn answer(&mut self, client: ClientId) -> Frame<E::Message> {
        let received = &mut self.device(client).received;
        received.retain(|envelope| envelope.packet.frame_kind() != Some(FrameKind::KeyPackagesLow));
        let envelope = received.pop_front();
        let seen = &self.facts;
        let envelope = envelope.unwrap_or_else(|| panic!("no answer: {seen:?}"));
        envelope.packet.open().unwrap()
    }

    /// A device publishes a KeyPackage.
    pub(crate) fn publish(&mut self, client: ClientId) {
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
    pub(crate) fn refusals(&mut self) -> Vec<Refusal> {
        let seen = std::mem::take(&mut self.facts);
        refusals(&seen)
    }
}

/// Why anything was refused.
pub(crate) fn refusals(facts: &[Fact]) -> Vec<Refusal> {
    let refused = facts.iter().filter_map(|seen| match seen {
        Fact::Refused { reason, .. } | Fact::Rejected { reason } => {
            let mut all = Refusal::ALL.iter();
            all.find(|refusal| refusal.reason() == *reason).copied()
        }
        _ => None,
    });
    refused.collect()
}

fn policy() -> Policy {
    let scenario = throng_workloads::builtin::find("small")
        .and_then(|small| small.scenario(&[]))
        .expect("built in");
    scenario.policy
}
