//! Events and Welcomes on their way to clients: once per provider, then to each client.

use super::service::{About, Provider};
use crate::mimi::hub::Fanout;
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet};
use crate::mimi::participant::{Broadcast, Outputs};
use crate::mimi::refusal::Refusal;
use crate::mimi::wire::notify::FanoutEvent;
use crate::mimi::wire::{Ack, Frame, FrameKind};
use crate::mls::engine::Engine;
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    /// Once to each provider with receivers, own clients included.
    pub(super) fn fan_out(
        &mut self,
        now: SimTime,
        about: About,
        fanout: Fanout<E>,
        out: &mut Outputs,
    ) {
        let frame = Frame::Notify(fanout.message);
        let Ok(packet) = Packet::seal(&frame) else {
            return self.refused(about, Refusal::Unanswerable, out);
        };
        let Some((event, receivers)) = fanout.event else {
            return self.fan_out_welcome(now, about.room, &frame, packet, out);
        };
        let mut clients = receivers.by_provider;
        for provider in receivers.passive.keys() {
            clients.entry(*provider).or_default();
        }
        for (provider, clients) in clients {
            let envelope = Envelope {
                event: Some(event),
                receivers: Some(clients.into()),
                passive: receivers.passive.get(&provider).copied().unwrap_or(0),
                ..self.envelope_about(Some(about.room), packet.clone())
            };
            if provider == self.me {
                self.deliver_event(&envelope, out);
            } else {
                self.notify(now, about.room, provider, envelope, out);
            }
        }
    }

    pub(super) fn deliver_event(&mut self, envelope: &Envelope, out: &mut Outputs) {
        let Some(receivers) = &envelope.receivers else {
            return;
        };
        for &client in receivers.iter() {
            let copy = Envelope {
                event: envelope.event,
                ..self.envelope_about(envelope.room, envelope.packet.clone())
            };
            out.work.bytes += copy.packet.len();
            self.deliver(client, copy, out);
        }
        if let (Some(room), Some(event), 1..) = (envelope.room, envelope.event, envelope.passive) {
            self.broadcast(room, event, envelope, out);
        }
    }

    /// To one own client. One without an account here is refused: a hub may name anybody.
    pub(super) fn deliver(&mut self, client: ClientId, envelope: Envelope, out: &mut Outputs) {
        let kind = envelope.packet.kind();
        if let Err(reason) = self.durable.follower.deliver(client, envelope, out) {
            out.observe(Observation::FrameRefused { kind, reason });
        }
    }

    /// To the passive clients. What they acknowledge is served together with the event that makes them do so:
    /// their acknowledgements would come one by one within the next moments.
    fn broadcast(&mut self, room: RoomId, event: u64, envelope: &Envelope, out: &mut Outputs) {
        let bytes = envelope.packet.len();
        out.work.bytes += u64::from(envelope.passive) * bytes;
        let acknowledgements = self.durable.follower.broadcast(room, bytes);
        out.work.operations += acknowledgements;
        out.work.bytes += acknowledgements * Ack::LEN;
        out.broadcasts.push(Broadcast {
            room,
            event,
            packet: envelope.packet.clone(),
            acknowledgements,
        });
    }

    /// A Welcome goes to the providers that its KeyPackages came from.
    fn fan_out_welcome(
        &mut self,
        now: SimTime,
        room: RoomId,
        frame: &Frame<E::Message>,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let references = match frame {
            Frame::Notify(notify) => self.engine.welcome_references(notify.event.message()),
            _ => return,
        };
        // The hub compared them with the commit's additions.
        let Ok(references) = references else {
            return malformed(out);
        };
        let mut providers: Vec<ProviderId> = references
            .iter()
            .filter_map(|r| self.durable.asked.remove(r))
            .collect();
        providers.sort_unstable();
        providers.dedup();
        for provider in providers {
            if provider == self.me {
                self.deliver_welcome(Some(room), packet.clone(), out);
            } else {
                let envelope = self.envelope_about(Some(room), packet.clone());
                self.notify(now, room, provider, envelope, out);
            }
        }
    }

    /// A Welcome goes to the own clients whose KeyPackages it is for.
    pub(super) fn deliver_welcome(
        &mut self,
        room: Option<RoomId>,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let Ok(Frame::Notify(notify)) = packet.open::<E::Message>() else {
            return malformed(out);
        };
        let FanoutEvent::Welcome { message, .. } = &notify.event else {
            return malformed(out);
        };
        let Ok(references) = self.engine.welcome_references(message) else {
            return malformed(out);
        };
        for reference in references {
            if let Some(client) = self.durable.owners.remove(&reference) {
                let envelope = self.envelope_about(room, packet.clone());
                out.work.bytes += envelope.packet.len();
                self.deliver(client, envelope, out);
            }
        }
    }
}

fn malformed(out: &mut Outputs) {
    out.observe(Observation::FrameRefused {
        kind: FrameKind::NotifyWelcome,
        reason: Refusal::MalformedFrame,
    });
}
