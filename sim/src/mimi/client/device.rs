//! The client's outside: inputs, connection, requests, KeyPackages.

use super::membership::{ExternalJoin, Gathering, Membership, Wish};
use crate::mimi::directory::Directory;
use crate::mimi::inbox::Inbox;
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet, Peer, RequestId};
use crate::mimi::participant::{Input, Outputs, Participant, Timer, TimerPurpose};
use crate::mimi::wire::{Ack, BareKeyPackage, Connect, Frame, PublishKeyPackages};
use crate::mls::engine::{Engine, MlsError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use throng_workloads::intent::{Action, ClientId, Intent, ProviderId, RoomId, UserId};
use throng_workloads::scenario::Policy;
use throng_workloads::stream::{Stream, StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// How many envelopes a client takes before it acknowledges them.
pub(crate) const ACKNOWLEDGE_EVERY: u64 = 16;

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
    /// The run's streams.
    pub streams: &'a Streams,
}

/// One device of one user: a state machine without I/O.
pub struct Client<E: Engine> {
    pub(super) me: ClientId,
    pub(super) user: UserId,
    pub(super) provider: ProviderId,
    pub(super) engine: Arc<E>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) policy: Arc<Policy>,
    pub(super) mls: E::Client,
    pub(super) rooms: BTreeMap<RoomId, Membership<E>>,
    pub(super) pending: BTreeMap<u32, Pending>,
    pub(super) choices: Stream,
    pub(super) content: Stream,
    online: bool,
    lost: bool,
    online_since: SimTime,
    /// The stream position to reach before the client has caught up.
    catching_up_to: Option<u64>,
    inbox: Inbox<Envelope>,
    acknowledged: u64,
    next_sequence: u64,
    next_request: u32,
    key_packages: VecDeque<(Vec<u8>, SimTime)>,
}

/// A request that was not answered yet.
#[derive(Debug, Clone)]
pub(super) enum Pending {
    /// KeyPackages of a user.
    KeyMaterial(UserId),
    /// A handshake or GroupInfo request: see [`Membership::handshake`].
    Handshake,
    /// An application message, wanted when, with so many bytes.
    Message(SimTime, u32),
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
        Ok(Self {
            me: client,
            user,
            provider,
            engine,
            directory,
            policy,
            mls,
            rooms: BTreeMap::new(),
            pending: BTreeMap::new(),
            choices: streams.stream(owner, "choices"),
            content: streams.stream(owner, "content"),
            online,
            lost: false,
            online_since: SimTime::ZERO,
            catching_up_to: None,
            inbox: Inbox::default(),
            acknowledged: 0,
            next_sequence: 0,
            next_request: 0,
            key_packages: VecDeque::new(),
        })
    }

    /// Fresh KeyPackages, up to the number that the policy keeps at the provider, with the end of their
    /// lifetime. Expired ones are forgotten.
    pub fn make_key_packages(
        &mut self,
        now: SimTime,
        count: u32,
    ) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        // One that was handed out in time may come back in a Welcome that waited: keep its key a lifetime
        // longer.
        let lifetime = self.policy.key_package_lifetime;
        while self
            .key_packages
            .front()
            .is_some_and(|(_, expires)| *expires + lifetime <= now)
        {
            if let Some((reference, _)) = self.key_packages.pop_front() {
                self.engine.forget_key_package(&mut self.mls, &reference)?;
            }
        }
        let expires = now + self.policy.key_package_lifetime;
        (0..count)
            .map(|_| {
                let package = self.engine.key_package(&mut self.mls)?;
                self.key_packages.push_back((package.reference, expires));
                BareKeyPackage::new(package.message)
                    .map_err(|error| MlsError::Malformed(error.to_string()))
            })
            .collect()
    }

    /// The KeyPackages that are at the provider before time zero.
    pub fn make_first_key_packages(&mut self) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        self.make_key_packages(SimTime::ZERO, self.policy.key_packages)
    }

    /// What was done before time zero costs nothing.
    pub fn forget_work(&mut self) {
        self.engine.take_work(&mut self.mls);
    }

    /// Make the client a member of a warm room before time zero.
    pub fn adopt(&mut self, room: RoomId, group: E::Group) {
        self.rooms.entry(room).or_default().group = Some(group);
    }

    /// The MLS state, for what happens before time zero.
    pub fn mls_mut(&mut self) -> &mut E::Client {
        &mut self.mls
    }

    // ---- sending ----

    pub(super) fn send(
        &mut self,
        room: Option<RoomId>,
        request: Option<RequestId>,
        frame: &Frame<E::Message>,
        out: &mut Outputs,
    ) {
        let packet = match Packet::seal(frame) {
            Ok(packet) => packet,
            Err(_) => {
                return out.observe(Observation::Skipped {
                    reason: "frame too long to encode",
                });
            }
        };
        let envelope = Envelope {
            from: Peer::Client(self.me),
            sequence: self.next_sequence,
            room,
            request,
            event: None,
            receivers: None,
            passive: 0,
            packet,
        };
        self.next_sequence += 1;
        out.sends.push((Peer::Provider(self.provider), envelope));
    }

    /// Send a request; its answer comes back with the id returned.
    pub(super) fn request(
        &mut self,
        room: RoomId,
        pending: Pending,
        frame: &Frame<E::Message>,
        out: &mut Outputs,
    ) -> RequestId {
        let request = RequestId {
            provider: self.provider,
            client: self.me,
            number: self.next_request,
        };
        self.next_request += 1;
        if let (Pending::Handshake, Some(membership)) = (&pending, self.rooms.get_mut(&room)) {
            membership.handshake_request = Some(request.number);
        }
        self.pending.insert(request.number, pending);
        self.send(Some(room), Some(request), frame, out);
        request
    }

    fn publish_key_packages(&mut self, now: SimTime, count: u32, out: &mut Outputs) {
        match self.make_key_packages(now, count) {
            Ok(key_packages) => {
                out.observe(Observation::KeyPackagesPublished {
                    count: key_packages.len() as u32,
                });
                let frame = Frame::PublishKeyPackages(PublishKeyPackages { key_packages });
                self.send(None, None, &frame, out);
            }
            Err(_) => out.observe(Observation::Skipped {
                reason: "no KeyPackage could be made",
            }),
        }
    }

    /// Replace KeyPackages before their lifetime ends: when two thirds of the newest ones' are over.
    fn renew_key_packages(&mut self, now: SimTime, out: &mut Outputs) {
        let third = SimSpan::from_nanos(self.policy.key_package_lifetime.as_nanos() / 3);
        let newest = self.key_packages.back().map(|(_, expires)| *expires);
        if newest.is_some_and(|expires| now + third >= expires) {
            self.publish_key_packages(now, self.policy.key_packages, out);
        }
    }

    // ---- inputs ----

    fn intent(&mut self, now: SimTime, intent: Intent, out: &mut Outputs) {
        let since = intent.at;
        match intent.action {
            Action::Create { room } => {
                self.rooms.entry(room).or_default().create = true;
                self.advance(now, room, out);
            }
            Action::Add { room, users } => {
                self.want(now, room, since, Wish::Add(Gathering::new(users)), out)
            }
            Action::Leave { room } => self.want(now, room, since, Wish::Leave, out),
            Action::Remove { room, user } => {
                self.want(now, room, since, Wish::RemoveUser(user), out)
            }
            Action::Update { room } => self.want(now, room, since, Wish::Update, out),
            Action::Message { room, bytes } => {
                self.want(now, room, since, Wish::Message(bytes), out)
            }
            Action::JoinExternal { room } => self.want_external(now, room, since, out),
            Action::Resync { room } => {
                let membership = self.rooms.entry(room).or_default();
                if let Some(group) = membership.group.take() {
                    // The state is lost, so are the proposals and the commit in flight with it.
                    *membership = Membership {
                        wants: std::mem::take(&mut membership.wants),
                        next_want: membership.next_want,
                        generation: membership.generation,
                        ..Membership::default()
                    };
                    if self.engine.forget(&mut self.mls, group).is_err() {
                        out.observe(Observation::Unprocessable {
                            room,
                            reason: "state could not be dropped",
                        });
                    }
                    self.want_external(now, room, since, out);
                } else {
                    out.observe(Observation::Skipped {
                        reason: "resync of a room without state",
                    });
                }
            }
            Action::NewClient { rooms, .. } => {
                self.publish_key_packages(now, self.policy.key_packages, out);
                for room in rooms {
                    self.want_external(now, room, since, out);
                }
            }
            Action::Lost { .. } => {
                self.go_offline(out);
                self.lost = true;
            }
            Action::Offline => self.go_offline(out),
            Action::Online => self.go_online(now, out),
        }
    }

    /// Another client of this user, or a member, is to remove a lost device.
    pub fn want_removal(
        &mut self,
        now: SimTime,
        room: RoomId,
        user: UserId,
        client: ClientId,
        out: &mut Outputs,
    ) {
        self.want(now, room, now, Wish::RemoveClient(user, client), out);
    }

    fn want(
        &mut self,
        now: SimTime,
        room: RoomId,
        since: SimTime,
        what: Wish<E::Message>,
        out: &mut Outputs,
    ) {
        if self.lost {
            return out.observe(Observation::Skipped {
                reason: "the client is lost",
            });
        }
        let membership = self.rooms.entry(room).or_default();
        let want = membership.want(since, what);
        membership.wants.push_back(want);
        self.advance(now, room, out);
    }

    fn want_external(&mut self, now: SimTime, room: RoomId, since: SimTime, out: &mut Outputs) {
        let membership = self.rooms.entry(room).or_default();
        if membership.group.is_some() || membership.external.is_some() {
            return out.observe(Observation::Skipped {
                reason: "already a member",
            });
        }
        membership.external = Some(ExternalJoin {
            since,
            attempts: 0,
            tries: 0,
        });
        out.observe(Observation::ExternalJoinWanted {
            room,
            wanted: since,
        });
        self.advance(now, room, out);
    }

    fn go_offline(&mut self, out: &mut Outputs) {
        if self.online {
            self.send(None, None, &Frame::Disconnect, out);
            self.online = false;
            self.catching_up_to = None;
            out.observe(Observation::Online { online: false });
        }
    }

    fn go_online(&mut self, now: SimTime, out: &mut Outputs) {
        if self.online || self.lost {
            return;
        }
        self.online = true;
        // Until the provider says how much has waited.
        self.catching_up_to = Some(u64::MAX);
        self.online_since = now;
        out.observe(Observation::Online { online: true });
        // What was wished while offline could not be wished before now, as far as latencies go.
        for membership in self.rooms.values_mut() {
            membership.wish_no_earlier_than(now);
        }
        let next_sequence = self.inbox.next();
        self.send(None, None, &Frame::Connect(Connect { next_sequence }), out);
    }

    fn timer(&mut self, now: SimTime, timer: Timer, out: &mut Outputs) {
        let Some(membership) = self.rooms.get_mut(&timer.room) else {
            return;
        };
        match timer.purpose {
            TimerPurpose::Retry
                if membership.backing_off && membership.generation == timer.generation =>
            {
                membership.backing_off = false;
                self.advance(now, timer.room, out);
                self.arm_commit(now, timer.room, out);
            }
            TimerPurpose::CommitPending => self.commit_pending(now, timer.room, out),
            TimerPurpose::Retry | TimerPurpose::Resend => {}
        }
    }

    fn envelope(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        let ready: Vec<Envelope> = self.inbox.take(envelope.sequence, envelope).collect();
        for envelope in ready {
            self.take(now, envelope, out);
        }
        if self.inbox.next() >= self.acknowledged + ACKNOWLEDGE_EVERY {
            self.acknowledge(out);
        }
        if self
            .catching_up_to
            .is_some_and(|head| self.inbox.next() >= head)
        {
            self.catching_up_to = None;
            out.observe(Observation::CaughtUp {
                since: self.online_since,
            });
            self.acknowledge(out);
            self.advance_all(now, out);
        }
    }

    fn acknowledge(&mut self, out: &mut Outputs) {
        if self.acknowledged < self.inbox.next() {
            self.acknowledged = self.inbox.next();
            let frame = Frame::Ack(Ack {
                next_sequence: self.acknowledged,
            });
            self.send(None, None, &frame, out);
        }
    }

    fn take(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        let frame = match envelope.packet.open::<E::Message>() {
            Ok(frame) => frame,
            Err(_) => return self.undecodable(&envelope, out),
        };
        match frame {
            Frame::Connected(connected) => self.catching_up_to = Some(connected.head),
            Frame::KeyPackagesLow(low) => {
                let missing = self.policy.key_packages.saturating_sub(low.remaining);
                self.publish_key_packages(now, missing, out);
            }
            Frame::Notify(fanout) => self.fanout(now, envelope.room, envelope.event, fanout, out),
            response => self.response(now, envelope.room, envelope.request, response, out),
        }
    }

    fn undecodable(&mut self, envelope: &Envelope, out: &mut Outputs) {
        if let Some(room) = envelope.room {
            if let Some(event) = envelope.event {
                out.observe(Observation::EventHandled { room, event });
            }
            out.observe(Observation::Unprocessable {
                room,
                reason: "malformed frame",
            });
        }
    }

    /// Whether the client may act: it is online and has caught up with what waited for it.
    pub(super) fn ready(&self) -> bool {
        self.online && self.catching_up_to.is_none()
    }

    pub(super) fn advance_all(&mut self, now: SimTime, out: &mut Outputs) {
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.advance(now, room, out);
            self.arm_commit(now, room, out);
        }
    }
}

impl<E: Engine> Participant for Client<E> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        match input {
            Input::Envelope(envelope) => self.envelope(now, *envelope, out),
            Input::Intent(intent) => self.intent(now, *intent, out),
            Input::Timer(timer) => self.timer(now, timer, out),
            Input::RemoveLost { room, user, client } => {
                self.want_removal(now, room, user, client, out)
            }
            Input::OpenAccount { .. } => {}
        }
        if self.ready() {
            self.renew_key_packages(now, out);
        }
        out.work += self.engine.take_work(&mut self.mls);
    }

    fn online(&self) -> bool {
        self.online
    }

    fn open_wants(&self) -> usize {
        self.rooms
            .values()
            .map(|m| m.wants.len() + usize::from(m.external.is_some()))
            .sum()
    }
}
