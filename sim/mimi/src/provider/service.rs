//! The provider itself: what it is made from, what it is told, and what it stores.

use super::allowance::Allowance;
use super::body::Most;
use super::errands::Errands;
use super::fetched::Trees;
use super::held_back::HeldBack;
use super::history::History;
use super::receiving::{MOST_EARLY, MOST_EARLY_BYTES};
use super::state::{Durable, Provider};
use crate::directory::Directory;
use crate::follower::StoredKeyPackage;
use crate::framed::Framed;
use crate::franking::HubKey;
use crate::hub::Room;
use crate::hub_keys::HubIdentity;
use crate::refusal::Refusal;
use crate::traffic;
use crate::web::overhead::Overheads;
use crate::wire::FrameKind;
use rand_core::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::terms::Lifetime;
use throng_mls::wire::BareKeyPackage;
use throng_stack::{Fact, Input, Keeps, Outputs, Party, Peer, Stored};
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::scenario::{Policy, Transport};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::Size;

/// What a provider signs with, under its own name.
pub(crate) fn identity<E: Engine>(
    engine: &E,
    directory: &dyn Directory,
    streams: &Streams,
    provider: ProviderId,
) -> Result<E::Client, MlsError> {
    let uri = directory.provider_uri(provider);
    let uri = uri.ok_or_else(|| MlsError::Refused {
        operation: "a new provider",
        reason: "it is not in the directory".to_owned(),
    })?;
    let owner = StreamOwner::Provider(u64::from(provider.0));
    engine.client(uri.as_bytes(), streams, owner)
}

impl<E: Engine> Provider<E> {
    /// A provider without clients and rooms.
    pub fn new(
        me: ProviderId,
        engine: Arc<E>,
        directory: Arc<dyn Directory>,
        policy: Arc<Policy>,
        transport: Transport,
        streams: &Streams,
    ) -> Result<Self, MlsError> {
        let identity = identity(&*engine, &*directory, streams, me)?;
        let owner = StreamOwner::Provider(u64::from(me.0));
        let mut hub_key = HubKey([0; 32]);
        streams.stream(owner, "franking").fill_bytes(&mut hub_key.0);
        Ok(Self {
            me,
            engine,
            overheads: Overheads::new(Arc::clone(&directory), transport),
            directory,
            durable: Durable::new(identity, hub_key, Most::of(&policy)),
            policy,
            retry: streams.stream(owner, "retry"),
            answers_consent: streams.stream(owner, "consents"),
            streams: *streams,
            errands: Errands::default(),
            held_back: HeldBack::default(),
            history: History::default(),
            watched: BTreeMap::new(),
            trees: Trees::default(),
            allowance: Allowance::default(),
        })
    }

    /// Keep each event of a room for so long, beside what those need who wait for it.
    pub fn keep_history(&mut self, lasts: SimSpan) {
        self.history = History::lasting(lasts);
    }

    /// What groups can say of it as a hub.
    ///
    /// # Errors
    /// Those of [`Engine::external_receiver`].
    pub fn as_hub(&self) -> Result<HubIdentity, MlsError> {
        HubIdentity::of(&*self.engine, &self.durable.identity)
    }

    /// Open an account for a client.
    pub fn register(&mut self, client: ClientId, user: UserId, connected: bool) {
        // Whoever is deleted is so for good.
        if !self.durable.deleted.contains_key(&user) {
            self.durable.follower.register(client, user, connected);
        }
    }

    /// Put KeyPackages into the store: all of them, or none where one cannot be read or they are too many. How many others had to go,
    /// whose lifetime had ended.
    pub fn publish(
        &mut self,
        now: SimTime,
        client: ClientId,
        packages: Vec<BareKeyPackage<E::Message>>,
    ) -> Result<u32, Refusal> {
        // RFC 9420, section 7.2: no longer than is acceptable, whatever they say.
        let longest = Lifetime::starting(now, self.policy.key_package_lifetime).end();
        let engine = &self.engine;
        let packages = packages.into_iter().map(|package| {
            let bytes = package.tls_serialized_len() as u64;
            let terms = engine.key_package_terms(package.message());
            let reference = engine.key_package_reference(package.message());
            let (Ok(terms), Ok(reference)) = (terms, reference) else {
                return Err(Refusal::MalformedMessage);
            };
            Ok(StoredKeyPackage {
                message: package.into_message(),
                reference,
                bytes,
                expires: terms.lifetime.end().min(longest),
                last_resort: terms.last_resort,
            })
        });
        let packages = packages.collect::<Result<Vec<_>, Refusal>>()?;
        self.durable.follower.publish(now, client, packages)
    }

    /// Be the hub of a room that began before time zero.
    pub fn adopt(&mut self, id: RoomId, room: Room<E>) {
        self.durable.begin_room(id, room);
    }

    /// The rooms that it is hub of, ascending.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room<E>)> {
        self.durable.rooms.iter().map(|(id, room)| (*id, room))
    }

    /// The process ends and another begins from what it kept: connections are gone, clients have to connect anew, and
    /// all that is owed is sent again, since nobody knows what arrived.
    pub fn restart(mut self, out: &mut Outputs) -> Self {
        self.resume(out);
        self
    }

    pub(super) fn resume(&mut self, out: &mut Outputs) {
        self.durable.follower.disconnect_all();
        self.held_back = HeldBack::default();
        self.watched.clear();
        self.trees = Trees::default();
        self.allowance = Allowance::default();
        self.errands.forget();
        self.await_answers(out);
        let before = out.sends.len();
        for again in self.durable.owed.all_again(&self.durable.bare) {
            self.send_again(again, out);
        }
        self.leave(before, out);
    }

    /// Keep no more than that for each client from now on.
    pub fn keep_at_most(&mut self, keeps: Keeps) {
        self.durable.follower.keep_at_most(keeps);
    }

    /// What is to be sent from that place on leaves: what that takes.
    fn leave(&mut self, from: usize, out: &mut Outputs) {
        self.take_along(from, out);
        for (to, envelope) in &mut out.sends[from..] {
            self.overheads.put::<E::Message>(*to, envelope);
            out.work += traffic::from_provider(*to, envelope);
        }
    }

    /// What was done before time zero costs nothing.
    pub fn forget_work(&mut self) {
        self.durable.take_rows();
    }

    /// What it keeps.
    pub fn durable(&self) -> &Durable<E> {
        &self.durable
    }
}

impl<E: Engine> Party for Provider<E> {
    fn handle(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        if let Input::Envelope(envelope) = &input {
            out.work += traffic::at_provider(envelope);
        }
        let before = out.sends.len();
        let gone = self.history.pass(now);
        self.durable.rows.delete_all(gone);
        self.told(now, input, out);
        self.leave(before, out);
        out.work += self.durable.take_rows();
    }

    fn stored(&self) -> Stored {
        let group_bytes = self.durable.group_bytes;
        debug_assert_eq!(
            group_bytes,
            self.rooms().map(|(_, room)| room.stored()).sum::<u64>()
        );
        Stored {
            group_bytes,
            history_bytes: self.history.bytes(),
            ..self.durable.follower.stored()
        }
    }
}

impl<E: Engine> Provider<E> {
    fn told(&mut self, now: SimTime, input: Input, out: &mut Outputs) {
        let envelope = match input {
            Input::Envelope(envelope) => envelope,
            Input::OpenAccount { client, user } => return self.register(client, user, true),
            Input::Timer(timer) => return self.timer(now, timer, out),
            Input::Reconnect => return self.durable.follower.send_for_all(out),
            Input::Intent(_) | Input::RemoveLost { .. } => return,
        };
        // A client's link hands over in order, each once. Other providers' requests come as they come.
        let Peer::Client(client) = envelope.from else {
            self.hear(&envelope);
            return self.take_asked(now, *envelope, out);
        };
        if !self.durable.follower.knows(client) {
            return turn_away(Refusal::NoAccount, out);
        }
        let inbox = self.durable.from_clients.or_default(client);
        // A connection hands over everything or ends: where that happens, what the last one did not is lost.
        let begins = envelope.packet.frame_kind() == Some(FrameKind::Connect);
        if begins && self.policy.request_timeout.is_some() {
            inbox.skip_to(envelope.sequence);
        }
        let early = envelope.sequence > inbox.next();
        let waiting = || inbox.early().map(|early| early.packet.len()).sum::<u64>();
        if envelope.sequence > inbox.next().saturating_add(MOST_EARLY)
            || early && waiting() + envelope.packet.len() > MOST_EARLY_BYTES
        {
            return turn_away(Refusal::TooEarly, out);
        }
        let mut ready = inbox.take(envelope.sequence, *envelope);
        if let Some(asked) = ready.next() {
            self.durable.rows.write(0);
            self.take_asked(now, asked, out);
        }
        // These had waited for it, and their askers have gone.
        for envelope in ready {
            self.durable.rows.write(0);
            self.take(now, envelope, out);
        }
    }
}

/// The envelope that came in is not taken.
fn turn_away(reason: Refusal, out: &mut Outputs) {
    let reason = reason.reason();
    out.turned = Some(reason);
    out.note(Fact::Rejected { reason });
}
