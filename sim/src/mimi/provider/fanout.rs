//! Events and Welcomes on their way to clients: once per provider, then to each client.

use super::service::{About, Provider};
use crate::mimi::hub::Fanout;
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet};
use crate::mimi::participant::Outputs;
use crate::mimi::wire::Frame;
use crate::mimi::wire::notify::FanoutEvent;
use crate::mls::engine::Engine;
use throng_workloads::intent::{ProviderId, RoomId};

impl<E: Engine> Provider<E> {
    /// Once to each provider with receivers, own clients included.
    pub(super) fn fan_out(&mut self, about: About, fanout: Fanout<E>, out: &mut Outputs) {
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
                ..self.envelope_about(Some(about.room), packet.clone())
            };
            if provider == self.me {
                self.deliver_event(&envelope, out);
            } else {
                self.put(provider, envelope, out);
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
                let envelope = self.envelope_about(Some(room), packet.clone());
                self.put(provider, envelope, out);
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
            return;
        };
        let FanoutEvent::Welcome { message, .. } = &notify.event else {
            return;
        };
        for reference in self.engine.welcome_references(message).unwrap_or_default() {
            if let Some(client) = self.owners.remove(&reference) {
                let envelope = self.envelope_about(room, packet.clone());
                out.work.bytes += envelope.packet.len();
                self.follower.deliver(client, envelope, out);
            }
        }
    }
}
