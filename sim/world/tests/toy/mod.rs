//! A stack of plain fan-out: no cryptography, no epochs, no proposals. Clients hand what they say to their provider, it to
//! the room's hub, and the hub to everybody's provider. Who is added or leaves is a change that the hub puts in order.
//!
//! It exists to show that nothing of any other protocol is baked into world, record and reports: somebody who is added here joins
//! and is timed, and no Welcome is counted; rooms grow, and no tree is looked for. Its facts have no details.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use throng_stack::fact::Change;
use throng_stack::packet::{Body, RequestId};
use throng_stack::vocabulary::SubjectClass;
use throng_stack::*;
use throng_workloads::intent::{Action, ClientId, ProviderId, RoomId, UserId};
use throng_workloads::population::Population;
use throng_workloads::time::SimTime;

throng_cost::units! {
    /// What plain fan-out takes.
    struct Handled in UNITS {
        /// Packets handled.
        packets: "packet";
        /// Their bytes.
        bytes: "byte";
    }
}

throng_stack::reasons! {
    static REASONS;
    UNSPEAKABLE: GivenUp = "nothing-that-one-can-say", "nothing that one can say";
}

static WORDS: Vocabulary = Vocabulary {
    name: "toy",
    packets: &["say", "tell"],
    by_state: &[],
    units: UNITS.costing("[nanoseconds]\npacket = 4_000\nbyte = 1\n"),
    reasons: &[REASONS],
    details: &[],
};
static SAID: Subject = Subject {
    id: "said",
    class: SubjectClass::Message,
};
static CHANGED: Subject = Subject {
    id: "changed",
    class: SubjectClass::Change,
};
const POSTCARDS: Counter = Counter("postcards");
/// What frames anything that is sent, in bytes.
const FRAMING: u64 = 24;

/// What is in an envelope, said or told.
#[derive(Debug, Clone)]
enum Said {
    Open,
    Message(u32),
    Join(Vec<UserId>),
    Leave,
}

fn packet(kind: u16, said: &Said) -> Packet {
    let content = match said {
        Said::Message(bytes) => u64::from(*bytes),
        Said::Join(users) => 4 * users.len() as u64,
        _ => 1,
    };
    Packet::of_structure(
        Kind::new(kind, WORDS.packets[usize::from(kind)]),
        FRAMING + content,
        said.clone(),
    )
}

fn envelope(from: Peer, room: RoomId, request: Option<RequestId>, packet: Packet) -> Envelope {
    Envelope {
        room: Some(room),
        request,
        ..Envelope::new(from, packet)
    }
}

fn said(packet: &Packet) -> Option<&Said> {
    match packet.body() {
        Body::Structure(said) => said.downcast_ref(),
        Body::Bytes(_) => None,
    }
}

/// Who is where, of the clients that exist at the start.
pub(crate) struct Toy {
    homes: Arc<BTreeMap<ClientId, (UserId, ProviderId)>>,
    hubs: Arc<Vec<ProviderId>>,
}

impl Toy {
    pub(crate) fn new(population: &Population) -> Self {
        let home = |(index, client): (usize, &throng_workloads::population::Client)| {
            let provider = population.users[client.user.0 as usize].provider;
            (ClientId(index as u32), (client.user, provider))
        };
        Self {
            homes: Arc::new(population.clients.iter().enumerate().map(home).collect()),
            hubs: Arc::new(population.rooms.iter().map(|room| room.hub).collect()),
        }
    }

    fn client_of(&self, me: ClientId, user: UserId, home: ProviderId) -> Box<dyn Party> {
        Box::new(Client {
            me,
            user,
            home,
            requests: 0,
            rooms: BTreeSet::new(),
        })
    }
}

impl Stack for Toy {
    fn vocabulary(&self) -> &'static Vocabulary {
        &WORDS
    }

    fn open(&self, beginning: &Beginning<'_>) -> Result<Opened, StackError> {
        let providers = 0..beginning.scenario.providers.len() as u16;
        let provider = |me| {
            let (homes, hubs) = (Arc::clone(&self.homes), Arc::clone(&self.hubs));
            let me = ProviderId(me);
            Box::new(Provider {
                me,
                homes,
                hubs,
                rooms: BTreeMap::new(),
            }) as Box<dyn Party>
        };
        let clients = self.homes.iter();
        Ok(Opened {
            providers: providers.map(provider).collect(),
            clients: clients
                .map(|(me, (user, home))| self.client_of(*me, *user, *home))
                .collect(),
            counted: vec![(POSTCARDS, 1)],
            ..Opened::default()
        })
    }

    fn client(&self, client: ClientId, _: UserId) -> Result<Box<dyn Party>, StackError> {
        Err(format!("client {} comes too late", client.0).into())
    }

    fn name(&self, peer: Peer, _: Option<UserId>) -> String {
        format!("{peer:?}")
    }
}

struct Client {
    me: ClientId,
    user: UserId,
    home: ProviderId,
    requests: u32,
    /// Where it is a member.
    rooms: BTreeSet<RoomId>,
}

impl Party for Client {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        let intent = match input {
            Input::Intent(intent) => intent,
            Input::Envelope(envelope) => return self.hear(&envelope, out),
            _ => return,
        };
        let (room, said) = match intent.action {
            Action::Create { room } => (room, Said::Open),
            Action::Message { room, bytes } => (room, Said::Message(bytes)),
            Action::Add { room, users } => (room, Said::Join(users)),
            Action::Leave { room } => (room, Said::Leave),
            _ => {
                return out.note(Fact::GivenUp {
                    reason: &UNSPEAKABLE,
                });
            }
        };
        let request = RequestId {
            provider: self.home,
            client: self.me,
            number: self.requests,
        };
        self.requests += 1;
        match &said {
            Said::Open => {
                self.rooms.insert(room);
            }
            Said::Leave => {
                self.rooms.remove(&room);
            }
            Said::Join(users) => {
                for user in users {
                    out.note(Fact::Wanted {
                        room,
                        what: MembershipWish::Join(*user),
                        since: now,
                    });
                }
            }
            Said::Message(_) => {}
        }
        let packet = packet(0, &said);
        let subject = match said {
            Said::Message(_) => Some(&SAID),
            Said::Join(_) | Said::Leave => Some(&CHANGED),
            Said::Open => None,
        };
        if let Some(subject) = subject {
            let bytes = packet.len();
            out.note(Fact::Sent {
                room,
                subject,
                request,
                wanted: now,
                attempt: 1,
                bytes,
            });
        }
        out.work += Handled {
            packets: 1,
            bytes: packet.len(),
            ..Handled::default()
        };
        let envelope = envelope(Peer::Client(self.me), room, Some(request), packet);
        out.sends.push((Peer::Provider(self.home), envelope));
    }
}

impl Client {
    fn hear(&mut self, envelope: &Envelope, out: &mut Outputs) {
        let (Some(room), Some(event)) = (envelope.room, envelope.event) else {
            return;
        };
        out.work += Handled {
            packets: 1,
            bytes: envelope.packet.len(),
            ..Handled::default()
        };
        match said(&envelope.packet) {
            // Nobody is kept out of anything here: all that is told is of the present.
            Some(Said::Message(bytes)) => out.note(Fact::Read {
                room,
                event,
                subject: &SAID,
                state: envelope.sequence,
                bytes: *bytes,
            }),
            Some(Said::Join(users)) if users.contains(&self.user) && self.rooms.insert(room) => {
                out.note(Fact::Reached {
                    room,
                    state: envelope.sequence,
                    digest: None,
                    joined: true,
                    counted: None,
                });
            }
            _ => {}
        }
        out.note(Fact::Handled { room, event });
    }
}

#[derive(Default)]
struct Room {
    members: BTreeMap<ClientId, ProviderId>,
    events: u64,
    state: u64,
}

struct Provider {
    me: ProviderId,
    homes: Arc<BTreeMap<ClientId, (UserId, ProviderId)>>,
    hubs: Arc<Vec<ProviderId>>,
    rooms: BTreeMap<RoomId, Room>,
}

impl Party for Provider {
    fn handle(&mut self, _: SimTime, input: Input, out: &mut Outputs) {
        let Input::Envelope(envelope) = input else {
            return;
        };
        let (Some(room), Some(said)) = (envelope.room, said(&envelope.packet)) else {
            return;
        };
        out.work += Handled {
            packets: 1,
            bytes: envelope.packet.len(),
            ..Handled::default()
        };
        match (
            envelope.event,
            self.hubs.get(room.0 as usize),
            envelope.request,
        ) {
            (Some(_), ..) => self.pass_on(*envelope, out),
            (None, Some(hub), Some(request)) if *hub == self.me => {
                self.accept(room, request, said, out)
            }
            (None, Some(hub), _) => {
                let from = Peer::Provider(self.me);
                out.sends
                    .push((Peer::Provider(*hub), Envelope { from, ..*envelope }));
            }
            _ => {}
        }
    }
}

impl Provider {
    /// As a hub: put it in order, and tell everybody.
    fn accept(&mut self, id: RoomId, request: RequestId, said: &Said, out: &mut Outputs) {
        let room = self.rooms.entry(id).or_default();
        let by = request.client;
        if matches!(said, Said::Open) {
            room.members.insert(by, request.provider);
            let opened = Fact::Opened {
                room: id,
                by,
                detail: None,
            };
            return out.note(opened);
        }
        let mut change = Change {
            state: room.state + 1,
            bytes: FRAMING,
            ..Change::default()
        };
        let before = room.members.clone();
        match said {
            Said::Join(users) => {
                let joins = self
                    .homes
                    .iter()
                    .filter(|(_, (user, _))| users.contains(user));
                for (client, (_, home)) in joins {
                    if room.members.insert(*client, *home).is_none() {
                        change.admits.push(*client);
                    }
                }
            }
            Said::Leave => {
                let user = self.homes.get(&by).map(|(user, _)| *user);
                change.excludes = user
                    .filter(|_| room.members.remove(&by).is_some())
                    .map(|user| (user, by))
                    .into_iter()
                    .collect();
            }
            _ => {}
        }
        let is_change = !matches!(said, Said::Message(_));
        room.state += u64::from(is_change);
        room.events += 1;
        let event = room.events - 1;
        // Those who join are told as well.
        let mut told = before;
        told.extend(&room.members);
        told.remove(&by);
        let receivers: Arc<[ClientId]> = told.keys().copied().collect();
        let subject = if is_change { &CHANGED } else { &SAID };
        out.note(Fact::Accepted(Box::new(Accepted {
            change: is_change.then_some(change),
            ..Accepted::new((id, event), subject, request, receivers)
        })));
        let mut by_home: BTreeMap<ProviderId, Vec<ClientId>> = BTreeMap::new();
        for (client, home) in told {
            by_home.entry(home).or_default().push(client);
        }
        let state = room.state;
        for (home, clients) in by_home {
            let told = envelope(Peer::Provider(self.me), id, None, packet(1, said));
            let told = Envelope {
                event: Some(event),
                receivers: Some(clients.into()),
                sequence: state,
                ..told
            };
            match home == self.me {
                true => self.pass_on(told, out),
                false => out.sends.push((Peer::Provider(home), told)),
            }
        }
    }

    /// As a follower: to own clients.
    fn pass_on(&self, told: Envelope, out: &mut Outputs) {
        for client in told.receivers.iter().flat_map(|receivers| receivers.iter()) {
            let from = Peer::Provider(self.me);
            out.sends.push((
                Peer::Client(*client),
                Envelope {
                    from,
                    receivers: None,
                    ..told.clone()
                },
            ));
        }
    }
}
