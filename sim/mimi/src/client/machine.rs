//! The client's outside: inputs, and their way to its connection and its rooms.

use super::connection::Connection;
use super::context::{Context, Device};
use super::key_packages::{KeyPackages, Make, Rules};
use super::line::Line;
use super::room::{RoomSession, Wish};
use super::uplink::{Patience, Uplink};
use crate::directory::Directory;
use crate::framed::Framed;
use crate::hub_keys::HubKeys;
use crate::refusal::Refusal;
use crate::timers::TimerPurpose;
use crate::traffic;
use crate::vocabulary::{counters, reasons};
use crate::web::overhead::Overheads;
use crate::wire::notify::FanoutEvent;
use crate::wire::{Frame, FrameKind, PublishKeyPackages};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::BareKeyPackage;
use throng_stack::Envelope;
use throng_stack::Fact;
use throng_stack::{Input, OpenWish, Outputs, Party, Timer};
use throng_workloads::intent::{Action, ClientId, Intent, RoomId, UserId};
use throng_workloads::scenario::{Content, Policy, Transport};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::SimTime;

/// What a client is made from.
pub struct ClientSetup<'a, E: Engine> {
    /// Its number.
    pub client: ClientId,
    /// Whose it is.
    pub user: UserId,
    /// Whether it is online at first.
    pub online: bool,
    /// The engine.
    pub engine: Arc<E>,
    /// Who is where.
    pub directory: Arc<dyn Directory>,
    /// How clients behave.
    pub policy: Arc<Policy>,
    /// What is in what their users say.
    pub speech: Arc<Content>,
    /// Who stamps messages, by hub; nobody where they are not franked.
    pub hubs: HubKeys,
    /// Whether the clocks of all parties show one time.
    pub one_clock: bool,
    /// What carries what they send.
    pub transport: Transport,
    /// The run's streams.
    pub streams: &'a Streams,
}

/// One device of one user: a state machine without I/O.
pub struct Client<E: Engine> {
    pub(super) device: Device<E>,
    pub(super) line: Line,
    pub(super) connection: Connection,
    pub(super) key_packages: KeyPackages,
    /// Boxed: a client is in a few rooms, and a node of the map has places for eleven.
    pub(super) rooms: BTreeMap<RoomId, Box<RoomSession<E>>>,
}

impl<E: Engine> Client<E> {
    /// A device with its identity, not yet in any room.
    pub fn new(setup: ClientSetup<'_, E>) -> Result<Self, MlsError> {
        let ClientSetup {
            client,
            user,
            online,
            engine,
            directory,
            policy,
            speech,
            hubs,
            one_clock,
            transport,
            streams,
        } = setup;
        let owner = StreamOwner::Client(u64::from(client.0));
        let unknown = || MlsError::Refused {
            operation: "a new client",
            reason: "its user is not in the directory".to_owned(),
        };
        let identity = directory.client_uri(user, client).ok_or_else(unknown)?;
        let provider = directory.provider_of(user).ok_or_else(unknown)?;
        let mls = engine.client(identity.as_bytes(), streams, owner)?;
        let patience = policy
            .request_timeout
            .map(|timeout| Patience::new(timeout, streams.stream(owner, "requests")));
        Ok(Self {
            line: Line::new(Overheads::new(Arc::clone(&directory), transport), online),
            connection: Connection::new(online),
            key_packages: KeyPackages::new(Rules::new(&policy, one_clock)),
            rooms: BTreeMap::new(),
            device: Device {
                user,
                mls,
                uplink: Uplink::new(client, provider, patience),
                choices: streams.stream(owner, "choices"),
                refreshes: streams.stream(owner, "refreshes"),
                content: streams.stream(owner, "content"),
                kinds: streams.stream(owner, "kinds"),
                receipts: streams.stream(owner, "receipts"),
                reports: streams.stream(owner, "reports"),
                assets: streams.stream(owner, "assets"),
                speech,
                hubs,
                engine,
                directory,
                policy,
            },
        })
    }

    /// A device that comes into being online: it opens a connection for the first that it has to say.
    #[must_use]
    pub fn not_yet_connected(mut self) -> Self {
        self.line.hang_up();
        self
    }

    // ---- before time zero ----

    /// The KeyPackages that are at the provider before time zero.
    pub fn make_first_key_packages(&mut self) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        self.make_key_packages(SimTime::ZERO, Make::All)
    }

    /// What was done before time zero costs nothing.
    pub fn forget_work(&mut self) {
        self.device.engine.take_work(&mut self.device.mls);
    }

    /// Make the client a member of a warm room before time zero.
    pub fn adopt(&mut self, room: RoomId, group: E::Group) {
        self.rooms
            .insert(room, Box::new(RoomSession::of_member(group)));
    }

    /// The MLS state, for what happens before time zero.
    pub fn mls_mut(&mut self) -> &mut E::Client {
        &mut self.device.mls
    }

    // ---- KeyPackages ----

    fn make_key_packages(
        &mut self,
        now: SimTime,
        make: Make,
    ) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        let device = &mut self.device;
        self.key_packages
            .make(now, make, &*device.engine, &mut device.mls)
    }

    fn publish_key_packages(&mut self, now: SimTime, make: Make, out: &mut Outputs) {
        match self.make_key_packages(now, make) {
            Ok(key_packages) => {
                out.note(Fact::Counted(vec![(
                    counters::KEY_PACKAGES_PUBLISHED,
                    u64::from(key_packages.len() as u32),
                )]));
                let frame = Frame::PublishKeyPackages(PublishKeyPackages { key_packages });
                self.send(&frame, out);
            }
            Err(_) => out.note(Fact::GivenUp {
                reason: &reasons::NO_KEY_PACKAGE_MADE,
            }),
        }
    }

    // ---- rooms ----

    /// Let the room's session do something.
    fn in_room(
        &mut self,
        now: SimTime,
        room: RoomId,
        out: &mut Outputs,
        act: impl FnOnce(&mut RoomSession<E>, &mut Context<'_, E>),
    ) {
        let session = self.rooms.entry(room).or_default();
        let mut context = Context {
            now,
            room,
            ready: self.connection.ready(),
            device: &mut self.device,
            out,
        };
        act(session, &mut context);
    }

    /// All that waited is handled: see to all rooms.
    fn caught_up(&mut self, now: SimTime, out: &mut Outputs) {
        let ready = self.connection.ready();
        for (room, session) in &mut self.rooms {
            session.caught_up(&mut Context {
                now,
                room: *room,
                ready,
                device: &mut self.device,
                out,
            });
        }
    }

    // ---- wishes ----

    fn intent(&mut self, now: SimTime, intent: Intent, out: &mut Outputs) {
        let since = intent.at;
        match intent.action {
            Action::Create { room } => {
                let lifetime = self.key_packages.lifetime(now);
                let device = &mut self.device;
                device.engine.set_lifetime(&mut device.mls, lifetime);
                self.in_room(now, room, out, |session, cx| session.create(cx));
            }
            Action::Add { room, users } => self.want(now, room, since, Wish::add(users), out),
            Action::Leave { room } => self.want(now, room, since, Wish::Leave, out),
            Action::Remove { room, user } => {
                self.want(now, room, since, Wish::RemoveUser(user), out);
            }
            Action::Administer {
                room,
                user,
                measure,
            } => self.want(now, room, since, Wish::Administer(measure, user), out),
            Action::LookUp { room, user } => self.in_room(now, room, out, |session, cx| {
                session.look_up(cx, user);
            }),
            Action::Update { room } => self.want(now, room, since, Wish::Update, out),
            Action::Message { room, bytes } => {
                self.want(now, room, since, Wish::message(bytes), out);
            }
            Action::JoinExternal { room } => self.in_room(now, room, out, |session, cx| {
                session.join_from_outside(cx, since);
            }),
            Action::Resync { room } => self.in_room(now, room, out, |session, cx| {
                session.resync(cx, since);
            }),
            Action::NewClient { rooms, .. } => {
                self.publish_key_packages(now, Make::All, out);
                for room in rooms {
                    self.in_room(now, room, out, |session, cx| {
                        session.join_from_outside(cx, since);
                    });
                }
            }
            Action::Lost { .. } => {
                self.go_offline(out);
                self.connection.lose();
            }
            Action::DeleteAccount { .. } => {
                self.go_online(now, out);
                self.send(&Frame::DeleteAccount(()), out);
                self.vanish(out);
                self.connection.lose();
            }
            Action::Offline => self.go_offline(out),
            Action::Vanish => self.vanish(out),
            Action::Online => self.go_online(now, out),
        }
    }

    fn want(
        &mut self,
        now: SimTime,
        room: RoomId,
        since: SimTime,
        what: Wish<E::Message>,
        out: &mut Outputs,
    ) {
        if self.connection.lost() {
            return out.note(Fact::GivenUp {
                reason: &reasons::CLIENT_LOST,
            });
        }
        self.in_room(now, room, out, |session, cx| session.want(cx, since, what));
    }

    // ---- the connection ----

    fn send(&mut self, frame: &Frame<E::Message>, out: &mut Outputs) {
        if self.device.uplink.send(frame, out).is_err() {
            out.note(Fact::GivenUp {
                reason: &reasons::TOO_LONG,
            });
        }
    }

    fn go_offline(&mut self, out: &mut Outputs) {
        if self.connection.online() {
            self.send(&Frame::Disconnect(()), out);
            self.vanish(out);
        }
    }

    /// Go offline without a word.
    fn vanish(&mut self, out: &mut Outputs) {
        if self.connection.go_offline() {
            out.note(Fact::Online { online: false });
        }
    }

    fn go_online(&mut self, now: SimTime, out: &mut Outputs) {
        let Some(connect) = self.connection.go_online(now) else {
            return;
        };
        out.note(Fact::Online { online: true });
        // What was wished while offline could not be wished before now, as far as latencies go.
        for session in self.rooms.values_mut() {
            session.wish_no_earlier_than(now);
        }
        self.send(&Frame::Connect(connect), out);
    }

    /// Go on over another connection.
    fn reconnect(&mut self, now: SimTime, out: &mut Outputs) {
        if let Some(connect) = self.connection.reconnect(now) {
            self.send(&Frame::Connect(connect), out);
        }
    }

    fn acknowledge(&mut self, out: &mut Outputs) {
        if let Some(ack) = self.connection.acknowledge() {
            self.send(&Frame::Ack(ack), out);
        }
    }

    // ---- what comes in ----

    fn envelope(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        for envelope in self.connection.take(envelope) {
            self.take(now, envelope, out);
        }
        if self.connection.owes_acknowledgement() {
            self.acknowledge(out);
        }
        if let Some(since) = self.connection.caught_up() {
            out.note(Fact::CaughtUp { since });
            self.acknowledge(out);
            for number in self.device.uplink.postponed() {
                self.overdue(now, number, out);
            }
            self.caught_up(now, out);
        }
    }

    fn take(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        let frame = match envelope.packet.open::<E::Message>() {
            Ok(frame) => frame,
            Err(_) => return self.undecodable(now, &envelope, out),
        };
        match frame {
            Frame::Connected(connected) => self.connection.connected(connected.head),
            Frame::KeyPackagesLow(low) => {
                let left = low.remaining;
                self.publish_key_packages(now, Make::Missing { left }, out);
            }
            Frame::Notify(fanout) => {
                let mut ends = None;
                if let FanoutEvent::Welcome { message, .. } = &fanout.event {
                    let engine = &*self.device.engine;
                    ends = self.key_packages.welcomed(engine, message);
                }
                if let (Some(room), Some(end)) = (envelope.room, ends)
                    && self.device.policy.evict_ended
                {
                    let timer = Timer {
                        room,
                        purpose: TimerPurpose::Renew.into(),
                        generation: 0,
                    };
                    let due = self.key_packages.renewal(end).max(now);
                    out.timers.push((due.since(now), timer));
                }
                if let Some(room) = envelope.room {
                    self.in_room(now, room, out, |session, cx| {
                        session.notified(cx, envelope.event, fanout);
                    });
                }
            }
            Frame::UpdateConsent(entry) => {
                if let Some(room) = envelope.room {
                    self.in_room(now, room, out, |session, cx| {
                        session.consent_said(cx, &entry)
                    });
                }
            }
            answer => self.answer(now, &envelope, answer, out),
        }
    }

    fn answer(
        &mut self,
        now: SimTime,
        envelope: &Envelope,
        answer: Frame<E::Message>,
        out: &mut Outputs,
    ) {
        let Some(request) = envelope.request else {
            return;
        };
        let Some((room, question)) = self.device.uplink.answered(request) else {
            return;
        };
        self.in_room(now, room, out, |session, cx| {
            session.answered(cx, request.number, question, answer);
        });
    }

    fn undecodable(&mut self, now: SimTime, envelope: &Envelope, out: &mut Outputs) {
        let Some(room) = envelope.room else { return };
        if let Some(event) = envelope.event {
            out.note(Fact::Handled { room, event });
        }
        out.note(Fact::Unreadable {
            room,
            reason: Refusal::MalformedFrame.reason(),
        });
        match envelope.packet.frame_kind() {
            Some(kind) if kind.notifies_of_commit() => {
                return self.in_room(now, room, out, |session, cx| session.missed_commit(cx));
            }
            Some(FrameKind::NotifyWelcome) => {
                return self.in_room(now, room, out, |session, cx| session.missed_welcome(cx));
            }
            _ => {}
        }
        // Where requests are repeated, this one is.
        let request = envelope.request.filter(|_| !self.device.uplink.repeats());
        if let Some(request) = request
            && let Some((room, question)) = self.device.uplink.answered(request)
        {
            self.in_room(now, room, out, |session, cx| {
                session.unanswered(cx, request.number, question);
            });
        }
    }

    // ---- timers ----

    fn timer(&mut self, now: SimTime, timer: Timer, out: &mut Outputs) {
        match TimerPurpose::of(timer.purpose) {
            Some(TimerPurpose::Request) => self.overdue(now, timer.generation, out),
            _ => self.in_room(now, timer.room, out, |session, cx| session.timer(cx, timer)),
        }
    }

    /// The answer to a request is overdue.
    fn overdue(&mut self, now: SimTime, number: u32, out: &mut Outputs) {
        let ready = self.connection.ready();
        if let Some((room, question)) = self.device.uplink.overdue(number, ready, out) {
            self.in_room(now, room, out, |session, cx| {
                session.unanswered(cx, number, question);
            });
        }
    }
}

impl<E: Engine> Client<E> {
    fn told(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        match input {
            Input::Envelope(envelope) => self.envelope(now, *envelope, out),
            Input::Intent(intent) => self.intent(now, *intent, out),
            Input::Timer(timer) => self.timer(now, timer, out),
            Input::RemoveLost { room, user, client } => {
                self.want(now, room, now, Wish::RemoveClient(user, client), out);
            }
            Input::Reconnect => self.reconnect(now, out),
            Input::OpenAccount { .. } => {}
        }
        // Replaced before their lifetime ends.
        if self.connection.ready() && self.key_packages.are_old(now) {
            self.publish_key_packages(now, Make::All, out);
        }
        if self.connection.ready() && self.key_packages.last_resort_is_due(now) {
            self.publish_key_packages(now, Make::LastResort, out);
        }
        out.work += self.device.engine.take_work(&mut self.device.mls);
    }
}

impl<E: Engine> Party for Client<E> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        if let Input::Envelope(envelope) = &input {
            out.work += traffic::at_client(envelope);
        }
        let before = out.sends.len();
        self.told(now, input, out);
        for (to, envelope) in &mut out.sends[before..] {
            self.line.put::<E::Message>(now, *to, envelope);
            out.work += traffic::from_client(envelope);
        }
    }

    fn online(&self) -> bool {
        self.connection.online()
    }

    fn open_wishes(&self) -> Vec<OpenWish> {
        let rooms = self.rooms.values();
        let wishes = rooms.flat_map(|session| session.open_wishes());
        // What was sent is no room's any more, but may never be answered. Whoever is offline hears no answer, whether or not there is one.
        let sent = self.device.uplink.open_messages();
        let sent = sent.filter(|_| self.connection.online());
        wishes.chain(sent).collect()
    }
}
