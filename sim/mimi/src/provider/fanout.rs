//! Events and Welcomes on their way to clients: once per provider, then to each client.

use super::answers::About;
use super::state::Provider;
use crate::framed::Framed;
use crate::hub::{Fanout, To};
use crate::refusal::Refusal;
use crate::wire::notify::FanoutEvent;
use crate::wire::{FanoutMessage, Frame, FrameKind};
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Outputs, Packet};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::scenario::WelcomeFor;

impl<E: Engine> Provider<E> {
    /// Once to each provider with receivers, own clients included.
    pub(super) fn fan_out(&mut self, about: About, fanout: Fanout<E>, out: &mut Outputs) {
        let Ok(packet) = Packet::seal(&Frame::Notify(fanout.message)) else {
            return self.refused(about, Refusal::Unanswerable, out);
        };
        match fanout.to {
            To::Members(event, receivers) => {
                let kind = packet.frame_kind();
                let proposed = kind.is_some_and(FrameKind::notifies_of_proposal);
                let first = proposed.then(|| self.told_first(about)).flatten();
                let before = out.sends.len();
                let own = receivers.by_provider.get(&self.me);
                if own.is_none_or(Vec::is_empty) && self.history.keeps() {
                    // A room's history is at its hub, whoever else is there.
                    self.durable.rows.write(packet.len());
                    self.history.add(packet.len());
                }
                for (provider, clients) in receivers.by_provider {
                    let envelope = Envelope {
                        event: Some(event),
                        receivers: Some(clients.into()),
                        ..self.envelope_about(Some(about.room), packet.clone())
                    };
                    if provider == self.me {
                        self.deliver_event(&envelope, out);
                    } else {
                        self.notify(about.room, provider, envelope, out);
                    }
                }
                if let Some(first) = first {
                    self.hold_back(about, first, before, out);
                }
            }
            To::Joiners(providers) => {
                for provider in providers {
                    if provider == self.me {
                        let _ = self.deliver_welcome(Some(about.room), packet.clone(), out);
                    } else {
                        let envelope = self.envelope_about(Some(about.room), packet.clone());
                        self.notify(about.room, provider, envelope, out);
                    }
                }
            }
        }
    }

    pub(super) fn deliver_event(&mut self, envelope: &Envelope, out: &mut Outputs) {
        let Some(receivers) = &envelope.receivers else {
            return;
        };
        if !receivers.is_empty() {
            self.durable.rows.write(envelope.packet.len());
            self.history.add(envelope.packet.len());
        }
        let event = Arc::new(Envelope {
            event: envelope.event,
            ..self.envelope_about(envelope.room, envelope.packet.clone())
        });
        for &client in receivers.iter() {
            self.deliver(client, Arc::clone(&event), out);
        }
    }

    /// To one own client. One without an account here is refused: a hub may name anybody.
    pub(super) fn deliver(
        &mut self,
        client: ClientId,
        envelope: impl Into<Arc<Envelope>>,
        out: &mut Outputs,
    ) {
        if let Err(reason) = self.durable.follower.deliver(client, envelope, out) {
            out.note(Fact::Rejected {
                reason: reason.reason(),
            });
        }
    }

    /// A Welcome goes to the own clients whose KeyPackages it is for, or to each what is for it: which.
    pub(super) fn deliver_welcome(
        &mut self,
        room: Option<RoomId>,
        packet: Packet,
        out: &mut Outputs,
    ) -> Vec<ClientId> {
        let welcome = match packet.open::<E::Message>() {
            Ok(Frame::Notify(notify)) => Some(notify),
            _ => None,
        };
        let references = welcome.as_ref().and_then(|welcome| match &welcome.event {
            FanoutEvent::Welcome { message, .. } => self.engine.welcome_references(message).ok(),
            _ => None,
        });
        let (Some(welcome), Some(references)) = (welcome, references) else {
            malformed(out);
            return Vec::new();
        };
        let cuts = self.policy.welcome == WelcomeFor::Each && references.len() > 1;
        let mut welcomed = Vec::new();
        for reference in references {
            if let Some(client) = self.durable.follower.welcomed(&reference) {
                let own = cuts.then(|| self.own_part(&welcome, &reference)).flatten();
                let packet = own.unwrap_or_else(|| packet.clone());
                self.durable.rows.hold(packet.len());
                let envelope = self.envelope_about(room, packet);
                self.deliver(client, envelope, out);
                welcomed.push(client);
            }
        }
        welcomed
    }
}

impl<E: Engine> Provider<E> {
    /// What of a Welcome is for the client of one KeyPackage, with what stands beside it.
    fn own_part(&self, welcome: &FanoutMessage<E::Message>, reference: &[u8]) -> Option<Packet> {
        let FanoutEvent::Welcome {
            message,
            ratchet_tree,
        } = &welcome.event
        else {
            return None;
        };
        let message = self.engine.welcome_for(message, &[reference.to_vec()]);
        let event = FanoutEvent::Welcome {
            message: message.ok()?,
            ratchet_tree: ratchet_tree.clone(),
        };
        let timestamp = welcome.timestamp;
        Packet::seal(&Frame::Notify(FanoutMessage { timestamp, event })).ok()
    }
}

fn malformed(out: &mut Outputs) {
    out.note(Fact::Rejected {
        reason: Refusal::MalformedFrame.reason(),
    });
}
