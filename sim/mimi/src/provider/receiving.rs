//! What comes in, and where it goes: an own client's word about its connection, requests on their way, events and answers in a
//! hub's order, receipts.

use super::answers::About;
use super::border::{Arrival, TurnedAway, is_answer};
use super::owed::Item;
use super::state::Provider;
use super::unsaid::is_done;
use crate::bare::{is_unnamed, is_unnumbered};
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::vocabulary::counters;
use crate::wire::client::Connected;
use crate::wire::{Frame, FrameKind, NotifyLater};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Link, Outputs, Packet, Peer};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// How much of a room may arrive before what goes before it.
pub(super) const MOST_EARLY: u64 = 4096;

/// So many bytes of a client may wait for what goes before them: anybody may be a client.
pub(super) const MOST_EARLY_BYTES: u64 = 64 << 20;

/// For how many seconds a hub is to spare a follower that misses something.
const RETRY_AFTER: u32 = 1;

/// No follower can have itself spared for longer at a time.
const LONGEST_WAIT: SimSpan = SimSpan::from_secs(3600);

impl<E: Engine> Provider<E> {
    /// Takes the envelope that came in, and says whether it was turned away.
    pub(super) fn take_asked(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        let (facts, sends) = (out.facts.len(), out.sends.len());
        self.take(now, envelope, out);
        if let ([Fact::Rejected { reason }], true) = (&out.facts[facts..], out.sends.len() == sends)
        {
            out.turned = Some(reason);
        }
    }

    pub(super) fn take(&mut self, now: SimTime, envelope: Envelope, out: &mut Outputs) {
        match self.admit(&envelope) {
            Ok(Arrival::Account(client)) => self.take_from_own_client(now, client, &envelope, out),
            Ok(Arrival::Request(about, hub)) => self.request(now, about, hub, envelope, out),
            Ok(Arrival::KeyMaterial(about)) => self.take_key_material(now, about, envelope, out),
            Ok(Arrival::FromHub(room, hub)) => self.take_from_hub(now, room, hub, envelope, out),
            Ok(Arrival::OwnWord(about)) => self.hear_own_word(now, about, &envelope, out),
            Ok(Arrival::Word(by)) => self.hear_word(now, by, &envelope, out),
            Ok(Arrival::WordHeard(by)) => self.word_heard(by, &envelope, out),
            Ok(Arrival::OwnQuery(about)) => self.own_query(now, about, &envelope, out),
            Ok(Arrival::Query(by)) => self.query(by, &envelope, out),
            Ok(Arrival::OwnAsset(about)) => self.own_asset(now, about, &envelope, out),
            Ok(Arrival::AssetAsked(by)) => self.asset_asked(now, by, &envelope, out),
            Ok(Arrival::Answer(by)) => self.errand_done(by, envelope, out),
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
        if is_unnumbered(envelope.sequence) {
            return self.take_from_bare_hub(now, (room, hub), envelope, out);
        }
        if !envelope.behind().is_empty() {
            return self.take_several(now, (room, hub), envelope, out);
        }
        let (sequence, event) = (envelope.sequence, !is_answer(envelope.packet.frame_kind()));
        let inbox = self.durable.from_hubs.or_default((room, hub));
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
            self.receipt(room, hub, sequence, &Frame::NotifyAccepted(()), out);
        }
        self.take_in_order(now, (room, hub), ready, out);
        if event && !welcome {
            self.receipt(room, hub, sequence, &Frame::NotifyAccepted(()), out);
        }
    }

    /// Several events in one body: all of them are taken, or none.
    fn take_several(
        &mut self,
        now: SimTime,
        (room, hub): (RoomId, ProviderId),
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let first = envelope.sequence;
        let last = envelope.behind().iter().map(|behind| behind.sequence);
        let last = last.fold(first, u64::max);
        let next = self.durable.from_hubs.or_default((room, hub)).next();
        let refused = if envelope.body_len() > u64::from(self.policy.notify_most) {
            Some((Refusal::BodyTooLarge, Frame::NotifyTooLarge(())))
        } else if last > next.saturating_add(MOST_EARLY) {
            let later = NotifyLater {
                retry_after: RETRY_AFTER,
            };
            Some((Refusal::TooEarly, Frame::NotifyLater(later)))
        } else {
            None
        };
        if let Some((reason, answer)) = refused {
            out.note(Fact::Rejected {
                reason: reason.reason(),
            });
            return self.refuse_body((room, hub), (first, last), &answer, out);
        }
        for event in envelope.apart() {
            let inbox = self.durable.from_hubs.or_default((room, hub));
            let ready = inbox.take(event.sequence, event);
            self.take_in_order(now, (room, hub), ready, out);
        }
        self.receipt(room, hub, first, &Frame::NotifyAccepted(()), out);
    }

    /// What a hub sent, in its order.
    fn take_in_order(
        &mut self,
        now: SimTime,
        (room, hub): (RoomId, ProviderId),
        ready: impl Iterator<Item = Envelope>,
        out: &mut Outputs,
    ) {
        for envelope in ready {
            self.durable.rows.write(0);
            match (envelope.packet.frame_kind(), envelope.request) {
                (Some(FrameKind::NotifyWelcome), _) => {
                    let _ = self.deliver_welcome(envelope.room, envelope.packet, out);
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
    }

    /// What was asked has its answer.
    pub(super) fn take_answer(
        &mut self,
        now: SimTime,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        if let Some(FrameKind::RatchetTree | FrameKind::RatchetTreeGone) = packet.frame_kind() {
            return self.take_tree(now, about, &packet, out);
        }
        self.durable.owed.answered((about.room, about.request));
        self.pass_back(now, about, packet, out);
    }

    /// Answer a notification.
    pub(super) fn receipt(
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

    /// Take nothing of a body of several events, and say which body that was: one that begins with the same event may be under way by now.
    fn refuse_body(
        &mut self,
        (room, hub): (RoomId, ProviderId),
        (first, last): (u64, u64),
        answer: &Frame<E::Message>,
        out: &mut Outputs,
    ) {
        let before = out.sends.len();
        self.receipt(room, hub, first, answer, out);
        for (_, receipt) in out.sends.iter_mut().skip(before) {
            receipt.event = Some(last);
        }
    }

    /// What a follower says to a notification: it has it, or not now, or not so much.
    fn take_receipt(
        &mut self,
        now: SimTime,
        room: RoomId,
        by: ProviderId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        match envelope.packet.open::<E::Message>() {
            Ok(Frame::NotifyAccepted(())) => {
                self.durable.owed.taken(room, by, envelope.sequence);
                self.notify_next(room, by, out);
            }
            Ok(Frame::NotifyLater(later)) => {
                let wait = SimSpan::from_secs(later.retry_after.into()).min(LONGEST_WAIT);
                self.durable.owed.spare(room, by, now + wait);
                // It did not take this one, which comes again whatever the policy.
                self.see_to(Item::Event((room, by, envelope.sequence)), wait, out);
            }
            Ok(Frame::NotifyTooLarge(())) => {
                let first = envelope.sequence;
                let last = envelope.event.unwrap_or(first);
                self.send_less((room, by), (first, last), out);
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
                let published = self.publish(now, client, publish.key_packages);
                published.map(|expired| {
                    if expired > 0 {
                        let expired = (counters::KEY_PACKAGES_EXPIRED, u64::from(expired));
                        out.note(Fact::Counted(vec![expired]));
                    }
                })
            }
            Ok(Frame::Connect(connect)) => self.connect(client, connect.next_sequence, out),
            Ok(Frame::Ack(ack)) => self.durable.follower.acknowledge(client, ack.next_sequence),
            Ok(Frame::Disconnect(())) => {
                self.durable.follower.disconnect(client);
                out.links.push(Link::Ends(client));
                Ok(())
            }
            Ok(Frame::DeleteAccount(())) => self.delete_account(now, client, out),
            Ok(_) | Err(_) => Err(Refusal::MalformedFrame),
        };
        if let Err(reason) = done {
            out.note(Fact::Rejected {
                reason: reason.reason(),
            });
        }
    }

    /// The user of a client is here no more, with all clients. Rooms are left as they are: who has not left them is a participant without
    /// clients, whom anybody inside can remove. What its clients asked of hubs and nobody has answered stays until it is: the answer is
    /// numbered among the events of the room, which others wait for.
    fn delete_account(
        &mut self,
        now: SimTime,
        client: ClientId,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let follower = &mut self.durable.follower;
        let user = follower.user_of(client).ok_or(Refusal::NoAccount)?;
        let clients = follower.clients_of(user);
        follower.delete(user);
        self.durable.deleted.insert(user, ());
        self.durable.rows.write(0);
        for _ in 0..self.durable.consents.forget_clients(&clients) {
            self.durable.rows.delete();
        }
        self.errands.forget_clients(&clients);
        self.durable.bare.forget_clients(&clients);
        self.revoke_for_deleted(now, user, out);
        out.links.extend(clients.into_iter().map(Link::Ends));
        out.note(Fact::Counted(vec![(counters::ACCOUNTS_DELETED, 1)]));
        Ok(())
    }

    fn connect(
        &mut self,
        client: ClientId,
        next_sequence: u64,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        // This answer is the last of what had waited.
        let head = self.durable.follower.connect(client, next_sequence, out)? + 1;
        out.links.push(Link::Begins(client));
        let packet = Packet::seal(&Frame::<E::Message>::Connected(Connected { head }))
            .map_err(|_| Refusal::Unanswerable)?;
        self.durable.rows.hold(packet.len());
        let envelope = self.envelope_about(None, packet);
        // However much waits: it is by this that the client comes to say what it has.
        self.durable.follower.deliver_always(client, envelope, out)
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
            // A bare one does not say how much of the room it has.
            if !is_unnamed(about.request) {
                let next = envelope.sequence;
                self.durable.owed.has(about.room, follower, next);
            }
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
                // What a bare hub did it would do again.
                (false, Peer::Client(_)) if is_done(given.packet.frame_kind()) => {
                    self.give_unnumbered(about, given.packet, out);
                }
                // What a client asks of another hub, that hub answers.
                (false, Peer::Client(_)) => self.forward(hub, about, envelope.packet, out),
            };
        }
        match envelope.packet.frame_kind() {
            Some(FrameKind::KeyMaterialRequest) => {
                self.key_material_request(now, about, hub, envelope, out);
            }
            Some(FrameKind::RatchetTreeRequest) if hub != self.me => {
                self.fetch_tree(now, about, hub, envelope, out);
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
        if !self.is_key_material(&envelope) {
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
}
